#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "lrscape/error.hpp"
#include "lrscape/store.hpp"
#include "store/configuration.hpp"
#include "store/difference.hpp"
#include "store/single_configurations.hpp"
#include "store/zarr.hpp"

namespace lrscape {
namespace {

using Json = nlohmann::ordered_json;

/// For each value, its index in another list, if it is there.
using Places = std::vector<std::optional<std::size_t>>;

template <class Value>
Places places_in(const std::vector<Value>& list, const std::vector<Value>& values) {
  std::map<Value, std::size_t> index;
  for (std::size_t k = 0; k < list.size(); ++k) index.try_emplace(list[k], k);
  Places places;
  for (const Value& value : values) {
    const auto found = index.find(value);
    places.push_back(found == index.end() ? std::nullopt : std::optional(found->second));
  }
  return places;
}

bool has_any(const Places& places) {
  return std::ranges::any_of(places, [](const auto& place) { return place.has_value(); });
}

std::vector<std::int64_t> seeds_of(const Sweep& sweep) {
  std::vector<std::int64_t> seeds;
  for (std::int64_t k = 0; k < sweep.seeds; ++k) seeds.push_back(sweep.first_seed + k);
  return seeds;
}

/// The texts of configurations, whatever the order of their keys.
std::vector<std::string> texts_of(const std::vector<Json>& configurations) {
  std::vector<std::string> texts;
  for (const Json& one : configurations) texts.push_back(nlohmann::json(one).dump());
  return texts;
}

/// How the closest of the earlier configurations differs from one of the sweep.
std::string least_difference(const std::vector<Json>& there, const Json& here) {
  const auto differing_keys = [&](const Json& one) {
    return std::ranges::count_if(here.items(), [&](const auto& item) {
      return !one.contains(item.key()) || one.at(item.key()) != item.value();
    });
  };
  const auto closest = std::ranges::min_element(there, {}, differing_keys);
  return difference(*closest, here, [](std::string_view) { return AxisValues(); });
}

}  // namespace

/// A result, with the place of each of the sweep's configurations and values in it.
class EarlierRuns::Earlier {
 public:
  Earlier(const std::filesystem::path& path, const Sweep& sweep, const std::vector<Json>& needed)
      : path_(path), result_(read_result(path, sweep.save_weights)) {
    const auto attributes = Json::parse(result_.attributes);
    const Json described = {{"attributes", attributes}};
    const auto stored = stored_configuration(path, described);
    std::vector<Json> there;
    try {
      there = single_configurations(*stored);
    } catch (const Json::exception&) {
      there.clear();
    }
    if (there.size() != result_.configuration_count())
      throw InputError(fmt::format(
          "{} is damaged: its configuration does not match its coordinates", path.string()));
    check_axis(*stored, "learning_rate_values", result_.learning_rates);
    check_axis(*stored, "weight_decay_values", result_.weight_decays);
    for (Json& one : there) ignore_further_records(one, needed.front());
    configurations_ = places_in(texts_of(there), texts_of(needed));
    learning_rates_ = places_in(result_.learning_rates, sweep.learning_rates);
    weight_decays_ = places_in(result_.weight_decays, sweep.weight_decays);
    seeds_ = places_in(result_.seeds, seeds_of(sweep));
    if (!has_any(configurations_))
      why_not_ = least_difference(there, needed.front());
    else if (!has_any(learning_rates_))
      why_not_ = "the two share no learning rate";
    else if (!has_any(weight_decays_))
      why_not_ = "the two share no weight decay";
    else if (!has_any(seeds_))
      why_not_ = "the two share no seed";
    else if (!has_a_shared_run())
      why_not_ = "none of the runs that both have is done";
  }

  /// Empty if the result may hold runs of the sweep.
  const std::string& why_not() const { return why_not_; }

  /// Fills in the runs of the unit that `results` lacks and the result has.
  void fill(const Sweep& sweep, std::size_t epochs, const Unit& unit, RunResults& results) const {
    const auto configuration = configurations_[unit.configuration];
    if (!configuration) return;
    std::size_t run = 0;
    for (std::size_t i = unit.learning_rates.begin; i < unit.learning_rates.end; ++i)
      for (std::size_t j = unit.weight_decays.begin; j < unit.weight_decays.end; ++j)
        for (std::size_t s = unit.seeds.begin; s < unit.seeds.end; ++s, ++run) {
          if (!learning_rates_[i] || !weight_decays_[j] || !seeds_[s]) continue;
          if (results.status[run] != RunStatus::not_run) continue;
          const std::size_t from =
              place_of(*configuration, *learning_rates_[i], *weight_decays_[j], *seeds_[s]);
          if (result_.status[from] != RunStatus::not_run) copy(sweep, epochs, from, results, run);
        }
  }

 private:
  /// The configuration has the checksum of each axis. Without this check, a coordinate that
  /// somebody changed would give its losses to other runs.
  void check_axis(const Json& configuration, const char* key,
                  const std::vector<double>& values) const {
    if (configuration.contains(key) && configuration.at(key) != checksum(values))
      throw InputError(
          fmt::format("{} is damaged: its {} do not match its configuration", path_.string(), key));
  }

  std::size_t place_of(std::size_t configuration, std::size_t rate, std::size_t decay,
                       std::size_t seed) const {
    return ((configuration * result_.learning_rates.size() + rate) * result_.weight_decays.size() +
            decay) *
               result_.seeds.size() +
           seed;
  }

  bool has_a_shared_run() const {
    for (const auto& configuration : configurations_)
      for (const auto& rate : learning_rates_)
        for (const auto& decay : weight_decays_)
          for (const auto& seed : seeds_)
            if (configuration && rate && decay && seed &&
                result_.status[place_of(*configuration, *rate, *decay, *seed)] !=
                    RunStatus::not_run)
              return true;
    return false;
  }

  void copy(const Sweep& sweep, std::size_t epochs, std::size_t from, RunResults& results,
            std::size_t run) const {
    const std::size_t there = result_.recorded_epochs();
    const auto here = static_cast<std::size_t>(sweep.recorded_epochs());
    const auto copy_losses = [&](const std::vector<double>& source, std::vector<double>& target) {
      if (sweep.record_epochs)
        std::copy_n(source.begin() + static_cast<std::ptrdiff_t>(from * there), epochs,
                    target.begin() + static_cast<std::ptrdiff_t>(run * here));
      else
        target[run] = source[from * there + (result_.epochs.empty() ? 0 : epochs - 1)];
    };
    copy_losses(result_.validation_loss, results.validation_loss);
    if (sweep.train_loss) copy_losses(result_.train_loss, results.train_loss);
    results.status[run] = result_.status[from];
    results.diverged_at_epoch[run] = result_.diverged_at_epoch[from];
    const std::size_t features = sweep.save_weights ? sweep.problem.features.columns : 0;
    std::copy_n(result_.weights.begin() + static_cast<std::ptrdiff_t>(from * features), features,
                results.weights.begin() + static_cast<std::ptrdiff_t>(run * features));
  }

  std::filesystem::path path_;
  Result result_;
  Places configurations_, learning_rates_, weight_decays_, seeds_;
  std::string why_not_;
};

EarlierRuns::EarlierRuns(std::span<const std::filesystem::path> results,
                         const PreparedSweep& prepared)
    : sweep_(prepared.sweep()) {
  if (results.empty()) return;
  if (sweep_.math == MathMode::fast)
    throw InputError("a run with fast math cannot be reused, since its bits depend on the device");
  // Parsed from text, as the configurations that it is compared with.
  const auto attributes = group_attributes("", configuration(prepared), {});
  const std::vector<Json> needed =
      single_configurations(*stored_configuration({}, {{"attributes", attributes}}));
  for (const auto& path : results) {
    Earlier earlier(path, sweep_, needed);
    if (earlier.why_not().empty())
      earlier_.push_back(std::move(earlier));
    else
      warnings_.push_back(fmt::format("no run of this sweep can be reused from {}: {}",
                                      path.string(), earlier.why_not()));
  }
  for (const Configuration& one : prepared.configurations())
    epochs_.push_back(static_cast<std::size_t>(one.epochs));
}

EarlierRuns::~EarlierRuns() = default;
EarlierRuns::EarlierRuns(EarlierRuns&&) noexcept = default;

RunResults EarlierRuns::of(const Unit& unit) const {
  RunResults results = empty_results(sweep_, unit.runs());
  for (const Earlier& earlier : earlier_)
    earlier.fill(sweep_, epochs_[unit.configuration], unit, results);
  return results;
}

std::span<const std::string> EarlierRuns::warnings() const { return warnings_; }

}  // namespace lrscape
