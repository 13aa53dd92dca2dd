#include "io/read_matrix.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "data_file.hpp"
#include "infinity.hpp"
#include "lrscape/error.hpp"

namespace lrscape::test {
namespace {

using io::read_matrix;
using namespace std::string_literals;

class MatrixFile : public FileTest {};

io::Table read(const std::filesystem::path& path) { return read_matrix(path); }

Values read_vector(const std::filesystem::path& path) { return io::read_column(path, 0).values; }

TEST_F(MatrixFile, IsReadByItsExtensionInUpperOrLowerCase) {
  for (const std::string name :
       {"a.csv", "a.CSV", "a.txt", "a.Tsv", "a.b.tsv", "a.data", "a.dat"}) {
    expect_matrix(read_matrix(write(name, "1 2\n")).values, 1, 2, {1, 2});
  }
  const std::string npy = npy_bytes(header("|u1", "(1, 2)"), "\x01\x02");
  for (const std::string name : {"a.npy", "a.NPY"}) {
    expect_matrix(read_matrix(write(name, npy)).values, 1, 2, {1, 2});
  }
  for (const std::string name : {"a.xlsx", "a", ".csv", "a.npz.gz", "a.gz"}) {
    EXPECT_TRUE(contains(refusal(read, write(name, "1 2\n")),
                         "expected .npy or .npz (NumPy) or .csv, .tsv, .txt, .data, .dat"));
  }
}

TEST_F(MatrixFile, RefusesWhatIsNoReadableFile) {
  EXPECT_TRUE(contains(refusal(read, folder_ / "missing.csv"), "no such file"));
  EXPECT_TRUE(contains(refusal(read, folder_ / "missing.xyz"), "no such file"));
  EXPECT_TRUE(contains(refusal(read, write("file", "x") / "a.csv"), "file/a.csv: "));
  EXPECT_TRUE(contains(refusal(read, folder_), "is a folder"));
  std::filesystem::create_directory(folder_ / "folder.npy");
  EXPECT_TRUE(contains(refusal(read, folder_ / "folder.npy"), "is a folder"));
  std::filesystem::create_symlink("/dev/null", folder_ / "device.csv");
  EXPECT_TRUE(contains(refusal(read, folder_ / "device.csv"), "expected a regular file"));
  EXPECT_TRUE(contains(refusal(read, write("empty.csv", "")), "the file is empty"));
  EXPECT_TRUE(contains(refusal(read, write("empty.npy", "")), "the file is empty"));
}

TEST_F(MatrixFile, RefusesAFileThatMayNotBeRead) {
  if (geteuid() == 0) GTEST_SKIP() << "root may read every file";
  const auto path = write("a.csv", "1\n");
  std::filesystem::permissions(path, std::filesystem::perms::none);
  EXPECT_TRUE(contains(refusal(read, path), "Permission denied"));
}

TEST_F(MatrixFile, RefusesEmptyMatrices) {
  for (const std::string shape : {"(0, 3)", "(3, 0)", "(0,)"}) {
    const auto path = write("a.npy", npy_bytes(header("<f8", shape), ""));
    EXPECT_TRUE(contains(refusal(read, path), "expected at least one each"));
  }
}

TEST_F(MatrixFile, NamesThePlaceOfAValueThatIsNotFinite) {
  EXPECT_TRUE(contains(refusal(read, write("a.csv", "x,y,z\n1,2,3\n4,5,-inf\n7,8,9\n")),
                       "line 3, column 3: found -inf"));
  // Minus infinity and a quiet NaN, each the third of four elements in column order.
  const auto third = [&](const std::string& bytes) {
    const std::string data = std::string(16, '\0') + bytes + std::string(8, '\0');
    return write("a.npy", npy_bytes(header(">f8", "(2, 2)", "True"), data));
  };
  EXPECT_TRUE(
      contains(refusal(read, third("\xff\xf0\0\0\0\0\0\0"s)), "row 1, column 2: found -inf"));
  EXPECT_TRUE(contains(refusal([](const auto& path) { io::refuse_missing(read_matrix(path)); },
                               third("\x7f\xf8\0\0\0\0\0\0"s)),
                       "row 1, column 2: the value is missing (NaN)"));
}

TEST_F(MatrixFile, IsAVectorWithASingleRowOrColumn) {
  EXPECT_EQ(read_vector(write("a.csv", "1,2,3\n")), (Values{1, 2, 3}));
  EXPECT_EQ(read_vector(write("a.csv", "1\n2\n3\n")), (Values{1, 2, 3}));
  EXPECT_EQ(read_vector(write("a.csv", "1\n")), (Values{1}));
  EXPECT_TRUE(
      contains(refusal(read_vector, write("a.csv", "1,2,3\n4,5,6\n")), "2 rows and 3 columns"));
}

TEST_F(MatrixFile, GivesOneOfItsColumns) {
  const auto path = write("a.csv", ",step,eta,name\n0,1,0.5,a\n1,2,0.25,b\n");
  EXPECT_EQ(io::read_column(path, 3).values, (Values{0.5, 0.25}));
  EXPECT_EQ(io::read_column(path, 1).values, (Values{0, 1}));
  const auto column = [](std::size_t number, double least = -infinity) {
    return [=](const auto& file) { io::read_column(file, number, least); };
  };
  EXPECT_TRUE(contains(refusal(column(4), path), "line 2, column 4: found \"a\""));
  EXPECT_TRUE(contains(refusal(column(5), path), "has 4 columns"));
  EXPECT_TRUE(contains(refusal(column(3, 0.3), path),
                       "line 3, column 3: found 0.25, expected numbers >= 0.3"));
  EXPECT_TRUE(contains(refusal(column(0), write("b.csv", "1\n\n2\n")),
                       "line 2, column 1: the value is missing"));
  // pandas writes a series with its index and the title 0.
  const auto series = io::read_column(write("c.csv", ",0\n0,1.0\n1,0.5\n"), 0);
  EXPECT_EQ(series.values, (Values{1, 0.5}));
  EXPECT_EQ(series.notes.size(), 2U);
}

// A schedule of ten steps had nine values, since its first line passed for a header.
TEST_F(MatrixFile, KeepsTheFirstOfTenValuesOrRefusesIt) {
  std::string nine;
  for (int k = 1; k < 10; ++k) nine += "0.5\n";
  for (const std::string first : {"1.O", "NA", "-"})
    EXPECT_TRUE(contains(refusal(read_vector, write("eta.txt", first + "\n" + nine)), "line 1"));
  EXPECT_EQ(read_vector(write("eta.txt", "1.0\n" + nine)).size(), 10U);
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
