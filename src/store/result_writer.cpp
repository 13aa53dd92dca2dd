#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "lrscape/error.hpp"
#include "lrscape/store.hpp"
#include "store/configuration.hpp"
#include "store/files.hpp"
#include "store/group.hpp"

namespace lrscape {
namespace {

namespace fs = std::filesystem;
using zarr::DataType;

/// Learning rates and weight decays in a chunk: large enough to keep a device busy, small enough to
/// lose little with. Decided by the sweep alone, so that every machine cuts it alike.
std::size_t chunk_side(const Sweep& sweep) {
  constexpr double most_operations = 2e13;  // Minutes of one core.
  constexpr double most_records = 1 << 22;
  const double operations = 4.0 * static_cast<double>(sweep.epochs) *
                            static_cast<double>(sweep.problem.features.values.size());
  const auto records = static_cast<double>(sweep.recorded_epochs());
  std::size_t side = 32;
  while (side > 4 && static_cast<double>(side * side) *
                             std::max(operations / most_operations, records / most_records) >
                         1)
    side /= 2;
  return side;
}

template <class T>
void append(std::string& bytes, T value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

std::size_t blocks(std::size_t count, std::size_t size) { return (count + size - 1) / size; }

}  // namespace

struct ResultStore::Layout {
  const Sweep* sweep;
  std::size_t side;
  std::vector<zarr::Member> arrays;  ///< Those that units fill.
  zarr::Group group;

  Layout(const fs::path& path, const Sweep& what)
      : sweep(&what), side(chunk_side(what)), arrays(results()), group(path, members()) {}

  std::vector<zarr::Member> results() const {
    std::vector<zarr::Member> results;
    const auto loss_type =
        sweep->precision == Precision::fp32 ? DataType::float32 : DataType::float64;
    const auto loss = [&](const std::string& name, const std::string& meaning) {
      auto array = per_run(name, loss_type);
      if (sweep->record_epochs) {
        const auto epochs = static_cast<std::size_t>(sweep->epochs);
        array.shape.push_back(epochs);
        array.chunk_shape.push_back(epochs);
        array.dimensions.emplace_back("epoch");
      }
      results.push_back({array, "NaN", {{"long_name", meaning}}, {}});
    };
    loss("validation_loss", "mean squared error on the validation rows");
    if (sweep->train_loss) loss("train_loss", "mean squared error on the training rows");
    results.push_back({per_run("diverged_at_epoch", DataType::int32),
                       -1,
                       {{"long_name", "epoch at which the run diverged, or -1"},
                        {"comment",
                         "the first epoch that left a weight that is not finite or, if none did, "
                         "the last epoch if its validation loss is not finite"}},
                       {}});
    results.push_back({per_run("status", DataType::uint8),
                       255,
                       {{"long_name", "what became of the run"},
                        {"flag_values", {0, 1, 255}},
                        {"flag_meanings", "ok diverged not_run"}},
                       {}});
    return results;
  }

  zarr::Array per_run(std::string name, DataType type) const {
    return {std::move(name),
            type,
            {sweep->optimizers.size(), sweep->learning_rates.size(), sweep->weight_decays.size(),
             static_cast<std::size_t>(sweep->seeds)},
            {1, std::min(side, sweep->learning_rates.size()),
             std::min(side, sweep->weight_decays.size()), 1},
            {"optimizer", "learning_rate", "weight_decay", "seed"}};
  }

  /// The coordinates, then the arrays that units fill.
  std::vector<zarr::Member> members() const {
    std::vector<std::string> names;
    for (const auto& choice : sweep->optimizers) names.push_back(choice.name);
    std::vector<std::int64_t> seeds;
    for (std::int64_t seed = 0; seed < sweep->seeds; ++seed)
      seeds.push_back(sweep->first_seed + seed);
    std::vector<zarr::Member> members = {
        zarr::coordinate("optimizer", DataType::string, names.size(), "", "optimizer",
                         zarr::encode_strings(names)),
        zarr::coordinate("learning_rate", DataType::float64, sweep->learning_rates.size(), "NaN",
                         "learning rate", zarr::raw(sweep->learning_rates)),
        zarr::coordinate("weight_decay", DataType::float64, sweep->weight_decays.size(), "NaN",
                         "weight decay", zarr::raw(sweep->weight_decays)),
        zarr::coordinate("seed", DataType::int64, seeds.size(), 0, "seed of the order of the rows",
                         zarr::raw(seeds))};
    if (sweep->record_epochs) {
      std::vector<std::int64_t> epochs;
      for (std::int64_t epoch = 1; epoch <= sweep->epochs; ++epoch) epochs.push_back(epoch);
      members.push_back(zarr::coordinate("epoch", DataType::int64, epochs.size(), 0,
                                         "epochs trained", zarr::raw(epochs)));
    }
    members.insert(members.end(), arrays.begin(), arrays.end());
    return members;
  }

  /// Where unit k lies. All cells of a seed come before the next seed, so that a result that is not complete is
  /// a map of fewer seeds.
  struct Place {
    std::size_t optimizer, seed, rate_block, decay_block;
  };
  std::size_t rate_blocks() const { return blocks(sweep->learning_rates.size(), side); }
  std::size_t decay_blocks() const { return blocks(sweep->weight_decays.size(), side); }
  Place place(std::size_t k) const {
    const std::size_t decay_block = k % decay_blocks();
    k /= decay_blocks();
    const std::size_t rate_block = k % rate_blocks();
    k /= rate_blocks();
    const std::size_t optimizers = sweep->optimizers.size();
    return {k % optimizers, k / optimizers, rate_block, decay_block};
  }

  fs::path chunk_path(const zarr::Member& described, std::size_t k) const {
    const auto at = place(k);
    std::vector<std::size_t> index = {at.optimizer, at.rate_block, at.decay_block, at.seed};
    if (described.array.shape.size() > index.size()) index.push_back(0);
    return group.path() / described.array.name / zarr::chunk_file(index);
  }

  std::size_t chunk_elements(const zarr::Member& described) const {
    std::size_t count = 1;
    for (const std::size_t size : described.array.chunk_shape) count *= size;
    return count;
  }
};

ResultStore::ResultStore(const fs::path& path, const PreparedSweep& prepared,
                         const Provenance& provenance) {
  const Sweep& sweep = prepared.sweep();
  layout_ = std::make_unique<Layout>(path, sweep);
  auto attributes = group_attributes("lrscape sweep", configuration(prepared), provenance);
  attributes["problem"] = sweep.problem_source;
  layout_->group.open(attributes);
}

ResultStore::~ResultStore() = default;
ResultStore::ResultStore(ResultStore&&) noexcept = default;

std::size_t ResultStore::unit_count() const {
  return layout_->sweep->optimizers.size() * static_cast<std::size_t>(layout_->sweep->seeds) *
         layout_->rate_blocks() * layout_->decay_blocks();
}

RunGroup ResultStore::unit(std::size_t k) const {
  const auto at = layout_->place(k);
  const Sweep& sweep = *layout_->sweep;
  const auto end = [&](std::size_t block, std::size_t count) {
    return std::min((block + 1) * layout_->side, count);
  };
  RunGroup unit = {at.optimizer, at.seed, {}, {}};
  for (std::size_t i = at.rate_block * layout_->side;
       i < end(at.rate_block, sweep.learning_rates.size()); ++i)
    for (std::size_t j = at.decay_block * layout_->side;
         j < end(at.decay_block, sweep.weight_decays.size()); ++j) {
      unit.learning_rate.push_back(sweep.learning_rates[i]);
      unit.weight_decay.push_back(sweep.weight_decays[j]);
    }
  return unit;
}

ResultStore::State ResultStore::state(std::size_t k) const {
  State state = State::done;
  for (const auto& described : layout_->arrays) {
    auto bytes = files::read(layout_->chunk_path(described, k));
    if (!bytes) return State::missing;
    const auto values = zarr::without_checksum(std::move(*bytes));
    if (!values || values->size() != layout_->chunk_elements(described) *
                                         zarr::element_size(described.array.type))
      state = State::damaged;
  }
  return state;
}

void ResultStore::write(std::size_t k, const RunResults& result) {
  const auto at = layout_->place(k);
  const Sweep& sweep = *layout_->sweep;
  const std::size_t side = layout_->side;
  const std::size_t records = static_cast<std::size_t>(sweep.recorded_epochs());
  const std::size_t decays = std::min(side, sweep.weight_decays.size() - at.decay_block * side);
  const std::size_t rates = std::min(side, sweep.learning_rates.size() - at.rate_block * side);

  // A chunk at the rim is as large as any other; its cells beyond the grid hold the fill value.
  const auto encode = [&](const zarr::Member& described, auto append_run,
                          std::size_t values_per_run) {
    std::string bytes;
    for (std::size_t i = 0; i < described.array.chunk_shape[1]; ++i)
      for (std::size_t j = 0; j < described.array.chunk_shape[2]; ++j)
        for (std::size_t e = 0; e < values_per_run; ++e)
          append_run(bytes, i < rates && j < decays, i * decays + j, e);
    return bytes;
  };
  const auto losses = [&](const std::vector<double>& values) {
    return [&](std::string& bytes, bool inside, std::size_t run, std::size_t e) {
      const double value =
          inside ? values[run * records + e] : std::numeric_limits<double>::quiet_NaN();
      if (sweep.precision == Precision::fp32)
        append(bytes, static_cast<float>(value));
      else
        append(bytes, value);
    };
  };
  for (const auto& described : layout_->arrays) {
    const auto& name = described.array.name;
    std::string bytes;
    if (name == "validation_loss")
      bytes = encode(described, losses(result.validation_loss), records);
    if (name == "train_loss") bytes = encode(described, losses(result.train_loss), records);
    if (name == "diverged_at_epoch")
      bytes = encode(
          described,
          [&](std::string& to, bool inside, std::size_t run, std::size_t) {
            append(to, inside ? result.diverged_at_epoch[run] : std::int32_t{-1});
          },
          1);
    if (name == "status")
      bytes = encode(
          described,
          [&](std::string& to, bool inside, std::size_t run, std::size_t) {
            append(to, inside ? result.status[run] : RunStatus::not_run);
          },
          1);
    const fs::path file = layout_->chunk_path(described, k);
    try {
      files::write_atomically(file, zarr::with_checksum(std::move(bytes)));
    } catch (const Error&) {
      // The folders were there when the run began.
      for (const auto& folder : {layout_->group.path(), file.parent_path()})
        if (std::error_code error; !fs::exists(folder, error))
          throw InterruptedError(fmt::format(
              "{} has vanished: it was moved or removed during the run", folder.string()));
      throw;
    }
  }
}

void ResultStore::tidy() {
  const fs::path& path = layout_->group.path();
  files::remove_abandoned(path.parent_path().empty() ? fs::path(".") : path.parent_path());
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(path, error))
    if (entry.is_directory()) files::remove_abandoned(entry.path());
}

}  // namespace lrscape
