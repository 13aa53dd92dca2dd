#include "io/read_matrix.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "data_file.hpp"
#include "lrscape/error.hpp"

namespace lrscape::test {
namespace {

using io::read_matrix;
using io::read_vector;
using namespace std::string_literals;

class MatrixFile : public FileTest {};

TEST_F(MatrixFile, IsReadByItsExtensionInUpperOrLowerCase) {
  for (const std::string name : {"a.csv", "a.CSV", "a.txt", "a.Tsv", "a.b.tsv"}) {
    expect_matrix(read_matrix(write(name, "1 2\n")), 1, 2, {1, 2});
  }
  const std::string npy = npy_bytes(header("|u1", "(1, 2)"), "\x01\x02");
  for (const std::string name : {"a.npy", "a.NPY"}) {
    expect_matrix(read_matrix(write(name, npy)), 1, 2, {1, 2});
  }
  for (const std::string name : {"a.npz", "a", ".csv", "a.csv.gz"}) {
    EXPECT_TRUE(contains(refusal(read_matrix, write(name, "1 2\n")),
                         "expected .npy (NumPy) or .csv, .txt, .tsv"));
  }
}

TEST_F(MatrixFile, RefusesWhatIsNoReadableFile) {
  EXPECT_TRUE(contains(refusal(read_matrix, folder_ / "missing.csv"), "no such file"));
  EXPECT_TRUE(contains(refusal(read_matrix, folder_ / "missing.xyz"), "no such file"));
  EXPECT_TRUE(contains(refusal(read_matrix, write("file", "x") / "a.csv"), "file/a.csv: "));
  EXPECT_TRUE(contains(refusal(read_matrix, folder_), "is a folder"));
  std::filesystem::create_directory(folder_ / "folder.npy");
  EXPECT_TRUE(contains(refusal(read_matrix, folder_ / "folder.npy"), "is a folder"));
  std::filesystem::create_symlink("/dev/null", folder_ / "device.csv");
  EXPECT_TRUE(contains(refusal(read_matrix, folder_ / "device.csv"), "expected a regular file"));
  EXPECT_TRUE(contains(refusal(read_matrix, write("empty.csv", "")), "the file is empty"));
  EXPECT_TRUE(contains(refusal(read_matrix, write("empty.npy", "")), "the file is empty"));
}

TEST_F(MatrixFile, RefusesAFileThatMayNotBeRead) {
  if (geteuid() == 0) GTEST_SKIP() << "root may read every file";
  const auto path = write("a.csv", "1\n");
  std::filesystem::permissions(path, std::filesystem::perms::none);
  EXPECT_TRUE(contains(refusal(read_matrix, path), "Permission denied"));
}

TEST_F(MatrixFile, RefusesEmptyMatrices) {
  for (const std::string shape : {"(0, 3)", "(3, 0)", "(0,)"}) {
    const auto path = write("a.npy", npy_bytes(header("<f8", shape), ""));
    EXPECT_TRUE(contains(refusal(read_matrix, path), "expected at least one each"));
  }
}

TEST_F(MatrixFile, NamesRowAndColumnOfAValueThatIsNotFinite) {
  const auto csv = write("a.csv", "x,y,z\n1,2,3\n4,5,-inf\n7,nan,9\n");
  EXPECT_TRUE(
      contains(refusal(read_matrix, csv),
               "row 2, column 3 of the numbers (counted from 1, without header and comments) "
               "is -inf"));
  // A quiet NaN, the third of four elements in column order.
  const std::string data = std::string(16, '\0') + "\x7f\xf8\0\0\0\0\0\0"s + std::string(8, '\0');
  const auto npy = write("a.npy", npy_bytes(header(">f8", "(2, 2)", "True"), data));
  EXPECT_TRUE(
      contains(refusal(read_matrix, npy),
               "row 1, column 2 of the numbers (counted from 1, without header and comments) "
               "is nan"));
}

TEST_F(MatrixFile, IsAVectorWithASingleRowOrColumn) {
  EXPECT_EQ(read_vector(write("a.csv", "1,2,3\n")), (Values{1, 2, 3}));
  EXPECT_EQ(read_vector(write("a.csv", "1\n2\n3\n")), (Values{1, 2, 3}));
  EXPECT_EQ(read_vector(write("a.csv", "1\n")), (Values{1}));
  EXPECT_TRUE(
      contains(refusal(read_vector, write("a.csv", "1,2,3\n4,5,6\n")), "2 rows and 3 columns"));
}

TEST_F(MatrixFile, HasItsNameEscapedInMessages) {
  try {
    read_matrix(folder_ / "a\nb\x80.csv");
    FAIL();
  } catch (const InputError& error) {
    EXPECT_TRUE(contains(error.what(), "/a\\x0ab\\x80.csv: no such file"));
  }
}

}  // namespace
}  // namespace lrscape::test
