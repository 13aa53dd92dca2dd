#include "io/read_matrix.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "io/csv.hpp"
#include "io/npy.hpp"
#include "lrscape/error.hpp"

namespace lrscape::io {
namespace {

using Values = std::vector<double>;
using namespace std::string_literals;

/// Tests with a folder of their own for the files they write byte by byte.
class FileTest : public testing::Test {
 protected:
  FileTest()
      : folder_(std::filesystem::path(testing::TempDir()) /
                ("read_matrix_" + std::to_string(getpid()))) {
    std::filesystem::create_directories(folder_);
  }
  ~FileTest() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path write(const std::string& name, std::string_view bytes) const {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
    return folder_ / name;
  }

  /// The message of the InputError that `read` throws; checks what holds for every message.
  template <class Reader>
  static std::string refusal(Reader read, const std::filesystem::path& path) {
    try {
      read(path);
    } catch (const InputError& error) {
      std::string message = error.what();
      EXPECT_EQ(message.find(path.string() + ": "), 0U) << message;
      for (const char character : message) EXPECT_GE(static_cast<unsigned char>(character), ' ');
      return message;
    }
    ADD_FAILURE() << path << " was read";
    return "";
  }

  std::filesystem::path folder_;
};

testing::AssertionResult contains(const std::string& text, const std::string& part) {
  if (text.find(part) != text.npos) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "no \"" << part << "\" in: " << text;
}

void expect_matrix(const Matrix& matrix, std::size_t rows, std::size_t columns,
                   const Values& values) {
  EXPECT_EQ(matrix.rows, rows);
  EXPECT_EQ(matrix.columns, columns);
  EXPECT_EQ(matrix.values, values);
}

/// A .npy file as in NumPy's description of the format, the header not padded to a multiple of 64.
std::string npy_bytes(const std::string& header, const std::string& data, char version = 1) {
  const std::size_t size = header.size() + 1;
  std::string bytes = "\x93NUMPY"s + version + '\0';
  bytes += static_cast<char>(size % 256);
  bytes += static_cast<char>(size / 256);
  if (version > 1) bytes += "\0\0"s;
  return bytes + header + "\n" + data;
}

std::string header(const std::string& type, const std::string& shape,
                   const std::string& fortran_order = "False") {
  return "{'descr': '" + type + "', 'fortran_order': " + fortran_order + ", 'shape': " + shape +
         ", }";
}

class NpyFile : public FileTest {};
class CsvFile : public FileTest {};
class MatrixFile : public FileTest {};

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
  // More elements than any buffer within the reader, and no multiple of a power of two.
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
    // The fifth of six elements of 2 rows and 3 columns.
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
  for (const std::string type : {"<c16", "|O", "<U5", "|S3", "<f2", "<f16", "<M8[ns]", "|V8", "=f8",
                                 "|f8", "f8", "8", "", "<i3", "<f88", "<\x01"}) {
    const auto path = write("a.npy", npy_bytes(header(type, "(1,)"), std::string(8, '\0')));
    const std::string message = refusal(read_npy, path);
    EXPECT_TRUE(contains(message, type == "<\x01" ? "'<\\x01'" : fmt::format("'{}'", type)));
    EXPECT_TRUE(contains(message, "b1, i1, i2, i4, i8, u1, u2, u4, u8, f4, f8"));
  }
  const std::string record = "{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (1,), }";
  const auto path = write("a.npy", npy_bytes(record, std::string(8, '\0')));
  EXPECT_TRUE(contains(refusal(read_npy, path), "found \"[('a', '<f8')]"));
  EXPECT_TRUE(contains(refusal(read_npy, path), "b1, i1, i2, i4, i8, u1, u2, u4, u8, f4, f8"));
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
    // Sizes that are 0 or 8 once they wrap around at 2^64 among them.
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

TEST_F(CsvFile, DetectsTheSeparatorFromTheFirstLineOfNumbers) {
  for (const std::string text :
       {"1,2\n3,4\n", "1;2\n3;4\n", "1\t2\n3\t4\n", "1 2\n3 4\n", " 1   2 \n3\t 4\n",
        "\t1 2\n\t3 4\n", "1, 2\n3 ,4", "1,\t2\n3,\t4\n", "a,b\n1;2\n3;4\n"}) {
    SCOPED_TRACE(text);
    if (text.starts_with("a,b")) {
      // In the separator of the numbers that header is a single field.
      EXPECT_TRUE(
          contains(refusal(read_csv, write("a.csv", text)), "line 1 has 1 field, expected 2"));
    } else {
      expect_matrix(read_csv(write("a.csv", text)), 2, 2, {1, 2, 3, 4});
    }
  }
  expect_matrix(read_csv(write("a.csv", "1\n2\n3")), 3, 1, {1, 2, 3});
  expect_matrix(read_csv(write("a.csv", "\"a, b\" \"c;\"\n1 2\n")), 1, 2, {1, 2});
}

TEST_F(CsvFile, SkipsAHeaderCommentsAndBlankLines) {
  const std::string text = "# made by hand\n\n  \t\nx, \"y, z\"\n# more\n1,2\n\n  # more\n3,4\n\n";
  expect_matrix(read_csv(write("a.csv", text)), 2, 2, {1, 2, 3, 4});
  expect_matrix(read_csv(write("a.csv", "b,\n3,4\n")), 1, 2, {3, 4});
  // Text beside a number may be a typing error in data, which must not pass for a header.
  EXPECT_TRUE(contains(refusal(read_csv, write("a.csv", "1,b\n3,4\n")), "line 1, column 2"));
  EXPECT_TRUE(contains(refusal(read_csv, write("a.csv", "a,b\nc,d\n1,2\n")), "line 2, column 1"));
}

TEST_F(CsvFile, UnderstandsCarriageReturnsAByteOrderMarkAndQuotes) {
  expect_matrix(read_csv(write("a.csv",
                               "\xef\xbb\xbf"
                               "1,2\r\n\r\n3,4\r\n")),
                2, 2, {1, 2, 3, 4});
  expect_matrix(read_csv(write("a.csv", "\xef\xbb\xbfx\r\n5\r\n")), 1, 1, {5});
  // Lines that end in a carriage return alone are not understood, and must not run together.
  EXPECT_TRUE(contains(refusal(read_csv, write("a.csv", "1 2 \r3 4\r")), "line 1, column 3"));
  expect_matrix(read_csv(write("a.csv", "\"1\",\" 2 \"\n \"3\" ,4\n")), 2, 2, {1, 2, 3, 4});
  expect_matrix(read_csv(write("a.csv", "\"1\" \"2\"\n\"3\"\t4\n")), 2, 2, {1, 2, 3, 4});
  expect_matrix(read_csv(write("a.csv", "\"say \"\"a,b\"\"\",\"c\"\n1,2\n")), 1, 2, {1, 2});
}

TEST_F(CsvFile, ReadsEverySpellingOfANumber) {
  const Matrix matrix =
      read_csv(write("a.csv", "-1.5e-3,+2,.5,1.,1E5,0.1,4.9406564584124654e-324,007,-0,1e+2\n"));
  // The literals are the compiler's reading of the same text, correctly rounded as the reader's.
  EXPECT_EQ(matrix.values,
            (Values{-1.5e-3, 2, 0.5, 1, 1e5, 0.1, 4.9406564584124654e-324, 7, 0, 100}));
  EXPECT_TRUE(std::signbit(matrix.values[8]));
  const Matrix special = read_csv(write("a.csv", "nan,inf,-Infinity\n"));
  EXPECT_TRUE(std::isnan(special.values[0]));
  EXPECT_EQ(special.values[1], HUGE_VAL);
  EXPECT_EQ(special.values[2], -HUGE_VAL);
}

TEST_F(CsvFile, RefusesLinesOfDifferentLength) {
  const auto message = [&](const std::string& text) {
    return refusal(read_csv, write("a.csv", text));
  };
  EXPECT_TRUE(contains(message("# c\n1,2,3\n4,5,6\n7,8\n"),
                       "line 4 has 2 fields, expected 3 as in line 2"));
  EXPECT_TRUE(contains(message("1,2\n4,5,6,7\n"), "line 2 has 4 fields, expected 2 as in line 1"));
  EXPECT_TRUE(contains(message("1 2\n4\n"), "line 2 has 1 field, expected 2 as in line 1"));
  EXPECT_TRUE(contains(message("1\n4,5\n"), "line 2 has 2 fields, expected 1 as in line 1"));
  EXPECT_TRUE(contains(message("Run\n1,2\n"), "line 1 has 1 field, expected 2 as in line 2"));
}

TEST_F(CsvFile, RefusesFieldsThatAreNoNumbers) {
  const auto message = [&](const std::string& field) {
    return refusal(read_csv, write("a.csv", "x;y\n1;2\n3;" + field + "\n"));
  };
  for (const std::string text : {"abc", "1x", "0x10", "--1", "+-1", "++1", "1e", "-", "+", "1 2",
                                 "1,5", "1_000", "1#", "gr\303\266\303\237e"}) {
    EXPECT_TRUE(
        contains(message(text), "line 3, column 2: found \"" + text + "\", expected a number"));
  }
  // Decimal commas: the semicolon is the separator.
  EXPECT_TRUE(contains(refusal(read_csv, write("a.csv", "x;y\n1,5;2,5\n")),
                       "line 2, column 1: found \"1,5\""));
  EXPECT_TRUE(contains(message("\"1"), "column 2: found \"\"1\""));
  EXPECT_TRUE(contains(message("\"1\"2"), "column 2: found \"\"1\"2\""));
  EXPECT_TRUE(contains(message(""), "line 3, column 2: found an empty field"));
  EXPECT_TRUE(contains(message("\"\""), "line 3, column 2: found an empty field"));
  for (const std::string text : {"1e999", "-1e999", "1e-999"}) {
    EXPECT_TRUE(contains(message(text), "line 3, column 2: found " + text +
                                            ", expected a number in "
                                            "the range of a double"));
  }
  // Shown: 40 bytes, but no half of a character, and nothing that would act on a terminal.
  const std::string many(39, 'a');
  EXPECT_TRUE(contains(message(many + "bcd"), fmt::format("\"{}b...\"", many)));
  EXPECT_TRUE(contains(message(many + "\xc3\xb6"), fmt::format("\"{}...\"", many)));
  EXPECT_TRUE(contains(message("a\x1b[0m\x7f\xff\0z"s), "\"a\\x1b[0m\\x7f\\xff\\x00z\""));
}

TEST_F(CsvFile, TakesNoFirstLineWithAnEmptyFieldForAHeader) {
  EXPECT_TRUE(contains(refusal(read_csv, write("a.csv", "1,,3\n4,5,6\n")),
                       "line 1, column 2: found an empty field"));
  EXPECT_TRUE(contains(refusal(read_csv, write("a.csv", "1e999,2\n4,5\n")), "line 1, column 1"));
}

TEST_F(CsvFile, TakesABlankLineInASingleColumnForAMissingValue) {
  EXPECT_TRUE(contains(refusal(read_csv, write("a.txt", "# c\n\nx\n\n1\n2\n \t\n\n3\n")),
                       "line 7 is blank, expected 1 field as in line 5"));
  expect_matrix(read_csv(write("a.txt", "\n1\n# c\n2\n\n\n")), 2, 1, {1, 2});
}

TEST_F(CsvFile, RefusesAFileWithoutNumbers) {
  EXPECT_TRUE(
      contains(refusal(read_csv, write("a.csv", "# c\n\n")), "only blank lines and comments"));
  EXPECT_TRUE(contains(refusal(read_csv, write("a.csv", "\xef\xbb\xbf")), "only blank lines"));
  EXPECT_TRUE(contains(refusal(read_csv, write("a.csv", "\na,b\n")), "only a header (line 2)"));
  EXPECT_TRUE(contains(refusal(read_csv, write("a.csv",
                                               "\xff\xfe"
                                               "1\0"s)),
                       "UTF-16"));
}

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
  EXPECT_TRUE(contains(refusal(read_matrix, csv),
                       "row 2, column 3 of the numbers (counted from 1) "
                       "is -inf"));
  // A quiet nan, third of four elements column by column.
  const std::string data = std::string(16, '\0') + "\x7f\xf8\0\0\0\0\0\0"s + std::string(8, '\0');
  const auto npy = write("a.npy", npy_bytes(header(">f8", "(2, 2)", "True"), data));
  EXPECT_TRUE(contains(refusal(read_matrix, npy),
                       "row 1, column 2 of the numbers (counted from 1) "
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

TEST(Printable, KeepsOnlyValidUtf8) {
  // Two, three and four bytes are kept: o umlaut, euro, a clef.
  EXPECT_EQ(printable("\xc3\xb6\xe2\x82\xac\xf0\x9d\x84\x9e"),
            "\xc3\xb6\xe2\x82\xac\xf0\x9d\x84\x9e");
  // Overlong '/' and o umlaut, a surrogate, beyond U+10FFFF, cut short, a stray continuation.
  EXPECT_EQ(printable("\xc0\xaf"), "\\xc0\\xaf");
  EXPECT_EQ(printable("\xe0\x83\xb6"), "\\xe0\\x83\\xb6");
  EXPECT_EQ(printable("\xed\xa0\x80"), "\\xed\\xa0\\x80");
  EXPECT_EQ(printable("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");
  EXPECT_EQ(printable("\xe2\x82"), "\\xe2\\x82");
  EXPECT_EQ(printable("\x82"), "\\x82");
  // The next-line control character and the one that turns the writing direction.
  EXPECT_EQ(printable("\xc2\x85\xe2\x80\xae"), "\\xc2\\x85\\xe2\\x80\\xae");
}

}  // namespace
}  // namespace lrscape::io
