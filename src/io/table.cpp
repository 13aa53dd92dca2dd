#include "io/table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>
#include <limits>
#include <system_error>
#include <utility>

#include "base/memory.hpp"
#include "base/text.hpp"
#include "io/input_file.hpp"

namespace lrscape::io {
namespace {

/// Copies some columns of a matrix, by index and in this order.
Matrix selected(const Matrix& matrix, const std::vector<std::size_t>& columns) {
  Matrix result(matrix.rows, columns.size());
  for (std::size_t row = 0; row < matrix.rows; ++row)
    for (std::size_t k = 0; k < columns.size(); ++k) result(row, k) = matrix(row, columns[k]);
  return result;
}

void erase_column(Table& table, std::size_t column) {
  std::vector<std::size_t> kept;
  for (std::size_t k = 0; k < table.columns.size(); ++k)
    if (k != column) kept.push_back(k);
  table.values = selected(table.values, kept);
  table.columns.erase(table.columns.begin() + static_cast<std::ptrdiff_t>(column));
}

/// Gives the column the texts of `training`. Throws InputError for a text that is not among them.
void adopt_texts(Table& table, std::size_t column, const Column& training) {
  Column& own = table.columns[column];
  if (!own.is_text())
    table.refuse(fmt::format("{} holds numbers, but text in the training data", own.name()));
  for (std::size_t row = 0; row < table.values.rows; ++row) {
    double& value = table.values(row, column);
    if (std::isnan(value)) continue;
    const std::string& text = own.texts[static_cast<std::size_t>(value)];
    const auto found = std::lower_bound(training.texts.begin(), training.texts.end(), text);
    if (found == training.texts.end() || *found != text)
      table.refuse(fmt::format("{}, {}: found \"{}\", which does not occur in the training data",
                               table.place(row), own.name(), printable(text, shown_bytes)));
    value = static_cast<double>(found - training.texts.begin());
  }
  own.texts = training.texts;
}

/// Replaces the columns of text, whose texts are final.
void replace_texts(Table& table) {
  std::vector<Column> columns;
  for (const Column& column : table.columns) {
    if (!column.is_text()) columns.push_back(column);
    for (const std::string& text : column.texts) {
      Column one;
      one.number = column.number;
      one.title = fmt::format("{}={}", column.title.empty() ? column.name() : column.title, text);
      columns.push_back(std::move(one));
    }
  }
  check_memory(
      fmt::format("{}: {} columns after the encoding of texts", table.name, columns.size()),
      static_cast<double>(columns.size()) * static_cast<double>(table.values.rows) *
          sizeof(double));
  Matrix encoded(table.values.rows, columns.size());
  for (std::size_t row = 0; row < encoded.rows; ++row) {
    std::size_t to = 0;
    for (std::size_t k = 0; k < table.columns.size(); ++k) {
      const double value = table.values(row, k);
      const std::size_t count = table.columns[k].texts.size();
      if (count == 0) encoded(row, to++) = value;
      for (std::size_t text = 0; text < count; ++text)
        encoded(row, to++) =
            std::isnan(value) ? value : (value == static_cast<double>(text) ? 1 : 0);
    }
  }
  table.values = std::move(encoded);
  table.columns = std::move(columns);
}

bool counts_from_zero(const Matrix& values) {
  for (std::size_t row = 0; row < values.rows; ++row)
    if (values(row, 0) != static_cast<double>(row)) return false;
  return true;
}

bool is_whole(const Matrix& values) {
  for (std::size_t row = 0; row < values.rows; ++row)
    if (values(row, 0) != std::floor(values(row, 0))) return false;
  return true;
}

}  // namespace

std::string Column::name() const {
  return title.empty() ? fmt::format("column {}", number)
                       : fmt::format("column {} ({})", number, printable(title, shown_bytes));
}

bool Table::has_titles() const {
  return std::ranges::any_of(columns, [](const Column& column) { return !column.title.empty(); });
}

std::string Table::place(std::size_t row) const {
  return lines.empty() ? fmt::format("row {}", row + 1) : fmt::format("line {}", lines[row]);
}

void Table::refuse(std::string_view message, Remedy remedy) const {
  throw InputError(fmt::format("{}: {}", name, message), remedy);
}

void number_columns(Table& table, std::size_t count) {
  // Readers keep as much again for each column.
  check_memory(fmt::format("{}: a table of {} columns", table.name, count),
               2.0 * sizeof(Column) * static_cast<double>(count));
  table.columns.assign(count, {});
  for (std::size_t k = 0; k < count; ++k) table.columns[k].number = k + 1;
}

std::size_t find_column(const Table& table, std::string_view title_or_number) {
  std::vector<std::string_view> titles;
  for (const Column& column : table.columns)
    if (!column.title.empty()) titles.push_back(column.title);
  const auto same = std::ranges::count(titles, title_or_number);
  if (same > 1)
    table.refuse(fmt::format("{} columns have the title {}; give the number of the column", same,
                             printable(title_or_number)));
  if (same == 1) {
    const auto found = std::ranges::find(table.columns, title_or_number, &Column::title);
    return static_cast<std::size_t>(found - table.columns.begin());
  }
  std::size_t number = 0;
  const char* const last = title_or_number.data() + title_or_number.size();
  const auto [end, error] = std::from_chars(title_or_number.data(), last, number);
  if (error == std::errc() && end == last) {
    const auto found = std::ranges::find(table.columns, number, &Column::number);
    if (found != table.columns.end())
      return static_cast<std::size_t>(found - table.columns.begin());
    table.refuse(fmt::format("there is no column {}, expected a number from {} to {}", number,
                             table.columns.front().number, table.columns.back().number));
  }
  if (titles.empty())
    table.refuse(fmt::format("the columns have no titles, expected a number from {} to {}, not {}",
                             table.columns.front().number, table.columns.back().number,
                             printable(title_or_number)));
  constexpr std::size_t most = 12;
  const auto shown = std::min(titles.size(), most);
  table.refuse(fmt::format(
      "no column has the title {}, expected one of {}{}{}", printable(title_or_number),
      fmt::join(titles.begin(), titles.begin() + static_cast<std::ptrdiff_t>(shown), ", "),
      titles.size() > most ? ", ..." : "", did_you_mean(title_or_number, titles)));
}

Table take_column(Table& table, std::size_t column) {
  Table taken;
  taken.name = table.name;
  taken.lines = table.lines;
  taken.values = selected(table.values, {column});
  taken.columns = {table.columns[column]};
  erase_column(table, column);
  return taken;
}

namespace {

/// Removes the texts that no row has, so that no feature is made for them.
void drop_unused_texts(Table& table, std::size_t column) {
  std::vector<std::string>& texts = table.columns[column].texts;
  std::vector<bool> used(texts.size());
  const auto each_text = [&](auto use) {
    for (std::size_t row = 0; row < table.values.rows; ++row)
      if (double& value = table.values(row, column); !std::isnan(value)) use(value);
  };
  each_text([&](double& value) { used[static_cast<std::size_t>(value)] = true; });
  std::vector<double> renumbered(texts.size());
  std::vector<std::string> kept;
  for (std::size_t k = 0; k < texts.size(); ++k) {
    renumbered[k] = static_cast<double>(kept.size());
    if (used[k]) kept.push_back(std::move(texts[k]));
  }
  each_text([&](double& value) { value = renumbered[static_cast<std::size_t>(value)]; });
  texts = std::move(kept);
}

}  // namespace

void keep_rows(Table& table, const std::vector<bool>& keep) {
  const std::size_t columns = table.values.columns;
  std::size_t to = 0;
  for (std::size_t row = 0; row < table.values.rows; ++row) {
    if (!keep[row]) continue;
    for (std::size_t k = 0; k < columns; ++k) table.values(to, k) = table.values(row, k);
    if (!table.lines.empty()) table.lines[to] = table.lines[row];
    ++to;
  }
  table.values.rows = to;
  table.values.values.resize(to * columns);
  if (!table.lines.empty()) table.lines.resize(to);
  for (std::size_t k = 0; k < columns; ++k)
    if (table.columns[k].is_text()) drop_unused_texts(table, k);
}

std::vector<bool> complete_rows(const Table& table) {
  std::vector<bool> complete(table.values.rows, true);
  for (std::size_t row = 0; row < table.values.rows; ++row)
    for (std::size_t k = 0; k < table.values.columns; ++k)
      if (std::isnan(table.values(row, k))) complete[row] = false;
  return complete;
}

void encode_texts(Table& table, Table* other) {
  if (std::ranges::none_of(table.columns, &Column::is_text))
    table.notes.push_back({fmt::format(
        "{}: no column holds text, so there is nothing to one-hot encode", table.name)});
  if (other != nullptr && other->columns.size() != table.columns.size())
    other->refuse(fmt::format("found {}, expected {} as in {}",
                              counted(std::ssize(other->columns), "column"), table.columns.size(),
                              table.name));
  for (std::size_t k = 0; k < table.columns.size(); ++k) {
    const Column& column = table.columns[k];
    if (other != nullptr && column.is_text()) adopt_texts(*other, k, column);
    if (other != nullptr && !column.is_text() && other->columns[k].is_text()) refuse_texts(*other);
    if (!column.is_text()) continue;
    const std::string text =
        fmt::format("{} one-hot encoded as {} features", column.name(), column.texts.size());
    table.notes.push_back({fmt::format("{}: {}", table.name, text), Remedy::none, false});
    table.facts.push_back(text);
  }
  if (other != nullptr) replace_texts(*other);
  replace_texts(table);
}

void refuse_texts(const Table& table, Remedy remedy) {
  for (const Column& column : table.columns)
    if (column.is_text())
      table.refuse(
          fmt::format("line {}, column {}: found \"{}\", expected a number such as -1.5e-3",
                      column.first_line, column.number, column.first_text),
          remedy);
}

void refuse_missing(const Table& table, Remedy remedy) {
  for (std::size_t row = 0; row < table.values.rows; ++row)
    for (std::size_t k = 0; k < table.values.columns; ++k)
      if (std::isnan(table.values(row, k)))
        table.refuse(fmt::format("{}, column {}: the value is missing{}, expected a number",
                                 table.place(row), table.columns[k].number,
                                 table.lines.empty() ? " (NaN)" : " (empty, NA, NaN, null or ?)"),
                     remedy);
}

void leave_out_index(Table& table) {
  if (table.columns.size() < 2 || table.columns[0].is_text() || table.lines.empty()) return;
  // pandas reads its own index as a column "Unnamed: 0", and writes that title later.
  const bool nameless = table.has_titles() &&
                        (table.columns[0].title.empty() || table.columns[0].title == "Unnamed: 0");
  constexpr std::size_t fewest_rows = 3;
  if (nameless && counts_from_zero(table.values)) {
    table.notes.push_back({fmt::format(
        "{}: column 1 has no title and counts 0, 1, 2, ...; it is left out as an index",
        table.name)});
    table.facts.emplace_back("index column left out");
    erase_column(table, 0);
  } else if (nameless && is_whole(table.values)) {
    table.notes.push_back({fmt::format(
        "{}: column 1 has no title and is kept; its whole numbers may be an index", table.name)});
  } else if (!table.has_titles() && table.values.rows >= fewest_rows &&
             counts_from_zero(table.values)) {
    table.notes.push_back(
        {fmt::format("{}: column 1 counts 0, 1, 2, ... and is used as a feature; remove it from "
                     "the file if it is an index",
                     table.name)});
  }
}

}  // namespace lrscape::io
