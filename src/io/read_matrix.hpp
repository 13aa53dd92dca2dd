#pragma once

#include <cstddef>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "io/header.hpp"
#include "io/table.hpp"

namespace lrscape::io {

/// Reads a table by the extension of its file, in upper or lower case:
///
/// - .csv, .tsv, .txt, .data, .dat: text (see read_text_table)
/// - .npy: a NumPy array (see read_npy)
/// - .npz: an array of a NumPy archive, as FILE.npz:ARRAY, or FILE.npz for its only array
/// - any of the former but .npz, followed by .gz: compressed by gzip
/// - "-": standard input, in any of these formats, recognised by its first bytes
///
/// The table has at least one row and one column. Its numbers are finite, but values may be missing
/// and columns may be text; refuse_missing() and refuse_texts() refuse those. An index column is
/// left out (see leave_out_index). Otherwise throws InputError with a message that begins with the
/// file name.
Table read_matrix(const std::filesystem::path& path, Header header = Header::automatic);

/// The numbers of a single column or row, and the notes about its file.
struct Vector {
  std::vector<double> values;
  std::vector<Note> notes;
};

/// Reads one column of a table, counted from 1 as in the file. Column 0 reads the only column or
/// row. Throws InputError as read_matrix does, for text and missing values, for a table with
/// several rows and several columns, for a column that does not exist, and for a value below
/// `least`.
Vector read_column(const std::filesystem::path& path, std::size_t column,
                   double least = -std::numeric_limits<double>::infinity());

/// Turns a table with a single column or row into its numbers. Throws InputError as read_column
/// does.
std::vector<double> read_vector(const Table& table);

}  // namespace lrscape::io
