#include "io/npy.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "data_file.hpp"

namespace lrscape::test {
namespace {

using namespace std::string_literals;

Matrix read_npy(const std::filesystem::path& path) {
  io::InputFile file(path);
  return io::read_npy(file);
}

class NpyFile : public FileTest {};

TEST_F(NpyFile, ReadsEveryElementTypeInBothByteOrders) {
  struct Case {
    std::string type;
    std::string first, second;  // big-endian bytes
    double first_value, second_value;
  };
  const std::vector<Case> cases{
      {"b1", "\x00"s, "\x01"s, 0, 1},
      {"i1", "\x80"s, "\x7f"s, -128, 127},
      {"u1", "\x80"s, "\xff"s, 128, 255},
      {"i2", "\xff\xfe"s, "\x01\x02"s, -2, 258},
      {"u2", "\xff\xfe"s, "\x01\x02"s, 65534, 258},
      {"i4", "\xff\xff\xff\xfe"s, "\x01\x02\x03\x04"s, -2, 16909060},
      {"u4", "\xff\xff\xff\xfe"s, "\x01\x02\x03\x04"s, 4294967294, 16909060},
      {"i8", "\xff\xff\xff\xff\xff\xff\xff\xfe"s, "\x00\x01\x02\x03\x04\x05\x06\x07"s, -2,
       283686952306183},
      {"u8", "\x00\x20\x00\x00\x00\x00\x00\x00"s, "\x00\x01\x02\x03\x04\x05\x06\x07"s,
       9007199254740992, 283686952306183},
      // -3.140625 is 1.5703125 * 2, and 0.5703125 is 584 / 1024.
      {"f2", "\x3e\x00"s, "\xc2\x48"s, 1.5, -3.140625},
      {"f4", "\x3f\xc0\x00\x00"s, "\xc0\x49\x0f\xdb"s, 1.5, -3.1415927410125732421875},
      {"f8", "\x40\x09\x21\xfb\x54\x44\x2d\x18"s, "\xbf\xb9\x99\x99\x99\x99\x99\x9a"s,
       3.141592653589793, -0.1},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.type);
    const std::string big = c.first + c.second;
    const std::string little = std::string(c.first.rbegin(), c.first.rend()) +
                               std::string(c.second.rbegin(), c.second.rend());
    const Values expected{c.first_value, c.second_value};
    expect_matrix(read_npy(write("big.npy", npy_bytes(header(">" + c.type, "(1, 2)"), big))), 1, 2,
                  expected);
    expect_matrix(read_npy(write("little.npy", npy_bytes(header("<" + c.type, "(1, 2)"), little))),
                  1, 2, expected);
  }
  expect_matrix(read_npy(write("bytes.npy", npy_bytes(header("|u1", "(2,)"), "\x03\x04"))), 2, 1,
                {3, 4});
}

TEST_F(NpyFile, ReadsEveryVersionAndSpellingOfTheHeader) {
  const std::string data = "\x01\x02\x03\x04\x05\x06";
  for (const char version : {'\1', '\2', '\3'}) {
    expect_matrix(read_npy(write("a.npy", npy_bytes(header("|u1", "(2, 3)"), data, version))), 2, 3,
                  {1, 2, 3, 4, 5, 6});
  }
  const std::string unusual =
      "{\"shape\":(2L ,3L,),\t\"descr\" : \"|u1\",\"fortran_order\":False}  ";
  expect_matrix(read_npy(write("a.npy", npy_bytes(unusual, data))), 2, 3, {1, 2, 3, 4, 5, 6});
  expect_matrix(read_npy(write("a.npy", npy_bytes(header("|u1", "(0, 3)"), ""))), 0, 3, {});
}

TEST_F(NpyFile, ReadsFortranOrder) {
  const std::string data = "\x01\x02\x03\x04\x05\x06";
  expect_matrix(read_npy(write("a.npy", npy_bytes(header("|u1", "(2, 3)", "True"), data))), 2, 3,
                {1, 3, 5, 2, 4, 6});
  expect_matrix(read_npy(write("a.npy", npy_bytes(header("|u1", "(6,)", "True"), data))), 6, 1,
                {1, 2, 3, 4, 5, 6});
}

TEST_F(NpyFile, ReadsMatricesOfManyElementsInBothOrders) {
  // More elements than any buffer in the reader holds, and an odd number of them.
  constexpr std::size_t rows = 301, columns = 233;
  Matrix expected(rows, columns);
  std::string by_row, by_column;
  const auto put = [](std::string& data, std::size_t value) {
    for (int shift = 0; shift < 32; shift += 8) data += static_cast<char>(value >> shift & 255U);
  };
  for (std::size_t i = 0; i < rows * columns; ++i) {
    expected.values[i] = static_cast<double>(i);
    put(by_row, i);
    put(by_column, i % rows * columns + i / rows);
  }
  const auto c_order = write("c.npy", npy_bytes(header("<u4", "(301, 233)"), by_row));
  const auto fortran = write("f.npy", npy_bytes(header("<u4", "(301, 233)", "True"), by_column));
  expect_matrix(read_npy(c_order), rows, columns, expected.values);
  expect_matrix(read_npy(fortran), rows, columns, expected.values);
}

TEST_F(NpyFile, RefusesIntegersThatADoubleDoesNotHold) {
  const std::string largest = "\x00\x20\x00\x00\x00\x00\x00\x00"s;        // 2^53
  const std::string smallest = "\xff\xe0\x00\x00\x00\x00\x00\x00"s;       // -2^53
  const std::string above = "\x00\x20\x00\x00\x00\x00\x00\x01"s;          // 2^53 + 1
  const std::string below = "\xff\xdf\xff\xff\xff\xff\xff\xff"s;          // -2^53 - 1
  const std::string most_negative = "\x80\x00\x00\x00\x00\x00\x00\x00"s;  // or 2^63 as u8
  const auto file = [&](const std::string& type, const std::string& order,
                        const std::string& last) {
    std::string data;
    for (int i = 0; i < 5; ++i) data += i == 4 ? last : largest;
    return write("a.npy", npy_bytes(header(type, "(2, 3)", order), data + largest));
  };
  EXPECT_EQ(read_npy(file(">i8", "False", smallest))(1, 1), -9007199254740992.0);
  for (const auto& [type, value, shown] :
       {std::tuple(">i8", above, "9007199254740993"), std::tuple(">i8", below, "-9007199254740993"),
        std::tuple(">i8", most_negative, "-9223372036854775808"),
        std::tuple(">u8", above, "9007199254740993"),
        std::tuple(">u8", most_negative, "9223372036854775808")}) {
    // The fifth of six elements in 2 rows and 3 columns.
    const std::string by_row = refusal(read_npy, file(type, "False", value));
    EXPECT_TRUE(contains(by_row, "row 2, column 2 (counted from 1) is "s + shown + ","));
    EXPECT_TRUE(contains(refusal(read_npy, file(type, "True", value)), "row 1, column 3 "));
  }
  const std::string late = std::string(40000 * 8, '\0') + above;
  const auto path = write("late.npy", npy_bytes(header(">i8", "(40001,)"), late));
  EXPECT_TRUE(contains(refusal(read_npy, path), "row 40001, column 1 "));
}

TEST_F(NpyFile, RefusesABooleanThatIsNeitherTrueNorFalse) {
  const auto path = write("a.npy", npy_bytes(header("|b1", "(2,)"), "\x01\x02"));
  EXPECT_TRUE(contains(refusal(read_npy, path),
                       "row 2, column 1 (counted from 1) is 2, expected "
                       "at most 1"));
}

TEST_F(NpyFile, RefusesOtherElementTypesAndNamesTheAllowedOnes) {
  for (const std::string type : {"<c16", "|O", "<U5", "|S3", "<f16", "<M8[ns]", "|V8", "=f8", "|f8",
                                 "f8", "8", "", "<i3", "<f88", "<\x01"}) {
    const auto path = write("a.npy", npy_bytes(header(type, "(1,)"), std::string(8, '\0')));
    const std::string message = refusal(read_npy, path);
    EXPECT_TRUE(contains(message, type == "<\x01" ? "'<\\x01'" : fmt::format("'{}'", type)));
    EXPECT_TRUE(contains(message, "b1, i1, i2, i4, i8, u1, u2, u4, u8, f2, f4, f8"));
  }
  const std::string record = "{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (1,), }";
  const auto path = write("a.npy", npy_bytes(record, std::string(8, '\0')));
  EXPECT_TRUE(contains(refusal(read_npy, path), "found \"[('a', '<f8')]"));
  EXPECT_TRUE(contains(refusal(read_npy, path), "b1, i1, i2, i4, i8, u1, u2, u4, u8, f2, f4, f8"));
}

TEST_F(NpyFile, RefusesOtherNumbersOfDimensions) {
  for (const auto& [shape, count] : {std::pair("()", "0"), std::pair("(1, 1, 1)", "3")}) {
    const auto path = write("a.npy", npy_bytes(header("|u1", shape), "\x01"));
    EXPECT_TRUE(contains(refusal(read_npy, path), "array of "s + count + " dimensions"));
  }
}

TEST_F(NpyFile, RefusesEveryTruncationAndASurplusByte) {
  const std::string whole = npy_bytes(header("<u4", "(2, 3)"), std::string(24, '\1'), 2);
  EXPECT_EQ(read_npy(write("a.npy", whole)).values.size(), 6U);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    refusal(read_npy, write("a.npy", whole.substr(0, size)));
  }
  EXPECT_TRUE(contains(refusal(read_npy, write("a.npy", whole.substr(0, whole.size() - 1))),
                       "found 23 bytes after the .npy header, expected 2 x 3 elements of 4 bytes"));
  EXPECT_TRUE(contains(refusal(read_npy, write("a.npy", whole + "\1")), "found 25 bytes"));
}

TEST_F(NpyFile, RefusesShapesThatTheFileCannotHold) {
  for (const std::string shape :
       {"(1000000000000, 1000)", "(9223372036854775808, 2)", "(4294967296, 4294967296)",
        "(2305843009213693952,)", "(18446744073709551615, 18446744073709551615)",
        "(18446744073709551616,)", "(2305843009213693953, 1)", "(0,)", "(3, 0)"}) {
    // Some of these sizes wrap around to 0 or 8 at 2^64.
    const auto path = write("a.npy", npy_bytes(header("<f8", shape), std::string(8, '\0')));
    refusal(read_npy, path);
  }
}

TEST_F(NpyFile, RefusesAGarbageHeader) {
  for (const std::string text :
       {"", "{", "}", "{}", "garbage", "{'descr'}", "{'descr': '<f8}", "{'descr': '<f8', }",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (1)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (-1,)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (1.,)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (1, 1",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (1 1)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': None}",
        "{'descr': '<f8', 'fortran_order': 0, 'shape': (1,)}",
        "{'descr': '<f8' 'fortran_order': False, 'shape': (1,)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (1,), 'more': (1,)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (1,), 'shape': (1,)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (1,)} x"}) {
    SCOPED_TRACE(text);
    const auto path = write("a.npy", npy_bytes(text, std::string(8, '\0')));
    EXPECT_TRUE(contains(refusal(read_npy, path), "the .npy header"));
  }
  std::string bytes = npy_bytes(header("<f8", "(1,)"), std::string(8, '\0'), 2);
  for (const char version : {'\0', '\4'}) {
    bytes[6] = version;
    EXPECT_TRUE(contains(refusal(read_npy, write("a.npy", bytes)), "expected 1.0, 2.0 or 3.0"));
  }
  bytes[6] = 2;
  bytes[7] = 1;
  EXPECT_TRUE(contains(refusal(read_npy, write("a.npy", bytes)), "found version 2.1"));
  bytes[7] = 0;
  bytes[11] = '\x7f';
  EXPECT_TRUE(contains(refusal(read_npy, write("a.npy", bytes)), "header of 2130706"));
  EXPECT_TRUE(contains(refusal(read_npy, write("a.npy", "1,2,3\n4,5,6\n")), "numpy.save"));
}

}  // namespace
}  // namespace lrscape::test
