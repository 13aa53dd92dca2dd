#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "lrscape/error.hpp"
#include "lrscape/store.hpp"
#include "store/claims.hpp"
#include "store/files.hpp"
#include "store/group.hpp"
#include "store/members.hpp"
#include "store/result_arrays.hpp"

namespace lrscape {

/// An array that units fill, with its folder.
struct OpenArray {
  zarr::Array array;
  files::Folder folder;
};

namespace {

namespace fs = std::filesystem;

zarr::Group group_of(const fs::path& path, const Sweep& sweep, const Cut& cut) {
  return {path, members_of(sweep, cut, sweep.problem.feature_names)};
}

/// The group as it exists, whose features keep the names that they have. Throws InputError if the
/// sweep names them otherwise.
zarr::Group existing_group(const fs::path& path, const Sweep& sweep, const Cut& cut) {
  const std::vector<std::string>& here = sweep.problem.feature_names;
  auto stored = files::read(path / "feature" / zarr::chunk_file(std::vector<std::size_t>{0}));
  if (stored) stored = zarr::without_checksum(std::move(*stored));
  const auto there = stored ? zarr::decode_strings(*stored) : std::nullopt;
  if (!sweep.save_weights || !there || there->size() != sweep.problem.features.columns)
    return {path, members_of(sweep, cut, here)};
  if (!here.empty() && here != *there) {
    const auto other = std::ranges::mismatch(here, *there);
    throw InputError(
        fmt::format("{} holds another sweep: its feature {} is named {}, not {}", path.string(),
                    other.in2 - there->begin() + 1, *other.in2, *other.in1),
        Remedy::other_result_or_remove);
  }
  return {path, members_of(sweep, cut, *there)};
}

void check_cut(const fs::path& path, const Sweep& sweep, const Cut& cut) {
  if (cut.learning_rates <= sweep.learning_rates.size() &&
      cut.weight_decays <= sweep.weight_decays.size() &&
      std::cmp_less_equal(cut.seeds, sweep.seeds))
    return;
  throw InputError(fmt::format("{} is damaged: its chunks are larger than its axes", path.string()),
                   Remedy::other_result_or_remove);
}

/// The index of a unit's chunk along each axis of an array.
std::vector<std::size_t> chunk_of(const Cut& cut, const zarr::Array& array, const Unit& unit) {
  std::vector<std::size_t> index(array.shape.size());  // 0 along the axis of the epochs.
  const auto rates = static_cast<std::size_t>(std::ranges::find(array.dimensions, "learning_rate") -
                                              array.dimensions.begin());
  std::size_t rest = unit.configuration;
  for (std::size_t k = rates; k-- > 0; rest /= array.shape[k]) index[k] = rest % array.shape[k];
  index[rates] = unit.learning_rates.begin / cut.learning_rates;
  index[rates + 1] = unit.weight_decays.begin / cut.weight_decays;
  index[rates + 2] = unit.seeds.begin / cut.seeds;
  return index;
}

/// The number of the chunk among all chunks, in row-major order.
std::size_t chunk_number(const Sweep& sweep, const Cut& cut, const Unit& unit) {
  const auto chunks = [](std::size_t length, std::size_t size) {
    return (length + size - 1) / size;
  };
  std::size_t number = unit.configuration;
  number = number * chunks(sweep.learning_rates.size(), cut.learning_rates) +
           unit.learning_rates.begin / cut.learning_rates;
  number = number * chunks(sweep.weight_decays.size(), cut.weight_decays) +
           unit.weight_decays.begin / cut.weight_decays;
  return number * chunks(static_cast<std::size_t>(sweep.seeds), cut.seeds) +
         unit.seeds.begin / cut.seeds;
}

std::string chunk_file(const Cut& cut, const zarr::Array& array, const Unit& unit) {
  return zarr::chunk_file(chunk_of(cut, array, unit));
}

struct Chunk {
  Sink::State state;
  std::string bytes;  ///< without the checksum; empty unless done
};

Chunk read_chunk(const files::Folder& folder, const std::string& file, const zarr::Array& array) {
  const std::size_t expected = zarr::chunk_bytes(array.chunk_shape, zarr::element_size(array.type));
  auto stored = folder.read(file, expected + zarr::checksum_bytes);
  if (!stored) return {Sink::State::missing, {}};
  auto bytes = zarr::without_checksum(std::move(*stored));
  if (!bytes || bytes->size() != expected) return {Sink::State::damaged, {}};
  return {Sink::State::done, std::move(*bytes)};
}

std::vector<OpenArray> open_arrays(const files::Folder& group, const Sweep& sweep, const Cut& cut) {
  std::vector<OpenArray> arrays;
  for (zarr::Member& member : result_arrays(sweep, cut)) {
    files::Folder folder = group.folder(member.array.name);
    arrays.push_back({std::move(member.array), std::move(folder)});
  }
  return arrays;
}

Sink::State state_of(const Cut& cut, const std::vector<OpenArray>& arrays, const Unit& unit) {
  const auto read = [&](const OpenArray& of) {
    return read_chunk(of.folder, chunk_file(cut, of.array, unit), of.array);
  };
  const Chunk status = read(arrays.back());
  std::vector<RunStatus> statuses;
  for (const char byte : status.bytes) statuses.push_back(static_cast<RunStatus>(byte));
  Sink::State state = status.state;
  for (std::size_t k = 0; k + 1 < arrays.size() && state != Sink::State::missing; ++k) {
    const Chunk chunk = read(arrays[k]);
    if (chunk.state == Sink::State::damaged) state = Sink::State::damaged;
    if (chunk.state == Sink::State::missing && has_chunk(arrays[k].array, statuses))
      state = Sink::State::missing;
  }
  return state;
}

}  // namespace

class StoreSink::ResultGroup {
 public:
  ResultGroup(const fs::path& path, const PreparedSweep& prepared, const Provenance& provenance)
      : sweep_(prepared.sweep()) {
    const auto attributes = attributes_of(prepared, provenance);
    cut_ = even_cut(sweep_);
    const zarr::Group even = group_of(path, sweep_, cut_);
    if (!even.create(attributes)) {
      // Another version of lrscape may have used a different cut.
      even.check(attributes);
      if (const auto stored = stored_cut(even.path(), sweep_)) cut_ = *stored;
      check_cut(even.path(), sweep_, cut_);
      existing_group(even.path(), sweep_, cut_).adopt(attributes);
    }
    folder_.emplace(even.path());
    arrays_ = open_arrays(*folder_, sweep_, cut_);
    claims_.emplace(*folder_);
  }

  const Cut& cut() const { return cut_; }
  const Sweep& sweep() const { return sweep_; }
  const fs::path& path() const { return folder_->path(); }
  const std::vector<OpenArray>& arrays() const { return arrays_; }
  Claims& claims() { return *claims_; }

  /// Makes the chunks durable, also those of a process that was killed before it did.
  void sync() const {
    folder_->sync();
    for (const OpenArray& array : arrays_) array.folder.sync();
  }

  /// Throws InterruptedError unless the result's folders are those that were opened, and its
  /// metadata is there. Another sweep's result may have taken their place.
  void check_that_it_is_there() const {
    const auto check = [](const fs::path& path, bool is_there) {
      if (!is_there)
        throw InterruptedError(fmt::format(
            "{} has vanished: it was moved, removed or replaced during the run", path.string()));
    };
    const auto check_folder = [&](const files::Folder& folder) {
      check(folder.path(), files::identity(folder.path()) == folder.identity());
    };
    check_folder(*folder_);
    for (const OpenArray& array : arrays_) check_folder(array.folder);
    const fs::path metadata = path() / "zarr.json";
    check(metadata, files::type(metadata) == fs::file_type::regular);
  }

 private:
  const Sweep& sweep_;
  Cut cut_ = {};
  std::optional<files::Folder> folder_;
  std::vector<OpenArray> arrays_;
  std::optional<Claims> claims_;
};

Cut cut_at(const fs::path& path, const PreparedSweep& prepared) {
  const Sweep& sweep = prepared.sweep();
  const Cut even = even_cut(sweep);
  const zarr::Group group = group_of(path, sweep, even);
  std::error_code error;
  const bool is_empty = fs::is_directory(group.path(), error) && fs::is_empty(group.path(), error);
  if (fs::symlink_status(group.path(), error).type() == fs::file_type::not_found || is_empty)
    return even;
  group.check(attributes_of(prepared, {}));
  const Cut cut = stored_cut(group.path(), sweep).value_or(even);
  check_cut(group.path(), sweep, cut);
  return cut;
}

std::vector<Unit> missing_units(const fs::path& path, const PreparedSweep& prepared,
                                const Shard& shard) {
  const Sweep& sweep = prepared.sweep();
  const Cut cut = cut_at(path, prepared);
  const fs::path folder = group_of(path, sweep, cut).path();
  // A sweep creates a folder that is missing, and trains all its units.
  const bool has_folders = std::ranges::all_of(result_arrays(sweep, cut), [&](const auto& member) {
    return files::identity(folder / member.array.name).has_value();
  });
  std::vector<OpenArray> arrays;
  if (has_folders) arrays = open_arrays(files::Folder(folder), sweep, cut);
  const std::vector<Unit> units = units_of(sweep, cut);
  std::vector<Unit> missing;
  for (const std::size_t k : units_of_shard(units, shard))
    if (!has_folders || state_of(cut, arrays, units[k]) != Sink::State::done)
      missing.push_back(units[k]);
  return missing;
}

StoreSink::StoreSink(const fs::path& path, const PreparedSweep& prepared,
                     const Provenance& provenance)
    : group_(std::make_unique<ResultGroup>(path, prepared, provenance)) {}

StoreSink::~StoreSink() = default;
StoreSink::StoreSink(StoreSink&&) noexcept = default;

Cut StoreSink::cut() const { return group_->cut(); }

Sink::State StoreSink::state(const Unit& unit) const {
  return state_of(group_->cut(), group_->arrays(), unit);
}

bool StoreSink::claim(const Unit& unit) {
  return group_->claims().claim(chunk_number(group_->sweep(), group_->cut(), unit));
}

void StoreSink::release(const Unit& unit) {
  group_->claims().release(chunk_number(group_->sweep(), group_->cut(), unit));
}

void StoreSink::take(std::span<const Unit> units, std::span<const RunResults> results) {
  files::Batch batch;
  try {
    for (std::size_t u = 0; u < units.size(); ++u) {
      // The batch may put files in place at any time.
      if (u % 64 == 0) group_->check_that_it_is_there();
      for (const auto& [array, folder] : group_->arrays()) {
        const std::string file = chunk_file(group_->cut(), array, units[u]);
        if (has_chunk(array, results[u].status)) {
          std::string bytes = encode_chunk(array, group_->sweep(), units[u], results[u]);
          batch.add(folder, file, zarr::with_checksum(std::move(bytes)));
        } else {
          folder.remove(file);  // A damaged one may be there.
        }
      }
    }
    group_->check_that_it_is_there();
    batch.commit();
  } catch (const Error&) {
    group_->check_that_it_is_there();
    throw;
  }
}

void StoreSink::finish() {
  group_->check_that_it_is_there();
  group_->sync();
  const fs::path& path = group_->path();
  zarr::remove_abandoned_groups(path);
  files::remove_abandoned(path, [](std::string_view name) { return name == "zarr.json"; });
  std::error_code error;
  for (fs::directory_iterator entry(path, error); !error && entry != fs::directory_iterator();
       entry.increment(error))
    if (std::error_code unknown; entry->is_directory(unknown))
      files::remove_abandoned(entry->path(), [](std::string_view name) {
        return name == "zarr.json" || name.starts_with("c.");
      });
}

}  // namespace lrscape
