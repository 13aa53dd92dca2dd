#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lrscape::files {

/// The whole file, or nothing if there is none. Throws InputError if it cannot be read.
std::optional<std::string> read(const std::filesystem::path& file);

/// Writes files so that after a crash either all of each is there or nothing: a temporary name in the same folder,
/// fsync, rename, fsync of the folder. Many at once cost little more than a few. Throws InterruptedError if the disk is
/// full or fails or a file cannot be renamed, InputError if a folder cannot be written to.
class Batch {
 public:
  Batch();
  /// Removes what was not put in place.
  ~Batch();
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;

  /// May put the files before it in place.
  void add(const std::filesystem::path& file, std::string_view bytes);
  /// Puts all of them in place, for good.
  void commit();

 private:
  struct Pending;
  std::vector<Pending> pending_;
};

/// A single file. Throws as Batch does.
void write_atomically(const std::filesystem::path& file, std::string_view bytes);

/// Creates the folder and those above it where they are missing. Throws as Batch does.
void create_folders(const std::filesystem::path& folder);

/// Renames a folder into place, for good. Returns false if something is there already.
bool rename_folder(const std::filesystem::path& from, const std::filesystem::path& to);

/// A name beside `path` that no other process uses.
std::filesystem::path temporary_name(const std::filesystem::path& path);

/// Removes what processes of this machine that are no more have left in the folder.
void remove_abandoned(const std::filesystem::path& folder);

}  // namespace lrscape::files
