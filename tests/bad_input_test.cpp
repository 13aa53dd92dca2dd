#include <fcntl.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "refusal.hpp"

namespace lrscape::test {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;
using Options = std::map<std::string, std::string>;

/// A tiny sweep into map.zarr, with some options changed, or dropped where the value is empty.
Words sweep(const Options& changed = {}) {
  Options options = {{"--optimizer", "adamw-pt"},
                     {"--lr", "1e-3:1:6"},
                     {"--wd", "1e-3:1:5"},
                     {"--n", "12"},
                     {"--n-val", "7"},
                     {"--d", "5"},
                     {"--epochs", "3"},
                     {"--batch", "4"},
                     {"--seeds", "2"},
                     {"--device", "cpu"},
                     {"--threads", "1"},
                     {"--out", "map.zarr"}};
  for (const auto& [name, value] : changed) options[name] = value;
  Words words = {"sweep", "--quiet"};
  for (const auto& [name, value] : options)
    if (!value.empty()) words.insert(words.end(), {name, value});
  return words;
}

/// The same on features.csv and targets.csv.
Words sweep_of_files(Options changed = {}) {
  changed.merge(Options{{"--n", ""},
                        {"--n-val", ""},
                        {"--d", ""},
                        {"--batch", "2"},
                        {"--features", "features.csv"},
                        {"--targets", "targets.csv"}});
  return sweep(changed);
}

class BadInput : public Refusal {
 protected:
  /// `show` and `export` both refuse map.zarr.
  void expect_unreadable(const Words& words) const {
    expect_refused({"show", "map.zarr"}, words);
    expect_refused({"export", "map.zarr"}, words);
  }

  std::string store_file(const std::string& name) const { return "map.zarr/" + name; }
};

TEST_F(BadInput, NamesTheNearestOptimizer) {
  expect_refused(sweep({{"--optimizer", "adamw-tp"}}), {"'adamw-tp'", "did you mean adamw-pt"});
  expect_refused(sweep({{"--optimizer", "adamw"}}), {"'adamw'", "adamw-pt", "adamw-lh"});
  expect_refused(sweep({{"--optimizer", "sgd,amad-l2"}}), {"'amad-l2'", "did you mean adam-l2"});
  expect_refused(sweep({{"--optimizer", "sgd,sgd"}}), {"sgd", "twice"});
  expect_refused(sweep({{"--optimizer", ""}}), {"--optimizer", "adamw-pt", "sgd"});
}

TEST_F(BadInput, RefusesLearningRatesAndWeightDecaysThatMakeNoGrid) {
  const std::vector<std::pair<Options, Words>> cases = {
      {{{"--lr", "1:1e-3:6"}}, {"--lr", "'1:1e-3:6'", "rise"}},
      {{{"--wd", "1:1e-3:6"}}, {"--wd", "'1:1e-3:6'", "rise"}},
      {{{"--lr", "0"}}, {"learning rate", "> 0", "not 0"}},
      {{{"--lr", "-0.5"}}, {"learning rate", "> 0", "not -0.5"}},
      {{{"--wd", "-0.5"}}, {"weight decay", ">= 0", "not -0.5"}},
      {{{"--lr", "nan"}}, {"--lr", "finite", "nan"}},
      {{{"--lr", "inf"}}, {"--lr", "finite", "inf"}},
      {{{"--lr", "0:1:5"}}, {"--lr", "0:1:5", "lin:0:1:5"}},
      {{{"--lr", "1e-3:1"}}, {"--lr", "'1e-3:1'", "lo:hi:count"}},
      {{{"--lr", "1e-3:1:0"}}, {"--lr", "'1e-3:1:0'", "from 1 to"}},
      {{{"--lr", "1e-3:1:2.5"}}, {"--lr", "'1e-3:1:2.5'", "whole number"}},
      {{{"--lr", "1,1"}}, {"--lr", "1", "twice"}},
      {{{"--lr", "abc"}}, {"--lr", "'abc'", "not a number"}},
      {{{"--lr", "1e400"}}, {"--lr", "'1e400'", "range"}},
      {{{"--lr", ""}}, {"--lr", "--lr 1e-4:1:32"}},
      {{{"--wd", ""}}, {"--wd", "--wd 0"}}};
  for (const auto& [changed, words] : cases) expect_refused(sweep(changed), words);
}

TEST_F(BadInput, RefusesCountsThatMakeNoSweep) {
  const std::vector<std::pair<Options, Words>> cases = {
      {{{"--batch", "13"}}, {"batch", "12", "not 13"}},
      {{{"--batch", "0"}}, {"batch", "from 1", "not 0"}},
      {{{"--batch", "-3"}}, {"batch", "from 1", "not -3"}},
      {{{"--batch", "2.5"}}, {"--batch", "'2.5'", "whole number"}},
      {{{"--seeds", "0"}}, {"seeds", "from 1", "not 0"}},
      {{{"--seeds", "-1"}}, {"seeds", "from 1", "not -1"}},
      {{{"--seeds", "x"}}, {"--seeds", "x", "number"}},
      {{{"--epochs", "0"}}, {"epochs", "from 1", "not 0"}},
      {{{"--first-seed", "-1"}}, {"first seed", ">= 0", "not -1"}},
      {{{"--n", "0"}}, {"rows", "at least 1", "not 0"}},
      {{{"--d", "-5"}}, {"features", "at least 1", "not -5"}},
      {{{"--noise", "nan"}}, {"noise", ">= 0", "nan"}},
      {{{"--noise", "inf"}}, {"noise", ">= 0", "inf"}},
      {{{"--noise", "-1"}}, {"noise", ">= 0", "-1"}},
      {{{"--density", "nan"}}, {"density", "at most 1", "nan"}},
      {{{"--precision", "fp16"}}, {"--precision", "'fp16'", "fp32", "fp64"}},
      {{{"--gram", "yes"}}, {"--gram", "'yes'", "auto", "on", "off"}},
      {{{"--gram", "on"}, {"--optimizer", "sgd,adamw-pt"}},
       {"adamw-pt", "Gram space", "rotations", "--gram auto"}},
      {{{"--epoch", "3"}}, {"'--epoch'", "did you mean --epochs"}}};
  for (const auto& [changed, words] : cases) expect_refused(sweep(changed), words);
}

TEST_F(BadInput, RefusesSchedulesItDoesNotKnowOrThatDoNotFit) {
  expect_refused(sweep({{"--schedule", "cosin"}}), {"'cosin'", "did you mean cosine", "linear"});
  expect_refused(sweep({{"--schedule", "wsd:cooldwn=0.2"}}),
                 {"'cooldwn'", "wsd", "did you mean cooldown", "warmup"});
  expect_refused(sweep({{"--schedule", "wsd:cooldown=2"}}), {"cooldown", "<= 1", "not 2"});
  expect_refused(sweep({{"--schedule", "wsd:cooldown=x"}}), {"cooldown", "'x'"});
  // 3 epochs of 3 steps, and the schedule after the warmup needs one of them.
  expect_refused(sweep({{"--schedule", "cosine:warmup=9"}}), {"warmup of 9", "9 steps"});
}

TEST_F(BadInput, RefusesDevicesThreadsAndShardsThatDoNotExist) {
  expect_refused(sweep({{"--device", "cudo"}}), {"'cudo'", "did you mean cuda", "auto", "cpu"});
  expect_refused(sweep({{"--device", "cuda:x"}}), {"'cuda:x'", "cuda:INDEX"});
  expect_refused(sweep({{"--threads", "-1"}}), {"threads", "not -1", "0 for every core"});
  expect_refused(sweep({{"--threads", "100000"}}), {"threads", "not 100000", "from 1 to"});
  for (const auto& [shard, word] : std::map<std::string, std::string>{{"3/2", "3/2"},
                                                                      {"0/2", "0/2"},
                                                                      {"1/0", "1/0"},
                                                                      {"x", "'x'"},
                                                                      {"1", "i/n"},
                                                                      {"1/2/3", "i/n"},
                                                                      {"-1/2", "-1/2"},
                                                                      {"1/2.5", "'2.5'"},
                                                                      {"a/2", "'a'"}})
    expect_refused(sweep({{"--shard", shard}}), {"--shard", word});
}

TEST_F(BadInput, ReportsAMissingGpuWithACodeOfItsOwn) {
  if (run({"devices"}).out.find("\ncuda") != std::string::npos)
    GTEST_SKIP() << "there is a GPU here";
  // No address limit: CUDA itself reserves more than all memory.
  const auto cpu_limit = [] { set_limit(RLIMIT_CPU, 20); };
  expect_refused(sweep({{"--device", "cuda"}}), {"cuda", "--device cpu"}, 4, cpu_limit);
  expect_refused(sweep({{"--device", "cuda:7"}}), {"cuda:7", "--device cpu"}, 4, cpu_limit);
}

TEST_F(BadInput, RefusesSizesThatNoMachineHolds) {
  const std::vector<std::pair<Options, std::string>> cases = {
      {{{"--d", "2000000000"}, {"--n", "1000"}}, "features"},
      // Both squares overflow 64 bits, to a small number.
      {{{"--n", "3037000500"}, {"--d", "3037000500"}}, "features"},
      {{{"--n", "4294967296"}, {"--d", "4294967296"}}, "features"},
      {{{"--n-val", "9223372036854775807"}}, "rows"},
      {{{"--epochs", "2000000000"}, {"--n", "1000"}}, "epochs"},
      {{{"--epochs", "9223372036854775807"}}, "epochs"},
      {{{"--seeds", "2000000000"}, {"--n", "1000"}}, "seeds"},
      {{{"--lr", "1e-4:1:1000000"}, {"--wd", "1e-4:1:1000000"}}, "runs"}};
  for (const auto& [changed, word] : cases) expect_refused(sweep(changed), {word});
}

TEST_F(BadInput, EndsInALineWhenMemoryMayNotSuffice) {
  if (reserves_address_space) GTEST_SKIP() << "a sanitizer allows no limit of the addresses";
  // Refused beforehand or out of memory, as large as this machine is.
  for (const Options& changed :
       {Options{{"--d", "2000000000"}}, Options{{"--epochs", "2000000000"}},
        Options{{"--seeds", "2000000000"}}}) {
    SCOPED_TRACE(testing::PrintToString(changed));
    const Outcome outcome = run(sweep(changed), guard);
    EXPECT_EQ(outcome.exit_code, 2);
    expect_one_line(outcome, {"memory"});
    EXPECT_TRUE(fs::is_empty(folder));
  }
  // 14 doubles a step: 6.7 GB.
  for (const Words& words :
       {Words{"bound", "--schedule", "sqrt", "--steps", "60000000", "--anytime"},
        Words{"extend", "--stage", "60000000", "--stages", "1"}}) {
    const Outcome outcome = run(words, [] { set_limit(RLIMIT_AS, rlim_t{1} << 29); });
    EXPECT_EQ(outcome.exit_code, 2) << words[0];
    expect_one_line(outcome, {"memory"});
  }
}

TEST_F(BadInput, NamesThePlaceInAFileThatIsNoNumber) {
  write("targets.csv", "1\n2\n3\n4\n");
  write("features.csv", "1,2\n3,nan\n4,5\n6,7\n");
  expect_refused(sweep_of_files(), {"features.csv", "2", "nan", "finite"});
  write("features.csv", "1,2\n3,4\n4,abc\n6,7\n");
  expect_refused(sweep_of_files(), {"features.csv", "line 3", "column 2", "abc", "number"});
  write("features.csv", "1,2\n3,4\n4\n6,7\n");
  expect_refused(sweep_of_files(), {"features.csv", "line 3", "1 field", "expected 2"});
  write("features.csv", "");
  expect_refused(sweep_of_files(), {"features.csv"});
  write("features.csv", "1,2\n3,4\n4,5\n6,7\n");
  write("targets.csv", "1\n2\n3\ninf\n");
  expect_refused(sweep_of_files(), {"targets.csv", "4", "inf", "finite"});
  expect_refused(sweep_of_files({{"--targets", "missing.csv"}}), {"missing.csv", "no such file"});
}

TEST_F(BadInput, NamesBothShapesThatDoNotMatch) {
  write("features.csv", "1,2\n3,4\n4,5\n6,7\n");
  write("targets.csv", "1\n2\n3\n");
  expect_refused(sweep_of_files(), {"features.csv has 4 rows", "targets.csv has 3 values"});
  expect_refused(sweep_of_files({{"--targets", "features.csv"}}),
                 {"features.csv", "4 rows and 2 columns", "single column"});
  expect_refused(sweep_of_files({{"--targets", ""}}), {"--features", "without --targets"});
  write("targets.csv", "1\n2\n3\n4\n");
  write("wide.csv", "1,2,3\n4,5,6\n");
  write("two.csv", "1\n2\n");
  expect_refused(sweep_of_files({{"--val-features", "wide.csv"}, {"--val-targets", "two.csv"}}),
                 {"2 features", "validation", "3"});
  expect_refused(sweep_of_files({{"--val-features", "features.csv"}, {"--val-targets", "two.csv"}}),
                 {"validation features have 4 rows", "2 validation targets"});
  expect_refused(sweep_of_files({{"--batch", "4"}}), {"batch", "3 training rows", "not 4"});
}

TEST_F(BadInput, RefusesPlacesThatCannotHoldAResult) {
  write("file", "text");
  expect_refused(sweep({{"--out", ""}}), {"--out", "--out map.zarr"});
  expect_refused(sweep({{"--out", "file"}}), {"file", "not a result", "another --out"});
  expect_refused(sweep({{"--out", "file/map.zarr"}}), {"file", "--out"});
  expect_refused(sweep({{"--out", "file/below/map.zarr"}}), {"file", "--out"});
  expect_refused(sweep({{"--out", "/proc/map.zarr"}}), {"/proc/map.zarr", "--out"});
  expect_refused(sweep({{"--out", "/proc/below/map.zarr"}}), {"/proc/below", "--out"});
  expect_refused(sweep({{"--out", "/dev/null/map.zarr"}}), {"/dev/null", "--out"});
  expect_refused(sweep({{"--out", std::string(300, 'x')}}), {"xxx", "too long", "--out"});
  expect_refused({"show", "map.zarr"}, {"there is no map.zarr"});
  expect_refused({"export", "file"}, {"file", "not a result"});
}

TEST_F(BadInput, SaysWhyAPlaceOrAFileCannotBeReadAndTheWayOut) {
  fs::create_symlink("loop", folder / "loop");
  expect_one_line(run(sweep({{"--out", "loop"}})), {"loop", "Too many levels", "another --out"});
  expect_one_line(run({"show", "loop"}), {"loop", "Too many levels"});
  fs::remove(folder / "loop");
  expect_done(sweep());
  for (const std::string name : {"learning_rate/c.0", "seed/zarr.json", "zarr.json"}) {
    const std::string bytes = bytes_of(folder / store_file(name));
    fs::remove(folder / store_file(name));
    fs::create_directory(folder / store_file(name));
    const Words words = {name, "it is a folder", "remove it", "again"};
    expect_unreadable(words);
    expect_refused(sweep(), words);
    fs::remove(folder / store_file(name));
    write(store_file(name), bytes);
  }
}

TEST_F(BadInput, NamesOneWayOutOfADamagedDescription) {
  expect_done(sweep());
  write(store_file("zarr.json"), "{");
  const auto shown = run({"show", "map.zarr"}).err;
  EXPECT_EQ(shown, run(sweep()).err);
  EXPECT_NE(shown.find("again into another --out, or remove it first"), std::string::npos) << shown;
}

TEST_F(BadInput, LeavesAForeignFolderAsItIs) {
  fs::create_directories(folder / "foreign" / "below");
  write("foreign/notes.txt", "mine");
  expect_refused(sweep({{"--out", "foreign"}}), {"foreign", "not a result", "another --out"});
  expect_refused({"show", "foreign"}, {"foreign", "not a result"});
  write("foreign/zarr.json", R"({"zarr_format": 3, "node_type": "group", "attributes": {}})");
  expect_refused(sweep({{"--out", "foreign"}}), {"foreign", "not a result", "another --out"});
  expect_refused({"export", "foreign"}, {"foreign", "not a result"});
  write("foreign/zarr.json", "[1, 2]");
  expect_refused(sweep({{"--out", "foreign"}}), {"foreign", "another --out"});
}

TEST_F(BadInput, FillsAnEmptyWorkingFolderOrRefusesIt) {
  const Outcome outcome = run(sweep({{"--out", "."}}));
  if (outcome.exit_code == 0) {
    expect_done({"show", "."});
  } else {
    EXPECT_EQ(outcome.exit_code, 2) << outcome.err;
    expect_one_line(outcome, {"--out"});
    EXPECT_TRUE(fs::is_empty(folder));
  }
}

TEST_F(BadInput, TakesANameThatIsNotUtf8OrRefusesIt) {
  const std::string name = "m\xff.zarr";
  const Outcome outcome = run(sweep({{"--out", name}}));
  if (outcome.exit_code == 0) {
    // Throws for bytes that are no UTF-8, which JSON must be.
    EXPECT_TRUE(Json::parse(bytes_of(folder / name / "zarr.json")).is_object());
    expect_done({"show", name});
    expect_done({"export", name});
  } else {
    EXPECT_EQ(outcome.exit_code, 2) << outcome.err;
    expect_one_line(outcome, {"UTF-8"});
    EXPECT_TRUE(fs::is_empty(folder));
  }
}

TEST_F(BadInput, NamesTheDifferenceToTheSweepThatIsThere) {
  expect_done(sweep());
  const std::vector<std::pair<Options, Words>> cases = {
      {{{"--epochs", "4"}}, {"epochs is 3 there", "4 here"}},
      {{{"--seeds", "3"}}, {"seeds is 2 there", "3 here"}},
      {{{"--batch", "full"}}, {"batch_size is 4 there", "12 here"}},
      {{{"--optimizer", "sgd"}}, {"optimizers is", "adamw-pt", "sgd"}},
      {{{"--precision", "fp64"}}, {"precision is", "fp32", "fp64"}},
      {{{"--schedule", "cosine"}}, {"schedule is", "constant", "cosine"}},
      {{{"--lr", "1e-3:2:6"}}, {"learning_rate"}},
      {{{"--wd", "1e-3:1:6"}}, {"weight_decay"}},
      {{{"--data-seed", "1"}}, {"train_features"}}};
  for (auto [changed, words] : cases) {
    words.insert(words.end(), {"map.zarr", "another sweep", "another --out"});
    expect_refused(sweep(changed), words);
  }
}

TEST_F(BadInput, FindsEveryFileCutShort) {
  expect_done(sweep());
  for (const auto& [name, bytes] : files_of(folder / "map.zarr")) {
    // Of the metadata, the arrays' own folder or the group's is what one needs to know.
    const auto culprit = name == "zarr.json" ? "map.zarr" : name.substr(0, name.find('/'));
    for (const std::size_t length : {std::size_t{0}, bytes.size() / 2, bytes.size() - 3}) {
      write(store_file(name), bytes.substr(0, length));
      expect_unreadable({culprit, "again"});
    }
    if (name == "zarr.json") expect_refused(sweep(), {"map.zarr", "damaged", "another --out"});
    write(store_file(name), bytes);
  }
  expect_done({"show", "map.zarr"});
}

TEST_F(BadInput, RepairsEveryDamagedFileButTheGroupsOwn) {
  expect_done(sweep());
  const auto whole = files_of(folder / "map.zarr");
  for (const auto& [name, bytes] : whole) {
    if (name == "zarr.json") continue;
    SCOPED_TRACE(name);
    std::string flipped = bytes;
    flipped[bytes.size() / 2] = static_cast<char>(flipped[bytes.size() / 2] ^ 0x10);
    write(store_file(name), flipped);
    if (name.find("/c.") != std::string::npos)
      expect_unreadable({name, "checksum", "the same sweep, run again"});
    expect_done(sweep());
    EXPECT_TRUE(files_of(folder / "map.zarr") == whole);
  }
  for (const auto& [name, bytes] : whole)
    if (name != "zarr.json") write(store_file(name), bytes.substr(0, bytes.size() / 2));
  expect_done(sweep());
  EXPECT_TRUE(files_of(folder / "map.zarr") == whole);
}

TEST_F(BadInput, RefusesAResultWithoutACoordinateUntilItIsMadeAgain) {
  expect_done(sweep());
  const auto whole = files_of(folder / "map.zarr");
  for (const std::string name : {"optimizer", "learning_rate", "weight_decay", "seed"}) {
    fs::remove(folder / "map.zarr" / name / "c.0");
    expect_unreadable({name, "missing", "again"});
    fs::remove_all(folder / "map.zarr" / name);
    expect_unreadable({name, "missing", "again"});
    expect_done(sweep());
    EXPECT_TRUE(files_of(folder / "map.zarr") == whole);
  }
}

TEST_F(BadInput, RefusesImpossibleShapes) {
  expect_done(sweep());
  for (const std::string name : {"validation_loss", "status", "optimizer", "seed"}) {
    const std::string bytes = bytes_of(folder / "map.zarr" / name / "zarr.json");
    const auto refuse = [&](const Json& changed) {
      write(store_file(name + "/zarr.json"), changed.dump());
      SCOPED_TRACE(changed.at("shape").dump() + changed.at("chunk_grid").dump());
      expect_unreadable({name, "the same sweep, run again"});
    };
    const auto sound = Json::parse(bytes);
    for (const auto& value : {Json(-1), Json(1'000'000'000'000'000'000), Json(0), Json(2.5),
                              Json("2"), Json(1e300), Json(nullptr), Json::array()}) {
      Json changed = sound;
      changed["shape"].back() = value;
      refuse(changed);
      changed = sound;
      changed["chunk_grid"]["configuration"]["chunk_shape"].back() = value;
      refuse(changed);
    }
    // Products that overflow 64 bits: to 0, and to what they were before.
    for (const auto& value : {Json(std::uint64_t{1} << 63), Json((std::uint64_t{1} << 62) + 1)}) {
      Json changed = sound;
      for (auto& size : changed["shape"]) size = value;
      changed["chunk_grid"]["configuration"]["chunk_shape"] = changed["shape"];
      refuse(changed);
    }
    for (const Json& value :
         {Json::array(), Json::array({1, 6, 5}), Json::object(), Json(nullptr)}) {
      Json changed = sound;
      changed["shape"] = value;
      refuse(changed);
    }
    write(store_file(name + "/zarr.json"), bytes);
  }
}

TEST_F(BadInput, RefusesLossesOfAnotherShapeOrTypeThanTheCoordinatesTell) {
  expect_done(sweep());
  const auto sound = Json::parse(bytes_of(folder / "map.zarr" / "validation_loss" / "zarr.json"));
  const std::vector<std::pair<Json::json_pointer, Json>> changes = {
      {Json::json_pointer("/shape"), {1, 6, 5, 3}},
      {Json::json_pointer("/shape"), {1, 5, 6, 2}},
      {Json::json_pointer("/chunk_grid/configuration/chunk_shape"), {1, 6, 5, 3}},
      {Json::json_pointer("/data_type"), "float64"},
      {Json::json_pointer("/data_type"), "complex64"},
      {Json::json_pointer("/data_type"), nullptr}};
  for (const auto& [where, value] : changes) {
    SCOPED_TRACE(value.dump());
    Json changed = sound;
    changed[where] = value;
    write(store_file("validation_loss/zarr.json"), changed.dump());
    expect_unreadable({"validation_loss", "the same sweep, run again"});
  }
}

/// A disk of its own, as small as one likes, while this lives. Only root may have one.
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
  // From a disk on which not even the first file has room to one that lacks the last file's.
  for (std::uintmax_t fit = 1; fit < pages; ++fit) {
    SCOPED_TRACE(fit);
    const SmallDisk disk(disk_folder, fit * page);
    if (!disk.mounted()) GTEST_SKIP() << "no disk can be mounted: " << std::strerror(errno);
    const Outcome outcome = run(sweep(), on_disk);
    EXPECT_EQ(outcome.exit_code, 3) << outcome.err;
    expect_one_line(outcome, {"No space left", "the same command", "map.zarr"});
    full_among_chunks |= fs::exists(disk_folder / "map.zarr");
    // What is there is a sound store or nothing; no half file may fill the disk for good.
    for (const auto& [name, bytes] : files_of(disk_folder))
      EXPECT_TRUE(name.starts_with("map.zarr/") && whole.at(name.substr(9)) == bytes) << name;
    disk.grow(2 * pages * page);
    EXPECT_EQ(run(sweep(), on_disk).exit_code, 0);
    EXPECT_TRUE(files_of(disk_folder / "map.zarr") == whole);
  }
  EXPECT_TRUE(full_among_chunks);
}

TEST_F(BadInput, GoesOnAfterAFileSizeLimit) {
  // Losses of every epoch in double make chunks of 14 KB, longer than all metadata.
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
    expect_one_line(outcome, {"too large", "the same command", "map.zarr"});
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
  // It is written in pieces of a megabyte: a long table fails long before its end, a short one at
  // the end.
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
