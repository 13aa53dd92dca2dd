#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>

#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/stored_bounds.hpp"
#include "cli/sweep_options.hpp"
#include "lrscape/error.hpp"
#include "lrscape/store.hpp"

namespace lrscape::cli {
namespace {

enum class Format { csv, json };

struct ExportOptions {
  std::string path;
  Format format = Format::csv;
  std::string config;
};

/// The shortest text that parses to exactly the stored value.
std::string loss_text(double loss, Precision precision) {
  return precision == Precision::fp32 ? to_text(static_cast<float>(loss)) : to_text(loss);
}

std::string_view status_text(RunStatus status) {
  switch (status) {
    case RunStatus::ok:
      return "ok";
    case RunStatus::diverged:
      return "diverged";
    case RunStatus::not_run:
      break;
  }
  return "not_run";
}

/// One row of the table: a run, at one recorded epoch.
struct ExportedRow {
  std::size_t configuration;
  double learning_rate, weight_decay;
  std::int64_t seed;
  std::size_t epoch;
  std::size_t run;
};

template <class Use>
void for_each_row(const Result& result, Use use) {
  std::size_t run = 0;
  for (std::size_t k = 0; k < result.configuration_count(); ++k) {
    const std::size_t epochs = result.recorded_epochs_of(k);
    for (const double rate : result.learning_rates)
      for (const double decay : result.weight_decays)
        for (const auto seed : result.seeds) {
          for (std::size_t e = 0; e < epochs; ++e) use(ExportedRow{k, rate, decay, seed, e, run});
          ++run;
        }
  }
}

void write_csv(const Result& result) {
  const bool curves = !result.epochs.empty();
  const bool train = !result.train_loss.empty();
  std::string text = "optimizer";
  for (const ResultAxis& axis : result.axes) text += "," + axis.name;
  text += fmt::format(",learning_rate,weight_decay,seed{},validation_loss{},status\n",
                      curves ? ",epoch" : "", train ? ",train_loss" : "");
  // A file gets the names as they are. A terminal would obey control characters in them.
  const bool on_terminal = ::isatty(STDOUT_FILENO) != 0;
  const auto name = [&](std::string_view label) {
    return csv_field(on_terminal ? printable(label) : std::string(label));
  };
  const auto settings = [&](std::size_t configuration) {
    const auto place = result.place_of(configuration);
    std::string all = name(result.optimizers[place[0]]);
    for (std::size_t k = 0; k < result.axes.size(); ++k)
      all += "," + name(result.axes[k].labels[place[k + 1]]);
    return all;
  };
  for_each_row(result, [&](const ExportedRow& row) {
    const std::size_t at = row.run * result.recorded_epochs() + row.epoch;
    text += fmt::format("{},{},{},{}", settings(row.configuration), to_text(row.learning_rate),
                        to_text(row.weight_decay), row.seed);
    if (curves) text += fmt::format(",{}", result.epochs[row.epoch]);
    text += "," + loss_text(result.validation_loss[at], result.precision);
    if (train) text += "," + loss_text(result.train_loss[at], result.precision);
    text += fmt::format(",{}\n", status_text(result.status[row.run]));
    if (text.size() < 1 << 20) return;
    std::fwrite(text.data(), 1, text.size(), stdout);
    text.clear();
  });
  std::fwrite(text.data(), 1, text.size(), stdout);
}

/// Formats numbers by hand: a JSON library would write a float with the digits of a double. Numbers
/// that are not finite become null.
void write_json(const Result& result) {
  const auto number = [&](double loss) {
    return std::isfinite(loss) ? loss_text(loss, result.precision) : std::string("null");
  };
  const bool curves = !result.epochs.empty();
  const auto settings = [&](std::size_t configuration) {
    const auto place = result.place_of(configuration);
    std::string all = fmt::format("\"optimizer\": {}", json_string(result.optimizers[place[0]]));
    for (std::size_t k = 0; k < result.axes.size(); ++k) {
      const ResultAxis& axis = result.axes[k];
      const std::string& label = axis.labels[place[k + 1]];
      all += fmt::format(", {}: {}", json_string(axis.name),
                         axis.values.empty() ? json_string(label) : label);
    }
    return all;
  };
  std::string text = "{\"rows\": [";
  bool first = true;
  for_each_row(result, [&](const ExportedRow& row) {
    const std::size_t at = row.run * result.recorded_epochs() + row.epoch;
    text += fmt::format("{}\n{{{}, \"learning_rate\": {}, \"weight_decay\": {}, \"seed\": {}",
                        first ? "" : ",", settings(row.configuration),
                        json_number(row.learning_rate), json_number(row.weight_decay), row.seed);
    if (curves) text += fmt::format(", \"epoch\": {}", result.epochs[row.epoch]);
    text += fmt::format(", \"validation_loss\": {}", number(result.validation_loss[at]));
    if (!result.train_loss.empty())
      text += fmt::format(", \"train_loss\": {}", number(result.train_loss[at]));
    text += fmt::format(", \"status\": \"{}\"}}", status_text(result.status[row.run]));
    first = false;
    if (text.size() < 1 << 20) return;
    std::fwrite(text.data(), 1, text.size(), stdout);
    text.clear();
  });
  text += "\n]}\n";
  std::fwrite(text.data(), 1, text.size(), stdout);
}

void export_result(const ExportOptions& options) {
  if (is_bound_result(options.path)) {
    const StoredBounds bounds = read_bounds(options.path);
    fmt::print("{}", options.format == Format::csv ? bounds_csv(bounds) : bounds_json(bounds));
    return;
  }
  const Result result = read_result(options.path);
  if (options.format == Format::csv)
    write_csv(result);
  else
    write_json(result);
}

}  // namespace

Command export_command(const std::string& /*command_line*/) {
  Command command("export", "Print a result as CSV or JSON");
  command.description =
      "The table has one row per run and recorded epoch, or one row per bound. The status in every "
      "row is the status of the whole run.";
  command.examples = {{"lrscape export map.zarr > map.csv", "All runs as CSV."}};
  const auto options = std::make_shared<ExportOptions>();
  Option& result = command.add_value("result", "RESULT", options->path,
                                     "a folder written by lrscape sweep or lrscape bound");
  result.required = true;
  result.completion = Completion::folders;
  command.add_choice("--format", options->format, {{"csv", Format::csv}, {"json", Format::json}},
                     "format of the table");
  add_config_option(command, options->config);
  command.run = [options] { export_result(*options); };
  return command;
}

}  // namespace lrscape::cli
