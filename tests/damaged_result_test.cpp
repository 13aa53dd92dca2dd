#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "bad_input.hpp"
#include "store/zarr.hpp"

namespace lrscape::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

TEST_F(BadInput, NamesOneWayOutOfADamagedDescription) {
  expect_done(sweep());
  write(store_file("zarr.json"), "{");
  const auto shown = run({"show", "map.zarr"}).err;
  EXPECT_EQ(shown, run(sweep()).err);
  EXPECT_NE(shown.find("with a different --out, or remove this result first"), std::string::npos)
      << shown;
}

TEST_F(BadInput, FindsEveryFileCutShort) {
  expect_done(sweep());
  for (const auto& [name, bytes] : files_of(folder / "map.zarr")) {
    // The message names the folder of the array, or that of the result for the group's metadata.
    const auto culprit = name == "zarr.json" ? "map.zarr" : name.substr(0, name.find('/'));
    for (const std::size_t length : {std::size_t{0}, bytes.size() / 2, bytes.size() - 3}) {
      write(store_file(name), bytes.substr(0, length));
      expect_read_error({culprit, "sweep"});
    }
    if (name == "zarr.json") expect_refused(sweep(), {"map.zarr", "damaged", "different --out"});
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
      expect_read_error({name, "checksum", "run the same sweep again"});
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
    const auto refuse = [&](const ordered_json& changed) {
      write(store_file(name + "/zarr.json"), changed.dump());
      SCOPED_TRACE(changed.at("shape").dump() + changed.at("chunk_grid").dump());
      expect_read_error({name, "run the same sweep again"});
    };
    const auto sound = ordered_json::parse(bytes);
    for (const auto& value : {ordered_json(-1), ordered_json(1'000'000'000'000'000'000),
                              ordered_json(0), ordered_json(2.5), ordered_json("2"),
                              ordered_json(1e300), ordered_json(nullptr), ordered_json::array()}) {
      ordered_json changed = sound;
      changed["shape"].back() = value;
      refuse(changed);
      changed = sound;
      changed["chunk_grid"]["configuration"]["chunk_shape"].back() = value;
      refuse(changed);
    }
    // Products of four such sizes wrap around 64 bits, to 0 and to 1.
    for (const auto& value :
         {ordered_json(std::uint64_t{1} << 63), ordered_json((std::uint64_t{1} << 62) + 1)}) {
      ordered_json changed = sound;
      for (auto& size : changed["shape"]) size = value;
      changed["chunk_grid"]["configuration"]["chunk_shape"] = changed["shape"];
      refuse(changed);
    }
    for (const ordered_json& value : {ordered_json::array(), ordered_json::array({1, 6, 5}),
                                      ordered_json::object(), ordered_json(nullptr)}) {
      ordered_json changed = sound;
      changed["shape"] = value;
      refuse(changed);
    }
    write(store_file(name + "/zarr.json"), bytes);
  }
}

/// The zarr.json of a coordinate and its only chunk, for `count` numbers.
void write_coordinate(const fs::path& array, std::uint64_t count) {
  auto description = ordered_json::parse(bytes_of(array / "zarr.json"));
  description["shape"] = {count};
  description["chunk_grid"]["configuration"]["chunk_shape"] = {count};
  std::ofstream(array / "zarr.json") << description.dump();
  std::ofstream(array / "c.0", std::ios::binary)
      << zarr::with_checksum(std::string(count * sizeof(double), '\1'));
}

// 60 runs with 2^50 weights each. Results of earlier versions hold no hash of their configuration.
TEST_F(BadInput, RefusesMoreWeightsThanFitIntoMemory) {
  Words words = sweep();
  words.push_back("--save-weights");
  expect_done(words);
  constexpr std::uint64_t many = std::uint64_t{1} << 50;
  auto group = ordered_json::parse(bytes_of(folder / "map.zarr/zarr.json"));
  auto& attributes = group["attributes"];
  auto configuration = ordered_json::parse(attributes["configuration"].get<std::string>());
  configuration["features"] = many;
  attributes["configuration"] = configuration.dump();
  attributes.erase("configuration_hash");
  write(store_file("zarr.json"), group.dump());
  auto weights = ordered_json::parse(bytes_of(folder / "map.zarr/weights/zarr.json"));
  weights["shape"].back() = many;
  write(store_file("weights/zarr.json"), weights.dump());
  EXPECT_THAT([&] { read_result(folder / "map.zarr", true); },
              testing::ThrowsMessage<MemoryError>(testing::HasSubstr("the weights of ")));
}

// 2^17 x 2^17 x 2^17 runs with 2^13 losses each: 0 losses in 64 bits.
TEST_F(BadInput, RefusesCoordinatesWhoseProductOverflows) {
  expect_done(sweep({{"--record", "epoch"}}));
  const auto result = folder / "map.zarr";
  constexpr int many = 1 << 17;
  for (const std::string name : {"learning_rate", "weight_decay", "seed"})
    write_coordinate(result / name, many);
  write_coordinate(result / "epoch", 1 << 13);
  for (const std::string name : {"validation_loss", "status", "diverged_at_epoch"}) {
    auto description = ordered_json::parse(bytes_of(result / name / "zarr.json"));
    description["shape"] = {1, many, many, many};
    if (name == "validation_loss") description["shape"].push_back(1 << 13);
    std::ofstream(result / name / "zarr.json") << description.dump();
  }
  for (const std::string command : {"show", "export"})
    expect_one_line(run({command, "map.zarr"}, guard), {"map.zarr", "memory"});
}

TEST_F(BadInput, RefusesNestedMetadata) {
  expect_done(sweep());
  const std::string nested = std::string(50'000, '[') + std::string(50'000, ']');
  auto description = bytes_of(folder / "map.zarr" / "zarr.json");
  write(store_file("zarr.json"), "{\"attributes\": {\"configuration\": {\"a\": " + nested + "}}}");
  expect_unreadable({"map.zarr", "not valid JSON"});
  expect_refused(sweep(), {"map.zarr", "not valid JSON"});
  write(store_file("zarr.json"), description);
  write(store_file("status/zarr.json"), nested);
  expect_unreadable({"status", "does not describe an array"});
}

TEST_F(BadInput, ReadsNoMoreOfAChunkThanItCanHold) {
  expect_done(sweep());
  for (const auto& [name, bytes] : files_of(folder / "map.zarr"))
    if (name.starts_with("validation_loss/c")) {
      fs::resize_file(folder / "map.zarr" / name, std::uintmax_t{100} << 30);  // Sparse.
      for (const std::string command : {"show", "export"})
        expect_one_line(run({command, "map.zarr"}, guard), {name, "has the wrong length"});
      write(store_file(name), bytes);
    }
}

TEST_F(BadInput, RefusesAStatusThatIsNone) {
  expect_done(sweep());
  for (const auto& [name, bytes] : files_of(folder / "map.zarr"))
    if (name.starts_with("status/c")) {
      std::string changed = bytes.substr(0, bytes.size() - zarr::checksum_bytes);
      changed[0] = 7;
      write(store_file(name), zarr::with_checksum(changed));
      expect_unreadable({"status", "unknown status 7"});
      write(store_file(name), bytes);
    }
}

TEST_F(BadInput, RefusesLossesOfAnotherShapeOrTypeThanTheCoordinatesTell) {
  expect_done(sweep());
  const auto sound =
      ordered_json::parse(bytes_of(folder / "map.zarr" / "validation_loss" / "zarr.json"));
  const std::vector<std::pair<ordered_json::json_pointer, ordered_json>> changes = {
      {ordered_json::json_pointer("/shape"), {1, 6, 5, 3}},
      {ordered_json::json_pointer("/shape"), {1, 5, 6, 2}},
      {ordered_json::json_pointer("/chunk_grid/configuration/chunk_shape"), {1, 6, 5, 3}},
      {ordered_json::json_pointer("/data_type"), "float64"},
      {ordered_json::json_pointer("/data_type"), "complex64"},
      {ordered_json::json_pointer("/data_type"), nullptr}};
  for (const auto& [where, value] : changes) {
    SCOPED_TRACE(value.dump());
    ordered_json changed = sound;
    changed[where] = value;
    write(store_file("validation_loss/zarr.json"), changed.dump());
    expect_unreadable({"validation_loss", "run the same sweep again"});
  }
}

// The losses would be read as something else, or by other programs alone.
TEST_F(BadInput, RefusesArraysThatAreDescribedInAnotherWayThanTheyAreWritten) {
  expect_done(sweep());
  const auto whole = files_of(folder / "map.zarr");
  struct Change {
    std::string array, pointer;
    ordered_json value;
    std::string named;
  };
  const std::vector<Change> changes = {
      {"validation_loss", "/codecs/0/configuration/endian", "big", "codecs"},
      {"status", "/codecs/1/name", "crc33c", "codecs"},
      {"optimizer", "/codecs/0/name", "bytes", "codecs"},
      {"diverged_at_epoch", "/chunk_key_encoding/configuration/separator", "/",
       "chunk_key_encoding"},
      {"seed", "/chunk_key_encoding/name", "v2", "chunk_key_encoding"},
      {"diverged_at_epoch", "/data_type", "uint32", "data_type"},
      {"learning_rate", "/data_type", "int64", "data_type"},
      {"validation_loss", "/fill_value", 0, "fill_value"},
      {"status", "/fill_value", 0, "fill_value"},
      {"weight_decay", "/chunk_grid/name", "irregular", "chunk_grid"},
      {"status",
       "/dimension_names",
       {"optimizer", "weight_decay", "learning_rate", "seed"},
       "dimension_names"}};
  for (const auto& [array, pointer, value, named] : changes) {
    SCOPED_TRACE(array + pointer);
    const std::string file = array + "/zarr.json";
    ordered_json changed = ordered_json::parse(whole.at(file));
    ASSERT_NE(changed.at(ordered_json::json_pointer(pointer)), value);
    changed[ordered_json::json_pointer(pointer)] = value;
    write(store_file(file), changed.dump());
    expect_unreadable({file, "has another " + named, "run the same sweep again"});
    expect_done(sweep());
    EXPECT_TRUE(files_of(folder / "map.zarr") == whole);
  }
}

}  // namespace
}  // namespace lrscape::test
