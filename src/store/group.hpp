#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "lrscape/watch.hpp"
#include "store/difference.hpp"
#include "store/zarr.hpp"

namespace lrscape::zarr {

/// An array of a group. An array known before any work is done holds the bytes of its only chunk.
/// All other arrays are filled chunk by chunk.
struct Member {
  Array array;
  nlohmann::ordered_json fill_value;
  nlohmann::ordered_json attributes;
  std::optional<std::string> only_chunk;
};

/// Puts a member together. Its parts are complete when this is called: GCC 12 destroys some of them
/// twice if the last one of a braced list within a braced list throws.
Member make_member(Array array, nlohmann::ordered_json fill_value,
                   nlohmann::ordered_json attributes,
                   std::optional<std::string> only_chunk = std::nullopt);

/// A coordinate, known in advance: a one-dimensional array in one chunk, along a dimension of the
/// same name.
Member coordinate(const std::string& name, DataType type, std::size_t size,
                  const nlohmann::ordered_json& fill_value, const std::string& long_name,
                  std::string bytes);

/// The bytes of the elements, for `only_chunk`.
template <class T>
std::string raw(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

/// Removes what dead processes of this machine left beside a group when they wrote it.
void remove_abandoned_groups(const std::filesystem::path& group);

/// JSON as text: on one line, or indented. Replaces invalid UTF-8, which may come from file names
/// and command lines.
std::string json_text(const nlohmann::ordered_json& json, int indent = -1);

/// Parses JSON. The result is discarded if the text is not JSON or nested very deeply.
nlohmann::ordered_json parse_json(const std::string& text);

/// Parses the text of a group's own zarr.json. Throws InputError if it is not JSON.
nlohmann::ordered_json parse_description(const std::filesystem::path& group,
                                         const std::string& text);

/// A Zarr group on disk. Its attributes store, under "configuration", everything that determines
/// its numbers, so that different results are never mixed.
class Group {
 public:
  Group(const std::filesystem::path& path, std::vector<Member> members);

  const std::filesystem::path& path() const { return path_; }
  const std::vector<Member>& members() const { return members_; }

  /// Creates the group unless the path exists and is not an empty folder. Returns whether it was
  /// created. Throws InputError if the path cannot be written, and InterruptedError if the disk is
  /// full or `watch` requests a stop. On an error, the incomplete group is removed.
  bool create(const nlohmann::ordered_json& attributes, const Watch& watch = {}) const;

  /// Throws InputError unless the existing group has the same attributes["configuration"].
  void check(const nlohmann::ordered_json& attributes) const;

  /// Opens the existing group, which must pass check(), and rewrites fixed files that are missing
  /// or damaged. Keeps the attributes with which the group was created.
  void adopt(const nlohmann::ordered_json& attributes) const;

 private:
  std::map<std::string, std::string> fixed_files() const;
  nlohmann::ordered_json description(const nlohmann::ordered_json& attributes) const;
  AxisValues axis_values(std::string_view name) const;
  nlohmann::ordered_json checked(const nlohmann::ordered_json& attributes) const;
  bool write_all(const nlohmann::ordered_json& attributes, const Watch& watch) const;
  void mend(const nlohmann::ordered_json& attributes) const;

  std::filesystem::path path_;
  std::vector<Member> members_;
};

}  // namespace lrscape::zarr
