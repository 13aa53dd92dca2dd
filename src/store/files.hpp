#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace lrscape::files {

/// The whole file, or nothing if there is none. Throws InputError if it cannot be read.
std::optional<std::string> read(const std::filesystem::path& file);

/// Writes the file so that after a crash either all of it is there or nothing: a temporary name in
/// the same folder, fsync, rename. The file is there for good after sync_folder() of its folder. Throws
/// InterruptedError if the disk is full or fails, InputError if the folder cannot be written to.
void put(const std::filesystem::path& file, std::string_view bytes);

/// fsync of a folder. Throws as put() does.
void sync_folder(const std::filesystem::path& folder);

/// put() and sync_folder().
void write_atomically(const std::filesystem::path& file, std::string_view bytes);

/// Creates the folder and those above it where they are missing. Throws as write_atomically does.
void create_folders(const std::filesystem::path& folder);

/// Renames a folder into place, for good. Returns false if something is there already.
bool rename_folder(const std::filesystem::path& from, const std::filesystem::path& to);

/// A name beside `path` that no other process uses.
std::filesystem::path temporary_name(const std::filesystem::path& path);

/// Removes what processes of this machine that are no more have left in the folder.
void remove_abandoned(const std::filesystem::path& folder);

}  // namespace lrscape::files
