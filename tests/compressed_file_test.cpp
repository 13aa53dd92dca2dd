#include <gtest/gtest.h>
#include <sys/resource.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "command_line.hpp"
#include "data_file.hpp"
#include "io/read_matrix.hpp"

namespace lrscape::test {
namespace {

using namespace std::string_literals;

/// CRC-32 as in ISO 3309, bit by bit.
std::uint32_t crc32_of(const std::string& bytes) {
  std::uint32_t crc = ~0U;
  for (const char byte : bytes) {
    crc ^= static_cast<unsigned char>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1U ^ (crc & 1U ? 0xedb88320U : 0U);
  }
  return ~crc;
}

std::string little(std::uint64_t value, int bytes) {
  std::string text;
  for (int k = 0; k < bytes; ++k, value >>= 8U) text += static_cast<char>(value & 255U);
  return text;
}

struct Member {
  std::string name, contents;
};

/// A .zip file of members without compression (APPNOTE.TXT of PKWARE, sections 4.3.7 to 4.3.16).
std::string zip_of(const std::vector<Member>& members) {
  std::string bytes, directory;
  for (const auto& [name, contents] : members) {
    const std::string common = little(20, 2) + little(0, 8) + little(crc32_of(contents), 4) +
                               little(contents.size(), 4) + little(contents.size(), 4) +
                               little(name.size(), 2) + little(0, 2);
    directory += "PK\1\2" + little(20, 2) + common + little(0, 10) + little(bytes.size(), 4) + name;
    bytes += "PK\3\4" + common + name + contents;
  }
  return bytes + directory + "PK\5\6" + little(0, 4) + little(members.size(), 2) +
         little(members.size(), 2) + little(directory.size(), 4) + little(bytes.size(), 4) +
         little(0, 2);
}

/// A gzip file of one stored block (RFC 1951, section 3.2.4, and RFC 1952).
std::string gzip_of(const std::string& contents) {
  const std::uint64_t size = contents.size();
  return "\x1f\x8b\x08\0\0\0\0\0\0\x03\x01"s + little(size, 2) + little(~size, 2) + contents +
         little(crc32_of(contents), 4) + little(size, 4);
}

class CompressedFile : public FileTest {
 protected:
  static io::Table read(const std::filesystem::path& path) { return io::read_matrix(path); }
  const std::string npy = npy_bytes(header("|u1", "(2, 2)"), "\1\2\3\4");
  const std::string other = npy_bytes(header("|u1", "(2,)"), "\5\6");
};

TEST_F(CompressedFile, IsDecompressedWithGzip) {
  expect_matrix(read(write("a.csv.gz", gzip_of("x,y\n1,2\n3,4\n"))).values, 2, 2, {1, 2, 3, 4});
  expect_matrix(read(write("a.NPY.GZ", gzip_of(npy))).values, 2, 2, {1, 2, 3, 4});
  // A gzip file may have several parts.
  expect_matrix(read(write("a.txt.gz", gzip_of("1 2\n") + gzip_of("3 4\n"))).values, 2, 2,
                {1, 2, 3, 4});
  const auto numbers = folder_ / "b.txt";
  std::string text;
  for (int k = 0; k < 300000; ++k) text += std::to_string(k % 7) + ".5\n";
  write("b.txt", text);
  ASSERT_EQ(std::system(("gzip -k " + numbers.string()).c_str()), 0);
  EXPECT_EQ(read(folder_ / "b.txt.gz").values.values, read(numbers).values.values);
}

TEST_F(CompressedFile, IsRefusedIfItIsDamagedOrCutShort) {
  const std::string whole = gzip_of("1,2\n3,4\n");
  for (std::size_t size = 1; size < whole.size(); ++size)
    EXPECT_TRUE(contains(refusal(read, write("a.csv.gz", whole.substr(0, size))), "cut short"))
        << size;
  for (const std::size_t place : {std::size_t{0}, std::size_t{15}, whole.size() - 8}) {
    std::string damaged = whole;
    damaged[place] = static_cast<char>(damaged[place] + 1);
    EXPECT_TRUE(contains(refusal(read, write("a.csv.gz", damaged)), "damaged")) << place;
  }
  EXPECT_TRUE(
      contains(refusal(read, write("a.csv.gz", "1,2\n3,4\n5,6\n7,8\n")), "expected a gzip file"));
  EXPECT_TRUE(contains(refusal(read, write("a.csv.gz", gzip_of(""))), "empty"));
}

TEST_F(CompressedFile, IsAnArchiveOfNumPy) {
  const auto two = write("a.npz", zip_of({{"X.npy", npy}, {"y.npy", other}}));
  expect_matrix(read(two.string() + ":X").values, 2, 2, {1, 2, 3, 4});
  expect_matrix(read(two.string() + ":y").values, 2, 1, {5, 6});
  EXPECT_EQ(read(two.string() + ":y").name, two.string() + ":y");
  EXPECT_TRUE(contains(refusal(read, two), "found the arrays X, y; name one"));
  expect_matrix(read(write("b.NPZ", zip_of({{"X.npy", npy}}))).values, 2, 2, {1, 2, 3, 4});
  try {
    read(two.string() + ":z");
    FAIL();
  } catch (const InputError& error) {
    EXPECT_TRUE(contains(error.what(), "found no array z, expected one of X, y"));
  }
  // A file with such a name is read as it is.
  expect_matrix(read(write("c.npz:y.csv", "7\n8\n")).values, 2, 1, {7, 8});
}

TEST_F(CompressedFile, IsRefusedIfItIsNoArchive) {
  const std::string whole = zip_of({{"X.npy", npy}});
  for (std::size_t size = 1; size < whole.size(); ++size)
    EXPECT_FALSE(refusal(read, write("a.npz", whole.substr(0, size))).empty()) << size;
  std::string damaged = whole;
  damaged[whole.find("\1\2\3\4")] = '\7';
  EXPECT_TRUE(contains(refusal(read, write("a.npz", damaged)), "damaged"));
  EXPECT_TRUE(contains(refusal(read, write("a.npz", zip_of({}))), "a.npz: "));
  EXPECT_TRUE(
      contains(refusal(read, write("a.npz", zip_of({{"X.npy", "no array"}})).string() + ":X"),
               "this is not a .npy file"));
}

class DataFromOutside : public CommandLine {
 protected:
  const std::string one_epoch =
      "--optimizer sgd --lr 1e-3 --wd 0 --epochs 1 --batch full --precision fp64 --device cpu "
      "--threads 1 --val-fraction 0.5 --quiet --out r.zarr";
};

TEST_F(DataFromOutside, IsDecompressedOnce) {
  write("twice.csv.gz", gzip_of(gzip_of("x,y\n1,2\n3,4\n")));
  expect_refused(Words{"sweep"} + words(one_epoch + " --data - --target y"),
                 {"standard input", "compressed more than once"}, 2, [] {
                   if (::freopen("twice.csv.gz", "rb", stdin) == nullptr) ::_exit(126);
                 });
}

TEST_F(DataFromOutside, IsReadFromStandardInput) {
  const std::string table = "x,y\n1,2\n2,3\n3,5\n4,4\n";
  write("a.csv", table);
  write("a.csv.gz", gzip_of(table));
  write("a.npy", npy_bytes(header("|u1", "(4, 2)"), "\1\2\2\3\3\5\4\4"));
  std::vector<float> losses;
  for (const std::string file : {"a.csv", "a.csv.gz", "a.npy"}) {
    const Outcome outcome = run(Words{"sweep"} + words(one_epoch + " --data - --target 2"), [&] {
      if (::freopen(file.c_str(), "rb", stdin) == nullptr) ::_exit(126);
    });
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    losses.push_back(static_cast<float>(read_result(folder / "r.zarr").validation_loss[0]));
    std::filesystem::remove_all(folder / "r.zarr");
  }
  EXPECT_EQ(losses[0], losses[1]);
  EXPECT_EQ(losses[0], losses[2]);
  expect_refused(Words{"sweep"} + words(one_epoch + " --features - --targets -"),
                 {"standard input", "only once"}, 2, [] {
                   if (::freopen("a.csv", "rb", stdin) == nullptr) ::_exit(126);
                 });
}

// A gigabyte of zeros compresses to a megabyte.
TEST_F(DataFromOutside, EndsInALineIfItDoesNotFitIntoMemory) {
  if (reserves_address_space) GTEST_SKIP() << "a sanitizer allows no limit of the addresses";
  ASSERT_EQ(std::system(("head -c 1G /dev/zero | gzip -1 > " + path("bomb.csv.gz")).c_str()), 0);
  expect_refused(Words{"sweep"} + words(one_epoch + " --data bomb.csv.gz --target 1"),
                 {"bomb.csv.gz", "memory"}, 2, [] { set_limit(RLIMIT_AS, rlim_t{512} << 20); });
}

}  // namespace
}  // namespace lrscape::test
