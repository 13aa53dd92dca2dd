#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>

#include "lrscape/error.hpp"
#include "lrscape/result.hpp"
#include "store/configuration.hpp"
#include "store/files.hpp"
#include "store/zarr.hpp"

namespace lrscape {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;
using zarr::DataType;

struct Described {
  zarr::Array array;
  Json fill_value;
  Json attributes;
};

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

template <class T>
std::string raw(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

/// A file name or a command line in it may be no UTF-8.
std::string text_of(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::size_t blocks(std::size_t count, std::size_t size) { return (count + size - 1) / size; }

}  // namespace

struct ResultStore::Layout {
  fs::path path;
  const Sweep* sweep;
  std::size_t side;
  std::vector<Described> arrays;  ///< Those that units fill.

  Layout(fs::path where, const Sweep& what)
      : path(std::move(where)), sweep(&what), side(chunk_side(what)) {
    const auto loss_type =
        what.precision == Precision::fp32 ? DataType::float32 : DataType::float64;
    const auto loss = [&](const std::string& name, const std::string& meaning) {
      auto array = per_run(name, loss_type);
      if (what.record_epochs) {
        const auto epochs = static_cast<std::size_t>(what.epochs);
        array.shape.push_back(epochs);
        array.chunk_shape.push_back(epochs);
        array.dimensions.emplace_back("epoch");
      }
      arrays.push_back({array, "NaN", {{"long_name", meaning}}});
    };
    loss("validation_loss", "mean squared error on the validation rows");
    if (what.train_loss) loss("train_loss", "mean squared error on the training rows");
    arrays.push_back({per_run("diverged_at_epoch", DataType::int32),
                      -1,
                      {{"long_name", "first epoch after which the run was not finite, or -1"}}});
    arrays.push_back({per_run("status", DataType::uint8),
                      255,
                      {{"long_name", "what became of the run"},
                       {"flag_values", {0, 1, 255}},
                       {"flag_meanings", "ok diverged not_run"}}});
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

  /// Coordinates with the bytes of their only chunk.
  std::vector<std::pair<Described, std::string>> coordinates() const {
    std::vector<std::pair<Described, std::string>> result;
    const auto add = [&](const std::string& name, DataType type, std::size_t size, const Json& fill,
                         const std::string& meaning, const std::string& bytes) {
      const zarr::Array array = {name, type, {size}, {size}, {name}};
      result.push_back({{array, fill, {{"long_name", meaning}}}, bytes});
    };
    std::vector<std::string> names;
    for (const auto& choice : sweep->optimizers) names.push_back(choice.name);
    add("optimizer", DataType::string, names.size(), "", "optimizer", zarr::encode_strings(names));
    add("learning_rate", DataType::float64, sweep->learning_rates.size(), "NaN", "learning rate",
        raw(sweep->learning_rates));
    add("weight_decay", DataType::float64, sweep->weight_decays.size(), "NaN", "weight decay",
        raw(sweep->weight_decays));
    std::vector<std::int64_t> seeds;
    for (std::int64_t seed = 0; seed < sweep->seeds; ++seed)
      seeds.push_back(sweep->first_seed + seed);
    add("seed", DataType::int64, seeds.size(), 0, "seed of the order of the rows", raw(seeds));
    if (sweep->record_epochs) {
      std::vector<std::int64_t> epochs;
      for (std::int64_t epoch = 1; epoch <= sweep->epochs; ++epoch) epochs.push_back(epoch);
      add("epoch", DataType::int64, epochs.size(), 0, "epochs trained", raw(epochs));
    }
    return result;
  }

  /// Where unit k lies: seed, then learning rates, then weight decays vary fastest from the right.
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
    const auto seeds = static_cast<std::size_t>(sweep->seeds);
    return {k / seeds, k % seeds, rate_block, decay_block};
  }

  fs::path chunk_path(const Described& described, std::size_t k) const {
    const auto at = place(k);
    std::vector<std::size_t> index = {at.optimizer, at.rate_block, at.decay_block, at.seed};
    if (described.array.shape.size() > index.size()) index.push_back(0);
    return path / described.array.name / zarr::chunk_file(index);
  }

  std::size_t chunk_elements(const Described& described) const {
    std::size_t count = 1;
    for (const std::size_t size : described.array.chunk_shape) count *= size;
    return count;
  }

  /// Every file that is decided before the first run, by its path in the group: what describes the
  /// arrays, and the coordinates.
  std::map<std::string, std::string> fixed_files() const;
  /// The group's zarr.json.
  Json group(const Json& attributes) const;
  void create(const Provenance& provenance) const;
  /// Writes again what is fixed and is not there as it should be.
  void mend(const Json& attributes) const;
};

std::map<std::string, std::string> ResultStore::Layout::fixed_files() const {
  std::map<std::string, std::string> fixed;
  const auto describe = [&](const Described& described) {
    const auto metadata =
        zarr::metadata(described.array, described.fill_value, described.attributes);
    fixed[described.array.name + "/zarr.json"] = text_of(metadata);
  };
  for (const auto& [described, bytes] : coordinates()) {
    const std::size_t first[] = {0};
    describe(described);
    fixed[described.array.name + "/" + zarr::chunk_file(first)] = zarr::with_checksum(bytes);
  }
  for (const auto& described : arrays) describe(described);
  return fixed;
}

Json ResultStore::Layout::group(const Json& attributes) const {
  Json consolidated = Json::object();
  for (const auto& [name, bytes] : fixed_files()) {
    const fs::path file = name;
    if (file.filename() == "zarr.json")
      consolidated[file.parent_path().string()] = Json::parse(bytes);
  }
  return {{"zarr_format", 3},
          {"node_type", "group"},
          {"attributes", attributes},
          {"consolidated_metadata",
           {{"kind", "inline"}, {"must_understand", false}, {"metadata", consolidated}}}};
}

void ResultStore::Layout::create(const Provenance& provenance) const {
  const auto temporary = files::temporary_name(path);
  std::error_code error;
  fs::remove_all(temporary, error);
  if (!path.parent_path().empty()) files::create_folders(path.parent_path());
  files::create_folders(temporary);
  try {
    for (const auto& [name, bytes] : fixed_files()) {
      files::create_folders((temporary / name).parent_path());
      files::write_atomically(temporary / name, bytes);
    }
    files::write_atomically(temporary / "zarr.json",
                            text_of(group(group_attributes(*sweep, provenance))));
    if (!files::rename_folder(temporary, path)) fs::remove_all(temporary);  // Another was faster.
  } catch (...) {
    fs::remove_all(temporary, error);
    throw;
  }
}

void ResultStore::Layout::mend(const Json& attributes) const {
  auto expected = fixed_files();
  expected["zarr.json"] = text_of(group(attributes));
  for (const auto& [name, bytes] : expected) {
    const fs::path file = path / name;
    if (files::read(file) == bytes) continue;
    files::create_folders(file.parent_path());
    files::write_atomically(file, bytes);
  }
}

ResultStore::ResultStore(fs::path path, const Sweep& sweep, const Provenance& provenance) {
  if (!path.has_filename()) path = path.parent_path();  // "pt.zarr/" names the same folder.
  check(sweep);
  layout_ = std::make_unique<Layout>(std::move(path), sweep);
  const fs::path& where = layout_->path;
  std::error_code error;
  const bool empty_folder = fs::is_directory(where, error) && fs::is_empty(where, error);
  if (!fs::exists(where, error) || empty_folder) try {
      layout_->create(provenance);
    } catch (const InputError& reason) {
      throw InputError(fmt::format("{} cannot hold a result: {}; choose another --out",
                                   where.string(), reason.what()));
    }

  const auto way_out = "choose another --out or remove it";
  const auto refuse = [&](std::string_view what) {
    throw InputError(fmt::format("{} {}; {}", where.string(), what, way_out));
  };
  const auto text = files::read(where / "zarr.json");
  if (!text) refuse("is there already and is not a result of lrscape");
  const auto group = Json::parse(*text, nullptr, false);
  if (group.is_discarded()) refuse("is damaged: its zarr.json is no JSON");
  const Json::json_pointer pointer("/attributes/configuration");
  if (!group.contains(pointer)) refuse("is there already and is not a result of lrscape");
  const auto difference = first_difference(group.at(pointer), configuration(sweep));
  if (!difference.empty()) refuse(fmt::format("holds another sweep: {}", difference));
  layout_->mend(group["attributes"]);
}

ResultStore::~ResultStore() = default;
ResultStore::ResultStore(ResultStore&&) noexcept = default;

std::size_t ResultStore::unit_count() const {
  return layout_->sweep->optimizers.size() * static_cast<std::size_t>(layout_->sweep->seeds) *
         layout_->rate_blocks() * layout_->decay_blocks();
}

WorkUnit ResultStore::unit(std::size_t k) const {
  const auto at = layout_->place(k);
  const Sweep& sweep = *layout_->sweep;
  const auto end = [&](std::size_t block, std::size_t count) {
    return std::min((block + 1) * layout_->side, count);
  };
  WorkUnit unit = {at.optimizer, at.seed, {}, {}};
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

void ResultStore::write(std::size_t k, const UnitResult& result) {
  const auto at = layout_->place(k);
  const Sweep& sweep = *layout_->sweep;
  const std::size_t side = layout_->side;
  const std::size_t records = static_cast<std::size_t>(sweep.recorded_epochs());
  const std::size_t decays = std::min(side, sweep.weight_decays.size() - at.decay_block * side);
  const std::size_t rates = std::min(side, sweep.learning_rates.size() - at.rate_block * side);

  // A chunk at the rim is as large as any other; its cells beyond the grid hold the fill value.
  const auto encode = [&](const Described& described, auto append_run, std::size_t values_per_run) {
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
    files::write_atomically(layout_->chunk_path(described, k),
                            zarr::with_checksum(std::move(bytes)));
  }
}

void ResultStore::tidy() {
  const fs::path& path = layout_->path;
  files::remove_abandoned(path.parent_path().empty() ? fs::path(".") : path.parent_path());
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(path, error))
    if (entry.is_directory()) files::remove_abandoned(entry.path());
}

}  // namespace lrscape
