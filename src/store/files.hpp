#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "store/descriptor.hpp"

namespace lrscape::files {

/// Far more than any file of metadata or coordinates has.
inline constexpr std::size_t most_metadata_bytes = std::size_t{1} << 30;

/// The type of a file or of the target of a link. Throws InputError if it cannot be told.
std::filesystem::file_type type(const std::filesystem::path& path);

/// Reads a file, but never more than one byte beyond `most_bytes`: the caller notices a file that
/// is too long by its size, and a hostile one does not fill the memory. Returns nothing if the file
/// does not exist. Throws InputError if it cannot be read.
std::optional<std::string> read(const std::filesystem::path& file,
                                std::size_t most_bytes = most_metadata_bytes);

/// What tells a folder from another one that takes its name: its device and inode.
using Identity = std::pair<std::uint64_t, std::uint64_t>;

/// An open folder. It stays the same folder, whatever takes its path.
class Folder {
 public:
  /// Throws as Batch does if there is no such folder.
  explicit Folder(const std::filesystem::path& path) : Folder(path, path) {}
  /// Likewise; path() and messages name `shown`, which `path` will become.
  Folder(const std::filesystem::path& path, std::filesystem::path shown);
  /// A folder in this one, which must not be a link.
  Folder folder(const std::string& name) const;

  const std::filesystem::path& path() const { return descriptor_.path(); }
  /// The open folder, for system calls on its files.
  const Descriptor& descriptor() const { return descriptor_; }
  Identity identity() const;

  /// Reads a file of the folder as files::read() does.
  std::optional<std::string> read(const std::string& file, std::size_t most_bytes) const;
  /// Removes a file, which may be missing. Throws as Batch does.
  void remove(const std::string& file) const;
  /// Makes the names in the folder durable. Throws as Batch does.
  void sync() const { descriptor_.sync(); }

 private:
  explicit Folder(Descriptor&& opened) : descriptor_(std::move(opened)) {}

  Descriptor descriptor_;
};

/// Writes files so that after a crash each file is either complete or not written at all: temporary
/// name in the same folder, fsync, rename, fsync of the folder. Many files at once cost little more
/// than a few. Throws InterruptedError if the disk is full, and InputError if it fails or a folder
/// cannot be written to.
class Batch {
 public:
  /// `final`: files have their final names from the beginning, which must not exist. This serves a
  /// folder that has a temporary name itself, and saves the renames.
  enum class Names : std::uint8_t { temporary, final };
  explicit Batch(Names names = Names::temporary);
  /// Removes the files that were not committed.
  ~Batch();
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;

  /// Writes a file of a folder. May commit the files added so far. The folder must outlive the
  /// batch.
  void add(const Folder& folder, const std::string& file, std::string_view bytes);
  /// Syncs all added files and gives them their final names.
  void commit();

 private:
  struct Pending;
  Names names_;
  std::vector<Pending> pending_;
};

/// Writes a single file. Throws as Batch does.
void write_atomically(const std::filesystem::path& file, std::string_view bytes);

/// Creates a folder in an existing one, which the caller must sync. Throws as Batch does; messages
/// name `shown`, which `folder` will become.
void create_folder(const std::filesystem::path& folder, const std::filesystem::path& shown);

/// Creates the folder and its missing parents, and syncs the folder above each of them. Throws as
/// Batch does.
void create_folders(const std::filesystem::path& folder);

/// Nothing if there is no such folder. Throws as Batch does if that cannot be told.
std::optional<Identity> identity(const std::filesystem::path& folder);

/// Makes the names in a folder durable. Throws as Batch does.
void sync_folder(const std::filesystem::path& folder);

/// Renames a folder and syncs its parent. Returns false if `to` exists and is not an empty folder.
bool rename_folder(const std::filesystem::path& from, const std::filesystem::path& to);

/// A name in the same folder as `path` that nobody can guess and no other process uses.
std::filesystem::path temporary_name(const std::filesystem::path& path);

/// Removes the temporary files and folders that dead processes of this machine left in the folder,
/// of those files and folders alone whose names are ours. Leaves what cannot be removed.
void remove_abandoned(const std::filesystem::path& folder,
                      const std::function<bool(std::string_view name)>& is_ours);

}  // namespace lrscape::files
