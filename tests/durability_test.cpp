#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <string>

#include "faulty_program.hpp"

namespace lrscape::test {
namespace {

namespace fs = std::filesystem;

std::string folder_of(const std::string& name) {
  const std::string parent = fs::path(name).parent_path().string();
  return parent.empty() ? "." : parent;
}

/// Follows the calls of a command and tells what a power failure would destroy.
class Disk {
 public:
  void follow(const Call& call) {
    const std::string& path = call.paths.front();
    if (call.kind == "write") write(path);
    if (call.kind == "fsync") sync(path);
    if (call.kind == "mkdir") unsynced_names.insert(path);
    if (call.kind == "remove") unsynced_names.erase(path);
    if (call.kind == "rename") rename(path, call.paths.at(1));
  }

  std::set<std::string> unsynced_files;  ///< written, but not synced since
  std::set<std::string> unsynced_names;  ///< new names whose folder has not been synced since
  std::set<std::string> renamed;         ///< files and folders that were complete at once

 private:
  static bool is_temporary(const std::string& path) {
    const std::string name = fs::path(path).filename().string();
    return name.starts_with(".") && name.ends_with(".tmp");
  }

  /// Whether a later rename of the path, or of a folder above it, gives it its final name.
  static bool is_below_temporary(const std::string& path) {
    return is_temporary(path) ||
           (path.find('/') != std::string::npos && is_below_temporary(folder_of(path)));
  }

  void write(const std::string& path) {
    EXPECT_TRUE(is_below_temporary(path)) << path << " is written in place";
    unsynced_files.insert(path);
    if (written.insert(path).second) unsynced_names.insert(path);
  }

  void sync(const std::string& path) {
    unsynced_files.erase(path);
    std::erase_if(unsynced_names, [&](const std::string& name) { return folder_of(name) == path; });
  }

  void rename(const std::string& from, const std::string& to) {
    EXPECT_TRUE(is_temporary(from)) << from;
    EXPECT_EQ(folder_of(from), folder_of(to)) << "the folder of " << to << " alone is synced";
    const auto is_inside = [&](const std::string& name) {
      return name == from || name.starts_with(from + "/");
    };
    for (const std::string& file : unsynced_files)
      EXPECT_FALSE(is_inside(file)) << file << " is renamed before it is synced";
    unsynced_names.erase(from);
    for (const std::string& name : unsynced_names)
      EXPECT_FALSE(is_inside(name)) << name << " is renamed before its folder is synced";
    for (const std::string& name : written)
      if (is_inside(name)) renamed.insert(to + name.substr(from.size()));
    renamed.insert(to);
    unsynced_names.insert(to);
  }

  std::set<std::string> written;  ///< by the name at that time
};

class Durability : public FaultyProgram {
 protected:
  /// Runs the command and expects every file that it has written to survive a power failure.
  void expect_durable(const Words& command) const {
    const auto before = found();
    const Outcome outcome = run(command);
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
    Disk disk;
    for (const Call& call : calls()) disk.follow(call);
    EXPECT_EQ(disk.unsynced_files, std::set<std::string>());
    EXPECT_EQ(disk.unsynced_names, std::set<std::string>());
    std::size_t written = 0;
    for (const auto& [name, bytes] : found()) {
      if (name.ends_with('/') || (before.contains(name) && before.at(name) == bytes)) continue;
      ++written;
      EXPECT_TRUE(disk.renamed.contains(name)) << name << " was never put in place";
    }
    EXPECT_GT(written, 0U);
  }
};

TEST_F(Durability, OfANewResultAndItsParentFolders) {
  expect_durable(two_units());
  const auto all = calls();
  // The parents of the result are new as well.
  for (const std::string made : {"results", "results/new"})
    EXPECT_TRUE(std::ranges::any_of(all, [&](const Call& call) {
      return call.kind == "mkdir" && call.paths.front() == made;
    })) << made;
}

TEST_F(Durability, OfAContinuedResultAndTheFoldersThatARepairMakes) {
  ASSERT_EQ(run(two_units()).exit_code, 0);
  const auto whole = found();
  damage(work() / "results/new/map.zarr", true);
  expect_durable(two_units());
  EXPECT_TRUE(found() == whole);
}

/// A sweep may be killed after it has renamed a chunk and before it syncs the folder. The next one
/// finds the chunk done, and must sync the folder in its place.
TEST_F(Durability, OfChunksThatAKilledSweepDidNotSync) {
  ASSERT_EQ(run(two_units()).exit_code, 0);
  ASSERT_EQ(run(two_units()).exit_code, 0);
  std::set<std::string> synced;
  for (const Call& call : calls())
    if (call.kind == "fsync") synced.insert(call.paths.front());
  for (const std::string array : {"validation_loss", "diverged_at_epoch", "status"})
    EXPECT_TRUE(synced.contains("results/new/map.zarr/" + array)) << array;
}

TEST_F(Durability, OfBounds) { expect_durable(few_bounds()); }

}  // namespace
}  // namespace lrscape::test
