#include "store/group.hpp"

#include <fmt/format.h>

#include <cstring>
#include <deque>

#include "lrscape/error.hpp"
#include "store/configuration.hpp"
#include "store/files.hpp"
#include "store/single_configurations.hpp"

namespace lrscape::zarr {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

/// The contents of a zarr.json.
std::string file_of(const Json& json) { return json_text(json, 2) + "\n"; }

fs::path without_final_slash(const fs::path& path) {
  return path.has_filename() ? path : path.parent_path();  // "pt.zarr/" means "pt.zarr".
}

std::vector<double> doubles(std::string_view bytes) {
  std::vector<double> values(bytes.size() / sizeof(double));
  std::memcpy(values.data(), bytes.data(), values.size() * sizeof(double));
  return values;
}

}  // namespace

Member make_member(Array array, Json fill_value, Json attributes,
                   std::optional<std::string> only_chunk) {
  return {std::move(array), std::move(fill_value), std::move(attributes), std::move(only_chunk)};
}

Member coordinate(const std::string& name, DataType type, std::size_t size, const Json& fill_value,
                  const std::string& long_name, std::string bytes) {
  return make_member({name, type, {size}, {size}, {name}}, fill_value, {{"long_name", long_name}},
                     std::move(bytes));
}

void remove_abandoned_groups(const fs::path& group) {
  const fs::path path = without_final_slash(group);
  files::remove_abandoned(
      path.has_parent_path() ? path.parent_path() : fs::path("."),
      [own = path.filename().string()](std::string_view name) { return name == own; });
}

std::string json_text(const Json& json, int indent) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

Json parse_json(const std::string& text) {
  // Functions of the library that take values apart call themselves for each level.
  constexpr int most_levels = 64;
  bool too_deep = false;
  auto json = Json::parse(
      text,
      [&](int depth, Json::parse_event_t /*event*/, Json& /*parsed*/) {
        too_deep = too_deep || depth > most_levels;
        return !too_deep;
      },
      false);
  return too_deep ? Json(Json::value_t::discarded) : json;
}

Json parse_description(const fs::path& path, const std::string& text) {
  auto group = parse_json(text);
  if (group.is_discarded())
    throw InputError(fmt::format("{} is damaged: its zarr.json is not valid JSON", path.string()),
                     Remedy::rerun_or_remove);
  return group;
}

Group::Group(const fs::path& path, std::vector<Member> members)
    : path_(without_final_slash(path)), members_(std::move(members)) {
  // A folder can be renamed to an empty folder, but not to a link to one.
  std::error_code error;
  if (!fs::is_symlink(path_, error) || !fs::is_directory(path_, error)) return;
  if (auto target = fs::canonical(path_, error); !error) path_ = std::move(target);
}

/// The files known in advance, by path within the group: the zarr.json of every array, and every
/// `only_chunk`.
std::map<std::string, std::string> Group::fixed_files() const {
  std::map<std::string, std::string> fixed;
  for (const auto& [array, fill_value, attributes, only_chunk] : members_) {
    fixed[array.name + "/zarr.json"] = file_of(metadata(array, fill_value, attributes));
    const std::vector<std::size_t> first(array.shape.size());
    if (only_chunk) fixed[array.name + "/" + chunk_file(first)] = with_checksum(*only_chunk);
  }
  return fixed;
}

/// The group's own zarr.json.
Json Group::description(const Json& attributes) const {
  Json consolidated = Json::object();
  for (const auto& member : members_)
    consolidated[member.array.name] = metadata(member.array, member.fill_value, member.attributes);
  return {{"zarr_format", 3},
          {"node_type", "group"},
          {"attributes", attributes},
          {"consolidated_metadata",
           {{"kind", "inline"}, {"must_understand", false}, {"metadata", consolidated}}}};
}

/// Writes the whole group. Returns false if another process created one first.
bool Group::write_all(const Json& attributes, const Watch& watch) const {
  const auto temporary = files::temporary_name(path_);
  std::error_code error;
  files::create_folders(path_.parent_path());
  files::create_folder(temporary, path_);
  const auto go_on = [&] {
    if (watch.stopped())
      throw InterruptedError(fmt::format("interrupted while {} was written", path_.string()));
  };
  try {
    const files::Folder group(temporary, path_);
    std::deque<files::Folder> arrays;
    files::Batch batch(files::Batch::Names::final);
    for (const auto& [name, bytes] : fixed_files()) {
      go_on();
      const auto array = name.substr(0, name.find('/'));
      if (arrays.empty() || arrays.back().path().filename() != array) {
        files::create_folder(temporary / array, path_ / array);
        arrays.push_back(group.folder(array));
      }
      batch.add(arrays.back(), name.substr(array.size() + 1), bytes);
    }
    // Syncs the new folders as well, whose parent is the same.
    batch.add(group, "zarr.json", file_of(description(attributes)));
    batch.commit();
    go_on();
    if (files::rename_folder(temporary, path_)) return true;
    fs::remove_all(temporary, error);  // Another process was faster.
    return false;
  } catch (...) {
    fs::remove_all(temporary, error);
    throw;
  }
}

void Group::mend(const Json& attributes) const {
  auto expected = fixed_files();
  expected["zarr.json"] = file_of(description(attributes));
  for (const auto& [name, bytes] : expected) {
    const fs::path file = path_ / name;
    if (files::read(file) == bytes) continue;
    files::create_folders(file.parent_path());
    files::write_atomically(file, bytes);
  }
}

bool Group::create(const Json& attributes, const Watch& watch) const {
  const auto unfit = [&](std::string_view reason) {
    throw InputError(fmt::format("{} cannot hold a result: {}", path_.string(), reason),
                     Remedy::other_result);
  };
  std::error_code error;
  const auto status = fs::status(path_, error);
  if (status.type() == fs::file_type::none) unfit(error.message());
  const bool is_folder = fs::is_directory(status);
  if (is_folder) {
    bool is_empty = false;
    do {
      is_empty = fs::is_empty(path_, error);
    } while (error == std::errc::interrupted);
    if (error) unfit(error.message());
    if (!is_empty) return false;
  } else if (fs::exists(status)) {
    return false;
  } else if (fs::is_symlink(path_, error)) {
    unfit("it is a link that leads nowhere");
  }
  try {
    return write_all(attributes, watch);
  } catch (const InputError& reason) {
    // The finished group takes the place of an empty folder by a rename.
    if (is_folder)
      unfit(
          fmt::format("it is an empty folder that cannot be replaced, as a mount point or the "
                      "working folder cannot ({}); a path inside it may serve",
                      reason.what()));
    unfit(reason.what());
  }
  return false;
}

void Group::check(const Json& attributes) const { checked(attributes); }

void Group::adopt(const Json& attributes) const { mend(checked(attributes)["attributes"]); }

/// The values of a coordinate in the existing group and in this one.
AxisValues Group::axis_values(std::string_view name) const {
  AxisValues values;
  for (const Member& member : members_)
    if (member.array.name == name && member.only_chunk) values.here = doubles(*member.only_chunk);
  try {
    auto stored = files::read(path_ / name / chunk_file(std::vector<std::size_t>{0}));
    if (stored) stored = without_checksum(std::move(*stored));
    if (stored) values.there = doubles(*stored);
  } catch (const InputError&) {  // The message does without these values.
  }
  return values;
}

/// The zarr.json of the existing group. Throws InputError unless its configuration matches.
Json Group::checked(const Json& attributes) const {
  const auto refuse = [&](std::string_view what) {
    throw InputError(fmt::format("{} {}", path_.string(), what), Remedy::other_result_or_remove);
  };
  std::error_code error;
  const auto text = files::read(path_ / "zarr.json");
  if (!text) refuse("already exists and is not a result of lrscape");
  for (const Member& member : members_)
    if (fs::is_symlink(path_ / member.array.name, error))
      refuse(fmt::format("has a link in place of the folder {}", member.array.name));
  auto group = parse_description(path_, *text);
  const auto there = stored_configuration(path_, group);
  const auto here = stored_configuration(path_, {{"attributes", attributes}});
  if (!there || !here) refuse("already exists and is not a result of lrscape");
  const auto kind = here->at("kind").get<std::string>();
  if (there->contains("kind") && there->at("kind") != kind)
    refuse(fmt::format("holds another kind of result, not a {}", kind));
  const auto different =
      difference(*there, *here, [&](std::string_view name) { return axis_values(name); });
  if (!different.empty())
    throw InputError(fmt::format("{} holds another {}: {}", path_.string(), kind, different),
                     kind == "sweep" && share_a_configuration(*there, *here)
                         ? Remedy::reuse_or_remove
                         : Remedy::other_result_or_remove);
  return group;
}

}  // namespace lrscape::zarr
