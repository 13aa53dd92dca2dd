#include "cli/data_files.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/text.hpp"
#include "lrscape/error.hpp"

namespace lrscape::cli {
namespace {

using io::Note;
using io::Table;

/// Features and targets with the same rows.
struct Examples {
  Table features, targets;
  /// For each row of the file, whether it is in the tables. Empty if all are.
  std::vector<bool> kept = {};
};

void append(std::vector<Note>& notes, const std::vector<Note>& more) {
  notes.insert(notes.end(), more.begin(), more.end());
}

std::string with_facts(const Table& table) {
  return table.facts.empty() ? table.name
                             : fmt::format("{} ({})", table.name, fmt::join(table.facts, ", "));
}

/// Turns a single row into a column.
void stand_up(Table& targets) {
  if (targets.values.rows != 1 || targets.values.columns == 1) return;
  io::refuse_texts(targets);
  targets.values.rows = std::exchange(targets.values.columns, 1);
  targets.columns.resize(1);
  if (!targets.lines.empty()) targets.lines.assign(targets.values.rows, targets.lines.front());
}

Examples read_table(const std::string& file, const std::string& target, io::Header header,
                    std::vector<Note>& notes) {
  Examples examples;
  examples.features = io::read_matrix(file, header);
  Table& features = examples.features;
  const std::size_t column = io::find_column(features, target);
  if (features.columns.size() == 1)
    features.refuse("the target is the only column, expected features in other columns");
  examples.targets = io::take_column(features, column);
  features.facts.push_back("target " + examples.targets.columns[0].name());
  append(notes, features.notes);
  return examples;
}

Examples read_pair(const std::string& features, const std::string& targets, io::Header header,
                   std::vector<Note>& notes) {
  Examples examples = {io::read_matrix(features, header), io::read_matrix(targets, header)};
  stand_up(examples.targets);
  append(notes, examples.features.notes);
  append(notes, examples.targets.notes);
  const std::size_t rows = examples.features.values.rows, values = examples.targets.values.rows;
  if (examples.targets.values.columns != 1) io::read_vector(examples.targets);  // Throws.
  if (rows != values)
    throw InputError(fmt::format("{} has {} rows, but {} has {} values",
                                 with_facts(examples.features), rows, with_facts(examples.targets),
                                 values));
  return examples;
}

/// Leaves out the rows with missing values, or refuses them.
void leave_out_incomplete(Examples& examples, bool drop, std::vector<Note>& notes) {
  Table& features = examples.features;
  if (!drop) {
    io::refuse_missing(features, Remedy::drop_missing);
    io::refuse_missing(examples.targets, Remedy::drop_missing);
    return;
  }
  std::vector<bool> keep = io::complete_rows(features);
  const std::vector<bool> with_target = io::complete_rows(examples.targets);
  constexpr std::size_t most_places = 3;
  std::vector<std::string> places;
  std::size_t dropped = 0;
  for (std::size_t row = 0; row < keep.size(); ++row) {
    keep[row] = keep[row] && with_target[row];
    if (keep[row]) continue;
    if (places.size() < most_places) places.push_back(features.place(row));
    ++dropped;
  }
  if (dropped == 0) return;
  if (dropped == keep.size()) features.refuse("every row has a missing value, so no rows are left");
  const std::string text =
      fmt::format("{} of {} rows with missing values left out", dropped, keep.size());
  notes.push_back({fmt::format("{}: {} ({}{})", features.name, text, fmt::join(places, ", "),
                               dropped > most_places ? ", ..." : "")});
  features.facts.push_back(text);
  io::keep_rows(features, keep);
  io::keep_rows(examples.targets, keep);
  examples.kept = std::move(keep);
}

std::vector<std::string> names_of_features(const Table& table) {
  std::vector<std::string> names;
  if (!table.has_titles()) return names;
  constexpr std::size_t longest = 200;
  for (const io::Column& column : table.columns)
    names.push_back(printable(column.title.empty() ? column.name() : column.title, longest));
  return names;
}

/// The use of each row of the file, given the use of each row that was kept.
std::vector<RowUse> with_rows_left_out(const std::vector<RowUse>& split,
                                       const std::vector<bool>& kept) {
  if (kept.empty()) return split;
  std::vector<RowUse> all;
  auto next = split.begin();
  for (const bool keep : kept) all.push_back(keep ? *next++ : RowUse::left_out);
  return all;
}

void note_other_titles(const Table& training, const Table& validation, std::vector<Note>& notes) {
  if (!training.has_titles() || !validation.has_titles()) return;
  for (std::size_t k = 0; k < std::min(training.columns.size(), validation.columns.size()); ++k)
    if (training.columns[k].title != validation.columns[k].title) {
      notes.push_back({fmt::format("{} of {} is {} of {}, which has another title",
                                   validation.columns[k].name(), validation.name,
                                   training.columns[k].name(), training.name)});
      return;
    }
}

/// Texts become features: the same for training and validation.
void encode(Table& training, Table* validation, bool one_hot, std::vector<Note>& notes) {
  if (one_hot) {
    const std::size_t before = training.notes.size();
    io::encode_texts(training, validation);
    notes.insert(notes.end(), training.notes.begin() + static_cast<std::ptrdiff_t>(before),
                 training.notes.end());
    return;
  }
  io::refuse_texts(training, Remedy::one_hot);
  if (validation != nullptr) io::refuse_texts(*validation, Remedy::one_hot);
}

/// Whether a feature other than 0 is the same in all training rows, and so takes the place of an
/// intercept.
bool has_constant_feature(const Matrix& features) {
  for (std::size_t j = 0; j < features.columns; ++j) {
    bool constant = features(0, j) != 0;
    for (std::size_t i = 1; i < features.rows && constant; ++i)
      constant = features(i, j) == features(0, j);
    if (constant) return true;
  }
  return false;
}

/// Without an intercept, a model cannot fit the mean of the targets.
void note_mean_of_targets(const Problem& problem, std::vector<Note>& notes) {
  const auto rows = static_cast<double>(problem.targets.size());
  double mean = 0, variance = 0;
  for (const double target : problem.targets) mean += target / rows;
  for (const double target : problem.targets) variance += (target - mean) * (target - mean) / rows;
  const double deviation = std::sqrt(variance);
  if (std::abs(mean) <= deviation || has_constant_feature(problem.features)) return;
  notes.push_back({fmt::format(
      "the targets have mean {:.4g} and standard deviation {:.3g}, and the model has no intercept; "
      "--intercept adds one, and --standardize shifts the targets to mean 0",
      mean, deviation)});
}

void prepare(const DataOptions& options, const Table& features, ChosenProblem& chosen) {
  Problem& problem = chosen.problem;
  check(problem);
  if (options.standardize) {
    for (const std::size_t column : standardize(problem))
      chosen.notes.push_back(
          {fmt::format("{}: {} is constant in the training rows, so --standardize makes it 0",
                       features.name, features.columns[column].name())});
    chosen.source += ", standardized";
  }
  if (options.intercept) {
    append_intercept(problem);
    chosen.source += ", intercept";
  }
  if (!options.standardize && !options.intercept) note_mean_of_targets(problem, chosen.notes);
}

}  // namespace

ChosenProblem problem_from_files(const DataOptions& options) {
  ChosenProblem chosen;
  const bool table = !options.data.empty();
  const auto read = [&](const std::string& data, const std::string& features,
                        const std::string& targets) {
    Examples examples = table ? read_table(data, options.target, options.header, chosen.notes)
                              : read_pair(features, targets, options.header, chosen.notes);
    leave_out_incomplete(examples, options.drop_missing, chosen.notes);
    return examples;
  };
  const auto source = [&](const Examples& examples) {
    return table
               ? with_facts(examples.features)
               : fmt::format("{} {}", with_facts(examples.features), with_facts(examples.targets));
  };

  Examples training = read(options.data, options.features, options.targets);
  if (options.validation_features.empty() && options.validation_data.empty()) {
    encode(training.features, nullptr, options.one_hot, chosen.notes);
    chosen.problem = hold_out(training.features.values, io::read_vector(training.targets),
                              options.validation_fraction, options.split_seed);
    chosen.problem.split = with_rows_left_out(chosen.problem.split, training.kept);
    chosen.source = fmt::format("files: {}, {} held out with seed {}", source(training),
                                options.validation_fraction, options.split_seed);
  } else {
    Examples validation =
        read(options.validation_data, options.validation_features, options.validation_targets);
    note_other_titles(training.features, validation.features, chosen.notes);
    note_other_titles(training.targets, validation.targets, chosen.notes);
    encode(training.features, &validation.features, options.one_hot, chosen.notes);
    chosen.problem = {std::move(training.features.values), io::read_vector(training.targets),
                      std::move(validation.features.values), io::read_vector(validation.targets)};
    chosen.source = fmt::format("files: {}, validation {}", source(training), source(validation));
  }
  chosen.problem.feature_names = names_of_features(training.features);
  prepare(options, training.features, chosen);
  return chosen;
}

}  // namespace lrscape::cli
