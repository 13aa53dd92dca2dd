#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "lrscape/watch.hpp"
#include "store/zarr.hpp"

namespace lrscape::zarr {

/// An array of a group. One that is known before any work is done comes with the bytes of its only
/// chunk; the others are filled chunk by chunk.
struct Member {
  Array array;
  nlohmann::ordered_json fill_value;
  nlohmann::ordered_json attributes;
  std::optional<std::string> only_chunk;
};

/// A coordinate: one dimension of its own name in one chunk, known beforehand.
Member coordinate(const std::string& name, DataType type, std::size_t size,
                  const nlohmann::ordered_json& fill_value, const std::string& long_name,
                  std::string bytes);

/// The elements as they lie in memory, for `only_chunk`.
template <class T>
std::string raw(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

/// What a group's own zarr.json says. Throws InputError if it is no JSON.
nlohmann::ordered_json parse_description(const std::filesystem::path& group,
                                         const std::string& text);

/// A Zarr group on disk that says in its attributes, under "configuration", what decides its
/// numbers, so that nothing else is ever mixed into it.
class Group {
 public:
  Group(const std::filesystem::path& path, std::vector<Member> members);

  const std::filesystem::path& path() const { return path_; }
  const std::vector<Member>& members() const { return members_; }

  /// Creates the group unless something is there. Returns whether it did. Throws InputError if the path
  /// cannot be written, InterruptedError if the disk is full or a `stop` is asked for; a group that is not
  /// all there is removed then.
  bool create(const nlohmann::ordered_json& attributes, const Watch& watch = {}) const;

  /// Throws InputError unless the group that is there has the same attributes["configuration"].
  void check(const nlohmann::ordered_json& attributes) const;

  /// Takes the group that is there, which must pass check(), and writes again what is fixed and is
  /// not there as it should be. Its attributes stay those of its creation.
  void adopt(const nlohmann::ordered_json& attributes) const;

 private:
  std::map<std::string, std::string> fixed_files() const;
  nlohmann::ordered_json description(const nlohmann::ordered_json& attributes) const;
  nlohmann::ordered_json checked(const nlohmann::ordered_json& attributes) const;
  bool write_all(const nlohmann::ordered_json& attributes, const Watch& watch) const;
  void mend(const nlohmann::ordered_json& attributes) const;

  std::filesystem::path path_;
  std::vector<Member> members_;
};

}  // namespace lrscape::zarr
