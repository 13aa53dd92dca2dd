#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "bad_input.hpp"

namespace lrscape::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

TEST_F(BadInput, RefusesPlacesThatCannotHoldAResult) {
  write("file", "text");
  expect_refused(sweep({{"--out", ""}}), {"--out", "--out map.zarr"});
  expect_refused(sweep({{"--out", "file"}}), {"file", "not a result", "different --out"});
  expect_refused(sweep({{"--out", "file/map.zarr"}}), {"file", "--out"});
  expect_refused(sweep({{"--out", "file/below/map.zarr"}}), {"file", "--out"});
  expect_refused(sweep({{"--out", "/proc/map.zarr"}}), {"/proc/map.zarr", "--out"});
  expect_refused(sweep({{"--out", "/proc/below/map.zarr"}}), {"/proc/below", "--out"});
  expect_refused(sweep({{"--out", "/dev/null/map.zarr"}}), {"/dev/null", "--out"});
  expect_refused(sweep({{"--out", std::string(300, 'x')}}), {"xxx", "too long", "--out"});
  expect_refused({"show", "map.zarr"}, {"map.zarr: no such folder"});
  expect_refused({"export", "file"}, {"file", "not a result"});
}

TEST_F(BadInput, SaysWhyAPlaceOrAFileCannotBeReadAndTheWayOut) {
  fs::create_symlink("loop", folder / "loop");
  expect_one_line(run(sweep({{"--out", "loop"}})), {"loop", "Too many levels", "different --out"});
  expect_one_line(run({"show", "loop"}), {"loop", "Too many levels"});
  fs::remove(folder / "loop");
  expect_done(sweep());
  for (const std::string name : {"learning_rate/c.0", "seed/zarr.json", "zarr.json"}) {
    const std::string bytes = bytes_of(folder / store_file(name));
    fs::remove(folder / store_file(name));
    fs::create_directory(folder / store_file(name));
    const Words words = {name, "it is a folder", "remove it", "rerun"};
    expect_unreadable(words);
    expect_refused(sweep(), words);
    fs::remove(folder / store_file(name));
    write(store_file(name), bytes);
  }
}

TEST_F(BadInput, LeavesAForeignFolderAsItIs) {
  fs::create_directories(folder / "foreign" / "below");
  write("foreign/notes.txt", "mine");
  expect_refused(sweep({{"--out", "foreign"}}), {"foreign", "not a result", "different --out"});
  expect_refused({"show", "foreign"}, {"foreign", "not a result"});
  write("foreign/zarr.json", R"({"zarr_format": 3, "node_type": "group", "attributes": {}})");
  expect_refused(sweep({{"--out", "foreign"}}), {"foreign", "not a result", "different --out"});
  expect_refused({"export", "foreign"}, {"foreign", "not a result"});
  write("foreign/zarr.json", "[1, 2]");
  expect_refused(sweep({{"--out", "foreign"}}), {"foreign", "different --out"});
}

TEST_F(BadInput, FillsAnEmptyWorkingFolderOrRefusesIt) {
  const Outcome outcome = run(sweep({{"--out", "."}}));
  if (outcome.exit_code == 0) {
    expect_done({"show", "."});
  } else {
    EXPECT_EQ(outcome.exit_code, 2) << outcome.err;
    expect_one_line(outcome, {"--out", "empty folder that cannot be replaced", "working folder"});
    EXPECT_TRUE(fs::is_empty(folder));
  }
}

TEST_F(BadInput, SaysThatALinkOfNoUseCannotHoldAResult) {
  fs::create_symlink("nowhere", folder / "link");
  expect_refused(sweep({{"--out", "link"}}), {"link", "leads nowhere", "--out"});
}

TEST_F(BadInput, ReadsFilesWhoseNamesAreNotUtf8) {
  const std::string name = "eta\xff.txt";
  write(name, "1\n1\n1\n1\n1\n1\n1\n1\n0.5\n");
  const Words words = sweep({{"--schedule", "custom:" + name}});
  expect_done(words);
  expect_done(words);  // Continues its own result.
  expect_done({"show", "map.zarr"});
  const Words bound = {"bound",        "--quiet", "--schedule", "custom:" + name,
                       "--grad-norms", name,      "--steps",    "9"};
  expect_done(bound);
  const auto with = [&](const Words& more) {
    Words words = bound;
    words.insert(words.end(), more.begin(), more.end());
    return words;
  };
  expect_done(with({"--out", "bounds.zarr"}));
  const Outcome json = run(with({"--json"}));
  EXPECT_EQ(json.exit_code, 0) << json.err;
  EXPECT_EQ(ordered_json::parse(json.out)["rows"].size(), 1U);
}

TEST_F(BadInput, TakesANameThatIsNotUtf8OrRefusesIt) {
  const std::string name = "m\xff.zarr";
  const Outcome outcome = run(sweep({{"--out", name}}));
  if (outcome.exit_code == 0) {
    // parse() throws for bytes that are not UTF-8.
    EXPECT_TRUE(ordered_json::parse(bytes_of(folder / name / "zarr.json")).is_object());
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
      {{{"--epochs", "4"}}, {"epochs is 3 in the result", "4 in this command"}},
      {{{"--seeds", "3"}}, {"seeds is 2 in the result", "3 in this command"}},
      {{{"--batch", "full"}}, {"batch size is 4 in the result", "12 in this command"}},
      {{{"--optimizer", "sgd"}}, {"optimizers are", "adamw-pt", "sgd"}},
      {{{"--precision", "fp64"}}, {"precision is", "fp32", "fp64"}},
      {{{"--schedule", "cosine"}}, {"schedule is", "constant", "cosine"}},
      {{{"--lr", "1e-3:2:6"}},
       {"the learning rates differ: 6 from 0.001 to 1 in the result, 6 from 0.001 to 2 in this "
        "command"}},
      {{{"--wd", "1e-3:1:6"}},
       {"the weight decays differ: 5 from 0.001 to 1 in the result, 6 from 0.001 to 1 in this "
        "command"}},
      {{{"--data-seed", "1"}},
       {"the training and validation data differ (same shapes, other values"}}};
  for (auto [changed, words] : cases) {
    words.insert(words.end(), {"map.zarr", "another sweep", "different --out"});
    expect_refused(sweep(changed), words);
  }
}

}  // namespace
}  // namespace lrscape::test
