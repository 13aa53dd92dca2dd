#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "data_file.hpp"
#include "io/read_matrix.hpp"

namespace lrscape::test {

/// Reads tables from texts.
class TextTable : public FileTest {
 protected:
  io::Table read(std::string_view text, io::Header header = io::Header::automatic) const {
    return io::read_matrix(write("a.csv", text), header);
  }
  std::string message(std::string_view text, io::Header header = io::Header::automatic) const {
    return refusal([&](const auto& path) { return io::read_matrix(path, header); },
                   write("a.csv", text));
  }
  void expect_values(std::string_view text, std::size_t rows, std::size_t columns,
                     const Values& values) const {
    SCOPED_TRACE(text);
    expect_matrix(read(text).values, rows, columns, values);
  }
};

}  // namespace lrscape::test
