#include <fcntl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <string>
#include <utility>

#include "bad_input.hpp"

namespace lrscape::test {
namespace {

namespace fs = std::filesystem;

/// A tmpfs of the given size, mounted for the lifetime of the object. Needs root.
class SmallDisk {
 public:
  SmallDisk(fs::path where, std::uintmax_t bytes) : where_(std::move(where)) {
    mounted_ = ::mount("lrscape-test", where_.c_str(), "tmpfs", 0, size(bytes).c_str()) == 0;
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  ~SmallDisk() {
    if (mounted_) ::umount2(where_.c_str(), MNT_DETACH);
  }

  bool mounted() const { return mounted_; }
  void grow(std::uintmax_t bytes) const {
    ASSERT_EQ(::mount(nullptr, where_.c_str(), nullptr, MS_REMOUNT, size(bytes).c_str()), 0);
  }

 private:
  static std::string size(std::uintmax_t bytes) { return "size=" + std::to_string(bytes); }

  fs::path where_;
  bool mounted_ = false;
};

TEST_F(BadInput, GoesOnAfterAFullDisk) {
  expect_done(sweep());
  const auto whole = files_of(folder / "map.zarr");
  const auto disk_folder = folder / "disk";
  fs::create_directory(disk_folder);
  const auto on_disk = [&] { return ::chdir("disk") == 0 ? guard() : ::_exit(126); };
  const auto page = static_cast<std::uintmax_t>(::sysconf(_SC_PAGESIZE));
  std::uintmax_t pages = 0;
  for (const auto& [name, bytes] : whole) pages += (bytes.size() + page - 1) / page;
  bool full_among_chunks = false;
  // From a disk without room for the first file to one that lacks room only for the last.
  for (std::uintmax_t fit = 1; fit < pages; ++fit) {
    SCOPED_TRACE(fit);
    const SmallDisk disk(disk_folder, fit * page);
    if (!disk.mounted()) GTEST_SKIP() << "no disk can be mounted: " << std::strerror(errno);
    const Outcome outcome = run(sweep(), on_disk);
    EXPECT_EQ(outcome.exit_code, 3) << outcome.err;
    expect_one_line(outcome, {"No space left", "rerun the command", "map.zarr"});
    full_among_chunks |= fs::exists(disk_folder / "map.zarr");
    // The disk holds whole files of the store or nothing. A partial file could keep the disk full.
    for (const auto& [name, bytes] : files_of(disk_folder))
      EXPECT_TRUE(name.starts_with("map.zarr/") && whole.at(name.substr(9)) == bytes) << name;
    disk.grow(2 * pages * page);
    EXPECT_EQ(run(sweep(), on_disk).exit_code, 0);
    EXPECT_TRUE(files_of(disk_folder / "map.zarr") == whole);
  }
  EXPECT_TRUE(full_among_chunks);
}

TEST_F(BadInput, NamesTheFileThatCannotBeWrittenAndNotItsTemporaryName) {
  const auto expect_named = [&](const Words& arguments, rlim_t limit, int code,
                                const std::string& file) {
    const Outcome outcome = run(arguments, [&] { set_limit(RLIMIT_FSIZE, limit); });
    EXPECT_EQ(outcome.exit_code, code);
    expect_one_line(outcome, {file + " cannot be written"});
    EXPECT_EQ(outcome.err.find(".tmp"), std::string::npos) << outcome.err;
    EXPECT_TRUE(nothing_written());
  };
  expect_named(sweep(), 10, 3, "map.zarr/batch_size/zarr.json");
  expect_named(words("bound --schedule sqrt --steps 5000 --anytime --threads 1 --out b.zarr"), 8000,
               1, "b.zarr/gamma_opt/c.0.0.0");
}

TEST_F(BadInput, SaysThatAnEmptyMountPointCannotHoldAResult) {
  fs::create_directory(folder / "disk");
  fs::create_directory_symlink("disk", folder / "link");
  const SmallDisk disk(folder / "disk", 1 << 20);
  if (!disk.mounted()) GTEST_SKIP() << "no disk can be mounted: " << std::strerror(errno);
  for (const std::string out : {"disk", "link"})
    expect_refused(sweep({{"--out", out}}), {"disk", "empty folder that cannot be replaced",
                                             "mount point", "a path inside it", "--out"});
  expect_done(sweep({{"--out", "disk/map.zarr"}}));
}

TEST_F(BadInput, GoesOnAfterAFileSizeLimit) {
  // Losses of every epoch in double make chunks of 14 KB, larger than any metadata file.
  const auto arguments =
      sweep({{"--epochs", "60"}, {"--record", "epoch"}, {"--precision", "fp64"}});
  expect_done(arguments);
  const auto whole = files_of(folder / "map.zarr");
  const auto enough_for_metadata = whole.at("zarr.json").size();
  ASSERT_GT(whole.at("validation_loss/c.0.0.0.0.0").size(), enough_for_metadata);
  for (const auto limit : {std::size_t{1}, enough_for_metadata - 1, enough_for_metadata}) {
    SCOPED_TRACE(limit);
    fs::remove_all(folder / "map.zarr");
    const Outcome outcome = run(arguments, [&] { set_limit(RLIMIT_FSIZE, limit); });
    EXPECT_EQ(outcome.exit_code, 3) << outcome.err;
    expect_one_line(outcome, {"too large", "rerun the command", "map.zarr"});
    EXPECT_EQ(fs::exists(folder / "map.zarr"), limit == enough_for_metadata);
    for (const auto& [name, bytes] : files_of(folder))
      EXPECT_TRUE(name.starts_with("map.zarr/") && whole.at(name.substr(9)) == bytes) << name;
    expect_done(arguments);
    EXPECT_TRUE(files_of(folder / "map.zarr") == whole);
  }
}

TEST_F(BadInput, KeepsNothingOfBoundsThatDoNotFitOnTheDisk) {
  const Words words = {"bound",     "--schedule", "sqrt",   "--steps",   "5000",
                       "--anytime", "--out",      "b.zarr", "--threads", "1"};
  expect_refused(words, {"too large", "b.zarr"}, 1, [] { set_limit(RLIMIT_FSIZE, 8000); });
  expect_done(words);
}

TEST_F(BadInput, SaysSoWhenItsOutputGoesNowhere) {
  expect_done(sweep({{"--epochs", "400"}, {"--record", "epoch"}}));
  // `export` writes pieces of 1 MiB: a long table fails long before its end, a short one at the
  // end.
  ASSERT_GT(run({"export", "map.zarr"}).out.size(), 1U << 20);
  expect_done(sweep({{"--out", "small.zarr"}}));
  const auto to_full_disk = [] {
    if (::dup2(::open("/dev/full", O_WRONLY), STDOUT_FILENO) < 0) ::_exit(126);
  };
  for (const Words& words :
       {Words{"export", "map.zarr"}, Words{"export", "map.zarr", "--format", "json"},
        Words{"export", "small.zarr"}, Words{"show", "small.zarr"}, Words{"devices"}}) {
    SCOPED_TRACE(testing::PrintToString(words));
    const Outcome outcome = run(words, to_full_disk);
    EXPECT_GT(outcome.exit_code, 0);
    expect_one_line(outcome, {});
  }
}

}  // namespace
}  // namespace lrscape::test
