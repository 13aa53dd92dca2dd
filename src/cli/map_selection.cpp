#include "cli/map_selection.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "base/text.hpp"
#include "cli/messages.hpp"
#include "lrscape/error.hpp"
#include "lrscape/store.hpp"

namespace lrscape::cli {
namespace {

/// An axis and the label that --at selects.
struct Selection {
  std::size_t axis;  ///< 0 for the optimizer, else one more than the index into Result::axes
  std::string label;
};

const std::vector<std::string>& labels_of(const Result& result, std::size_t axis) {
  return axis == 0 ? result.optimizers : result.axes[axis - 1].labels;
}

/// The label that a text means: a number in any form, a schedule with parameters left out. Returns
/// nothing if the axis has no such label.
std::optional<std::string> label_of(const Result& result, std::size_t axis, std::string_view text) {
  const auto& labels = labels_of(result, axis);
  std::string label(text);
  if (std::ranges::count(labels, label) > 0) return label;
  try {
    if (axis > 0 && !result.axes[axis - 1].values.empty())
      label = to_text(parse_number(text, "--at"));
    else if (axis > 0)
      label = parse_schedule(text).to_string();
  } catch (const InputError&) {
    return std::nullopt;
  }
  return std::ranges::count(labels, label) > 0 ? std::optional(label) : std::nullopt;
}

/// Reads "beta2=0.99,schedule=wsd:cooldown=0.2,shape=linear". Since labels have commas, a value is
/// the longest text that is a label of its axis. Throws InputError for an axis or a value that the
/// result lacks.
std::vector<Selection> selections(const Result& result, const std::string& path,
                                  std::string_view at) {
  std::vector<std::string_view> names = {"optimizer"};
  for (const ResultAxis& axis : result.axes) names.push_back(axis.name);
  std::vector<Selection> all;
  while (!at.empty()) {
    const auto equals = at.find('=');
    const auto name = at.substr(0, equals);
    const auto found = std::ranges::find(names, name);
    if (equals == at.npos || found == names.end())
      throw InputError(equals == at.npos
                           ? fmt::format("--at {}: expected AXIS=VALUE", printable(at))
                           : fmt::format("--at {}: {} has no axis {}; it has {}{}", printable(at),
                                         path, printable(name), fmt::join(names, ", "),
                                         did_you_mean(name, names)));
    const auto axis = static_cast<std::size_t>(found - names.begin());
    const auto rest = at.substr(equals + 1);
    std::size_t end = rest.size();
    auto label = label_of(result, axis, rest);
    while (!label) {
      end = end == 0 ? rest.npos : rest.rfind(',', end - 1);
      if (end == rest.npos)
        throw InputError(
            fmt::format("--at {}: {} of {} has the values {}", printable(at), name, path,
                        printable(fmt::format("{}", fmt::join(labels_of(result, axis), ", ")))));
      label = label_of(result, axis, rest.substr(0, end));
    }
    all.push_back({axis, *label});
    at = rest.substr(std::min(end + 1, rest.size()));
  }
  return all;
}

bool is_selected(const Result& result, std::size_t configuration,
                 const std::vector<Selection>& selections) {
  const auto place = result.place_of(configuration);
  return std::ranges::all_of(selections, [&](const Selection& one) {
    return labels_of(result, one.axis)[place[one.axis]] == one.label;
  });
}

/// Whether a label such as "sgd:momentum=0.9" is the optimizer that was asked for: by the label, or
/// by the name alone.
bool is_optimizer(std::string_view label, std::string_view asked) {
  return asked.empty() || label == asked || label.substr(0, label.find(':')) == asked;
}

/// Reads "low:high" or a single value.
std::pair<double, double> window(const std::string& text, std::string_view option) {
  if (text.empty())
    return {-std::numeric_limits<double>::infinity(), std::numeric_limits<double>::infinity()};
  const auto ends = split(text, ':');
  if (ends.size() > 2)
    throw InputError(fmt::format("{} must be LOW:HIGH or one value, not '{}'", option, text));
  if (text.find(',') != text.npos)
    throw InputError(
        fmt::format("{} must be LOW:HIGH or one value, not the list '{}'", option, text));
  const double low = parse_number(ends.front(), option), high = parse_number(ends.back(), option);
  if (!std::isfinite(low) || !std::isfinite(high))
    throw InputError(fmt::format("{} must be finite, not '{}'", option, text));
  if (!(low <= high))
    throw InputError(fmt::format("{} must be LOW:HIGH with LOW <= HIGH, not '{}'", option, text));
  // Values of ranges may be rounded.
  constexpr double rounding = 1e-12;
  return {low - rounding * std::abs(low), high + rounding * std::abs(high)};
}

/// Throws InputError, with the values nearest to the window, if the axis has none in it.
void check_window(const std::string& path, std::string_view axis, std::string_view option,
                  const std::string& text, const std::pair<double, double>& window,
                  std::vector<double> values) {
  std::ranges::sort(values);
  const auto above = std::ranges::lower_bound(values, window.first);
  if (above != values.end() && *above <= window.second) return;
  std::vector<std::string> nearest;
  if (above != values.begin()) nearest.push_back(to_text(*(above - 1)));
  if (above != values.end()) nearest.push_back(to_text(*above));
  throw InputError(fmt::format("{} has no {} in {} {}; the nearest {} {}", path, axis, option, text,
                               nearest.size() == 1 ? "is" : "are", fmt::join(nearest, " and ")));
}

/// The mean loss of the only cell after each recorded epoch, up to `last`.
std::vector<Estimate> losses_by_epoch(const Result& result, std::size_t configuration,
                                      const LossMap::Window& part, const LossMap& cell,
                                      std::optional<std::int64_t> last) {
  std::vector<Estimate> all;
  for (const std::int64_t epoch : result.epochs) {
    const Estimate mean =
        loss_map(result, configuration, epoch).part(part).of_seeds(cell.seeds()).mean(0, 0);
    if (std::isnan(mean.value)) break;  // A run of fewer epochs.
    all.push_back(mean);
    if (epoch == last) break;
  }
  return all;
}

/// Whether the runs of a configuration end before an epoch that runs of other ones reach.
bool ends_before(const Result& result, std::size_t configuration, std::int64_t epoch) {
  return !result.epochs.empty() && epoch <= result.epochs.back() &&
         epoch > static_cast<std::int64_t>(result.recorded_epochs_of(configuration));
}

ChosenMap chosen(const Result& result, std::size_t configuration, const std::string& path,
                 const LossMap::Window& part, const MapOptions& options) {
  LossMap map = loss_map(result, configuration, options.epoch).part(part);
  if (!options.seeds.empty()) map = map.of_seeds(options.seeds);
  const bool is_cut = !options.learning_rates.empty() || !options.weight_decays.empty();
  ChosenMap one = chosen_map(result, configuration, path, std::move(map), is_cut);
  if (one.map.learning_rates().size() == 1 && one.map.weight_decays().size() == 1)
    one.by_epoch = losses_by_epoch(result, configuration, part, one.map, options.epoch);
  return one;
}

}  // namespace

bool chooses(const MapOptions& options) {
  return !options.optimizer.empty() || !options.at.empty() || !options.learning_rates.empty() ||
         !options.weight_decays.empty() || !options.seeds.empty() || options.epoch.has_value();
}

void add_results(Command& command, MapOptions& options, const std::string& help) {
  Option& argument = command.add_list("results", "RESULT", options.paths, help);
  argument.required = true;
  argument.completion = Completion::folders;
}

void add_map_options(Command& command, MapOptions& options) {
  command.add_value(
      "--optimizer", "NAME", options.optimizer,
      "only the maps of this optimizer: sgd, or one of its variants such as sgd:momentum=0.9");
  command.add_value("--at", "AXIS=VALUE,...", options.at,
                    "only the maps with these values, such as beta2=0.99,batch_size=32");
  command.add_value("--lr", "LOW:HIGH", options.learning_rates,
                    "only learning rates from LOW to HIGH, both included, or a single one");
  command.add_option("--seed", "VALUES", "only the runs of these seeds, separated by commas",
                     [&options](std::string_view text) {
                       for (const std::string_view seed : split(text, ','))
                         options.seeds.push_back(parse_whole_number<std::int64_t>(seed, "--seed"));
                     });
  command.add_value("--epoch", "N", options.epoch,
                    "losses after this epoch (of a sweep with --record epoch) [the last]");
}

void add_decay_window(Command& command, MapOptions& options) {
  command.add_value("--wd", "LOW:HIGH", options.weight_decays,
                    "only weight decays from LOW to HIGH, both included, or a single one");
}

std::vector<ChosenMap> choose_maps(const MapOptions& options) {
  const auto rates = window(options.learning_rates, "--lr");
  const auto decays = window(options.weight_decays, "--wd");
  const LossMap::Window part = {rates.first, rates.second, decays.first, decays.second};
  std::vector<ChosenMap> all;
  std::vector<std::string> optimizers;
  std::vector<std::string> reasons;  // Why maps are left out, one for each result.
  for (const std::string& path : options.paths) {
    const Result result = read_result(path);
    for (const std::int64_t seed : options.seeds)
      if (std::ranges::count(result.seeds, seed) == 0)
        throw InputError(fmt::format("{} has no seed {}; it has {} to {}", path, seed,
                                     result.seeds.front(), result.seeds.back()));
    const auto selected = selections(result, path, options.at);
    check_window(path, "learning rate", "--lr", options.learning_rates, rates,
                 result.learning_rates);
    check_window(path, "weight decay", "--wd", options.weight_decays, decays, result.weight_decays);
    for (const std::string& name : result.optimizers)
      if (std::ranges::count(optimizers, name) == 0) optimizers.push_back(name);
    std::vector<std::string> shorter;  // Why maps have no losses after --epoch.
    for (std::size_t k = 0; k < result.configuration_count(); ++k) {
      const std::string& optimizer = result.optimizers[result.place_of(k)[0]];
      if (!is_optimizer(optimizer, options.optimizer) || !is_selected(result, k, selected))
        continue;
      if (options.epoch && ends_before(result, k, *options.epoch)) {
        const auto own = static_cast<std::int64_t>(result.recorded_epochs_of(k));
        shorter.push_back(fmt::format("the runs of {} have {}, so no losses after epoch {}",
                                      result.label_of(k), counted(own, "epoch"), *options.epoch));
        continue;
      }
      try {
        all.push_back(chosen(result, k, path, part, options));
      } catch (const InputError& error) {
        throw InputError(fmt::format("{}: {}", path, error.what()));
      }
    }
    if (shorter.empty()) continue;
    reasons.push_back(fmt::format("{}: {}", path, shorter.front()));
    if (shorter.size() > 1)
      reasons.back() += fmt::format(" (and {})", counted(std::ssize(shorter) - 1, "further map"));
  }
  if (all.empty() && !reasons.empty()) throw InputError(reasons.front());
  for (const std::string& reason : reasons) say_warning("left out " + reason);
  if (all.empty()) {
    const std::vector<std::string_view> known(optimizers.begin(), optimizers.end());
    throw InputError(fmt::format("no map of --optimizer {}; the results have {}{}",
                                 printable(options.optimizer), fmt::join(known, ", "),
                                 did_you_mean(options.optimizer, known)));
  }
  return all;
}

}  // namespace lrscape::cli
