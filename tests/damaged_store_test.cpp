#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "lrscape/error.hpp"
#include "lrscape/store.hpp"
#include "store/zarr.hpp"
#include "stored_sweep.hpp"

namespace lrscape::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;
using namespace std::string_literals;

/// Whatever overwrites a metadata or coordinate file, opening the same sweep again must either
/// refuse or leave a result that all readers can read.
class DamagedStore : public Store {
 protected:
  static std::vector<std::string> damages(const std::string& sound) {
    return {""s,
            sound.substr(0, sound.size() / 2),
            flipped(sound, 0),
            flipped(sound, sound.size() / 2),
            flipped(sound, sound.size() - 1),
            "{}",
            "[]",
            "null",
            "not valid JSON",
            zarr::with_checksum(""),
            zarr::with_checksum(std::string(8, '\0')),
            std::string(40, '\xff')};
  }
};

TEST_F(DamagedStore, IsMendedInWhatDescribesArraysAndCoordinates) {
  const auto sweep = sweep_of({3, 2, Precision::fp64, true, true});
  make(sweep);
  const auto sound = files_of(where());
  std::size_t tried = 0;
  for (const auto& [name, bytes] : sound) {
    const fs::path file = where() / name;
    const bool coordinate = fs::path(name).filename() == "c.0";
    if (name == "zarr.json" || (!coordinate && file.filename() != "zarr.json")) continue;
    SCOPED_TRACE(name);
    ++tried;
    for (const auto& broken : damages(bytes)) {
      put(file, broken);
      // A changed letter in a long_name is harmless. A changed coordinate must be noticed.
      try {
        expect_filled(read_result(where()), sweep);
        EXPECT_FALSE(coordinate) << "read as if nothing were wrong: " << broken.size() << " bytes";
      } catch (const InputError& error) {
        EXPECT_THAT(error.what(), HasSubstr(where().string()));
      }
      open(sweep);
      EXPECT_TRUE(files_of(where()) == sound);
    }
    fs::remove(file);
    EXPECT_THROW(read_result(where()), InputError);
    open(sweep);
    EXPECT_TRUE(files_of(where()) == sound);
  }
  // Two files for each of five coordinates, one for each of four arrays and three scalars.
  EXPECT_EQ(tried, 17U);
}

TEST_F(DamagedStore, IsRefusedOrMendedInItsGroup) {
  const auto sweep = sweep_of({3, 2, Precision::fp32, true, true});
  make(sweep);
  const auto file = where() / "zarr.json";
  const auto sound = bytes_of(file);
  const auto readable = [&] {
    const json group = json::parse(bytes_of(file), nullptr, false);
    if (!group.is_object() || group.value("zarr_format", json()) != 3 ||
        group.value("node_type", json()) != "group")
      return false;
    const json consolidated = group.value("consolidated_metadata", json());
    if (!consolidated.is_object()) return !group.contains("consolidated_metadata");
    const json metadata = consolidated.value("metadata", json());
    if (!metadata.is_object() || consolidated.value("kind", json()) != "inline") return false;
    for (const auto& entry : fs::directory_iterator(where()))
      if (entry.is_directory() && metadata.value(entry.path().filename().string(), json()) !=
                                      parsed(entry.path() / "zarr.json"))
        return false;
    return true;
  };
  ASSERT_TRUE(readable());
  auto broken = damages(sound);
  for (std::size_t at = 0; at < sound.size(); at += 61) broken.push_back(flipped(sound, at));
  for (const std::string key :
       {"zarr_format", "node_type", "attributes", "consolidated_metadata"}) {
    json group = json::parse(sound);
    group[key] = 7;
    broken.push_back(group.dump());
  }
  json stale = json::parse(sound);
  stale["consolidated_metadata"]["metadata"]["validation_loss"]["shape"] = {9, 9, 9, 9, 9};
  broken.push_back(stale.dump());
  stale["consolidated_metadata"]["metadata"].erase("validation_loss");
  broken.push_back(stale.dump());
  std::vector<const std::string*> accepted;
  for (const auto& bytes : broken) {
    put(file, bytes);
    try {
      open(sweep);
    } catch (const InputError& error) {
      EXPECT_THAT(error.what(), HasSubstr(where().string()));
      EXPECT_EQ(bytes_of(file), bytes) << "refused, and yet changed";
      continue;
    }
    if (!readable()) accepted.push_back(&bytes);
    expect_filled(read_result(where()), sweep);
  }
  if (!accepted.empty()) {
    const auto& first = *accepted.front();
    const auto at = std::mismatch(first.begin(), first.end(), sound.begin(), sound.end()).first;
    ADD_FAILURE() << accepted.size() << " of " << broken.size() << " were taken as they are, one "
                  << "that differs from byte " << at - first.begin()
                  << " on: " << std::string(at, first.end()).substr(0, 60);
  }
  fs::remove(file);
  expect_refusal(sweep, "");
  EXPECT_THROW(read_result(where()), InputError);
}

TEST_F(DamagedStore, IsRefusedWhereAWholeArrayIsGone) {
  const auto sweep = sweep_of({3, 2, Precision::fp32, true, true});
  for (const std::string array : {"optimizer", "learning_rate", "weight_decay", "seed", "epoch",
                                  "validation_loss", "train_loss", "diverged_at_epoch", "status"}) {
    SCOPED_TRACE(array);
    make(sweep);
    fs::remove_all(where() / array);
    EXPECT_THROW(read_result(where()), InputError);
    make(sweep);
    expect_filled(read_result(where()), sweep);
  }
}

}  // namespace
}  // namespace lrscape::test
