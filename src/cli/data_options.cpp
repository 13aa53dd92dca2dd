#include "cli/data_options.hpp"

#include <fmt/format.h>

#include <string_view>

#include "cli/data_files.hpp"
#include "lrscape/error.hpp"

namespace lrscape::cli {
namespace {

void add_synthetic_options(Command& command, DataOptions& options) {
  command.begin_group("Synthetic problem");
  SyntheticProblem& p = options.synthetic;
  options.synthetic_options = {
      &command.add_value("--n", "N", p.rows, "training rows"),
      &command.add_value("--n-val", "N", p.validation_rows, "validation rows"),
      &command.add_value("--d", "N", p.features, "features"),
      &command.add_value("--noise", "NUMBER", p.noise,
                         "standard deviation of the noise on the targets"),
      &command.add_value("--density", "NUMBER", p.density, "fraction of nonzero feature entries"),
      &command.add_value("--oracle-density", "NUMBER", p.oracle_density,
                         "fraction of nonzero true weights"),
      &command.add_value("--data-seed", "N", p.seed, "seed of the data")};
}

void add_file_options(Command& command, DataOptions& options) {
  command.begin_group("Your own data");
  const auto file = [&](const std::string& name, std::string& path, const std::string& help) {
    command.add_value(name, "FILE", path, help).completion = Completion::files;
  };
  file("--data", options.data,
       "a table with features and targets, one row per example (lrscape help problem lists the "
       "formats)");
  command.add_value("--target", "COLUMN", options.target,
                    "the column of --data with the targets: its title, or its number from 1");
  file("--features", options.features, "features alone, one row per example");
  file("--targets", options.targets, "their targets");
  options.split_options = {
      &command.add_value("--val-fraction", "NUMBER", options.validation_fraction,
                         "fraction of the rows held out for validation"),
      &command.add_value("--split-seed", "N", options.split_seed,
                         "seed that chooses the held-out rows")};
  file("--val-data", options.validation_data, "a validation table instead of held-out rows");
  file("--val-features", options.validation_features,
       "validation features instead of held-out rows");
  file("--val-targets", options.validation_targets, "their targets");
  options.file_options = {
      &command.add_choice(
          "--header", options.header,
          {{"auto", io::Header::automatic}, {"yes", io::Header::yes}, {"no", io::Header::no}},
          "whether the first line of a text file holds titles"),
      &command.add_flag(
          "--one-hot", options.one_hot,
          "replace each column of text by one feature for each distinct value, 1 or 0"),
      &command.add_flag("--drop-missing", options.drop_missing,
                        "leave out the rows with missing values"),
      &command.add_flag(
          "--standardize", options.standardize,
          "shift features and targets to mean 0 and scale features to standard deviation 1, "
          "using the statistics of the training rows"),
      &command.add_flag("--intercept", options.intercept,
                        "append a feature that is 1 in every row; its weight is trained like every "
                        "other, and decays like every other")};
}

void refuse_given(const std::vector<const Option*>& options, std::string_view reason) {
  for (const auto* option : options)
    if (option->given) throw InputError(fmt::format("{} {}", option->name, reason));
}

void check_pair(const std::string& a, std::string_view a_name, const std::string& b,
                std::string_view b_name) {
  if (a.empty() != b.empty())
    throw InputError(fmt::format("{} is given without {}", a.empty() ? b_name : a_name,
                                 a.empty() ? a_name : b_name));
}

/// Throws InputError for options that are missing or exclude each other.
void check_combination(const DataOptions& options) {
  check_pair(options.features, "--features", options.targets, "--targets");
  check_pair(options.data, "--data", options.target, "--target");
  check_pair(options.validation_features, "--val-features", options.validation_targets,
             "--val-targets");
  const bool pair = !options.features.empty(), table = !options.data.empty();
  if (pair && table)
    throw InputError("--data and --features are given; --data also holds the features");
  if (!options.validation_features.empty() && !pair)
    throw InputError("--val-features is given without --features");
  if (!options.validation_data.empty() && !table)
    throw InputError("--val-data is given without --data");
  if (!pair && !table) {
    refuse_given(options.split_options,
                 "is for data from files: give --data, or --features and --targets, or --n-val for "
                 "the synthetic problem");
    refuse_given(options.file_options,
                 "is for data from files: give --data, or --features and --targets");
    return;
  }
  refuse_given(options.synthetic_options,
               fmt::format("applies to the synthetic problem and cannot be combined with {}",
                           pair ? "--features" : "--data"));
  if (!options.validation_features.empty() || !options.validation_data.empty())
    refuse_given(options.split_options,
                 fmt::format("applies to held-out rows and cannot be combined with {}",
                             pair ? "--val-features" : "--val-data"));
}

}  // namespace

void add_data_options(Command& command, DataOptions& options) {
  add_synthetic_options(command, options);
  add_file_options(command, options);
}

ChosenProblem choose_problem(const DataOptions& options) {
  check_combination(options);
  if (!options.features.empty() || !options.data.empty()) return problem_from_files(options);
  return {make_synthetic(options.synthetic), to_string(options.synthetic), {}};
}

}  // namespace lrscape::cli
