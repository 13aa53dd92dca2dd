#include "store/zarr.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>

#include "stored_sweep.hpp"

namespace lrscape::test {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using namespace std::string_literals;

namespace fs = std::filesystem;

/// Castagnoli's polynomial, reflected, bit by bit: RFC 3720, appendix B.4.
std::uint32_t crc32c(std::string_view bytes) {
  std::uint32_t crc = 0xFFFFFFFF;
  for (const char byte : bytes) {
    crc ^= static_cast<unsigned char>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1U) != 0 ? 0x82F63B78U : 0U);
  }
  return ~crc;
}

std::string little_endian(std::uint32_t value) {
  std::string bytes;
  for (int k = 0; k < 4; ++k) bytes += static_cast<char>(value >> (8 * k) & 255U);
  return bytes;
}

TEST_F(Store, WritesWhatTheZarrSpecificationSaysByHand) {
  // Two optimizers, 33 x 35 cells in chunks of 11 x 7, two seeds, three epochs.
  make(sweep_of({33, 35, Precision::fp64, true, false}));
  const auto array = [](const std::string& type, const json& shape, const json& chunks,
                        const json& fill, const json& names, const json& first_codec) {
    return json{
        {"zarr_format", 3},
        {"node_type", "array"},
        {"shape", shape},
        {"data_type", type},
        {"chunk_grid", {{"name", "regular"}, {"configuration", {{"chunk_shape", chunks}}}}},
        {"chunk_key_encoding", {{"name", "default"}, {"configuration", {{"separator", "."}}}}},
        {"fill_value", fill},
        {"codecs", {first_codec, {{"name", "crc32c"}}}},
        {"dimension_names", names},
        {"storage_transformers", json::array()}};
  };
  const json numbers = {{"name", "bytes"}, {"configuration", {{"endian", "little"}}}};
  const json runs = {"optimizer", "learning_rate", "weight_decay", "seed"};
  json records = runs;
  records.push_back("epoch");
  const auto one = [&](const std::string& name, const std::string& type, int size, const json& fill,
                       const json& codec) {
    return array(type, {size}, {size}, fill, json::array({name}), codec);
  };
  const auto scalar = [&](const std::string& type, const json& value, const json& codec) {
    return array(type, json::array(), json::array(), value, json::array(), codec);
  };
  const std::map<std::string, json> expected = {
      {"validation_loss",
       array("float64", {2, 33, 35, 2, 3}, {1, 11, 7, 1, 3}, "NaN", records, numbers)},
      {"diverged_at_epoch", array("int32", {2, 33, 35, 2}, {1, 11, 7, 1}, -1, runs, numbers)},
      {"status", array("uint8", {2, 33, 35, 2}, {1, 11, 7, 1}, 255, runs, numbers)},
      {"optimizer", one("optimizer", "string", 2, "", {{"name", "vlen-utf8"}})},
      {"learning_rate", one("learning_rate", "float64", 33, "NaN", numbers)},
      {"weight_decay", one("weight_decay", "float64", 35, "NaN", numbers)},
      {"seed", one("seed", "int64", 2, 0, numbers)},
      {"epoch", one("epoch", "int64", 3, 0, numbers)},
      {"schedule", scalar("string", "constant", {{"name", "vlen-utf8"}})},
      {"batch_size", scalar("int64", 2, numbers)},
      {"epochs", scalar("int64", 3, numbers)}};
  const json group = parsed(where() / "zarr.json");
  EXPECT_EQ(group["zarr_format"], 3);
  EXPECT_EQ(group["node_type"], "group");
  const json& consolidated = group["consolidated_metadata"];
  EXPECT_EQ(consolidated["kind"], "inline");
  EXPECT_EQ(consolidated["must_understand"], false);
  EXPECT_EQ(consolidated["metadata"].size(), expected.size());
  for (const auto& [name, metadata] : expected) {
    json found = parsed(where() / name / "zarr.json");
    EXPECT_EQ(consolidated["metadata"][name], found) << name;
    EXPECT_TRUE(found["attributes"]["long_name"].is_string()) << name;
    found.erase("attributes");
    EXPECT_EQ(found, metadata) << name;
  }
  EXPECT_EQ(parsed(where() / "status" / "zarr.json")["attributes"]["coordinates"],
            "schedule batch_size epochs");
  const json status = parsed(where() / "status" / "zarr.json")["attributes"];
  EXPECT_EQ(status["flag_values"], (json{0, 1, 255}));
  EXPECT_EQ(status["flag_meanings"], "ok diverged not_run");
  // The comment states both halves of the rule of divergence that hand_worked_test.cpp checks.
  const json diverged = parsed(where() / "diverged_at_epoch" / "zarr.json")["attributes"];
  EXPECT_THAT(diverged["comment"].get<std::string>(),
              AllOf(HasSubstr("weight"), HasSubstr("validation loss")));
  for (const std::string chunk : {"validation_loss/c.1.2.4.1.0", "status/c.1.0.4.0"})
    EXPECT_TRUE(fs::exists(where() / chunk)) << chunk;
}

TEST_F(Store, WritesAChunkAsItsBytesAndTheirChecksum) {
  // One cell, so that a chunk is one number. 5/3 in double is 3FFAAAAAAAAAAAAB.
  Sweep sweep = sweep_of({1, 1, Precision::fp64, false, false});
  sweep.seeds = 1;
  sweep.optimizers.pop_back();
  StoreSink store = open(sweep);
  RunResults result = empty_results(sweep, 1);
  result.validation_loss = {5.0 / 3};
  result.status = {RunStatus::diverged};
  result.diverged_at_epoch = {258};
  const Unit unit = all_units(store, sweep).at(0);
  store.take({&unit, 1}, {&result, 1});
  const auto expect = [&](const std::string& file, const std::string& bytes) {
    EXPECT_EQ(bytes_of(where() / file), bytes + little_endian(crc32c(bytes))) << file;
  };
  expect("validation_loss/c.0.0.0.0", "\xab\xaa\xaa\xaa\xaa\xaa\xfa\x3f");
  expect("status/c.0.0.0.0", "\x01");
  expect("diverged_at_epoch/c.0.0.0.0", "\x02\x01\x00\x00"s);
  expect("seed/c.0", "\x07\x00\x00\x00\x00\x00\x00\x00"s);
  expect("optimizer/c.0", "\x01\x00\x00\x00\x08\x00\x00\x00"s + "adamw-pt");
}

TEST_F(Store, FillsTheChunksAtTheRimWithWhatStandsForNothing) {
  const auto sweep = sweep_of({33, 1, Precision::fp32, false, false});
  create(sweep, {32, 1, 1});
  make(sweep);
  // In the second block of learning rates, only the first of 32 rows lies in the grid.
  const auto statuses = bytes_of(where() / "status" / "c.0.1.0.0");
  ASSERT_EQ(statuses.size(), 32U + 4U);
  EXPECT_NE(statuses[0], '\xff');
  EXPECT_EQ(statuses.substr(1, 31), std::string(31, '\xff'));
  const auto losses = bytes_of(where() / "validation_loss" / "c.0.1.0.0");
  ASSERT_EQ(losses.size(), 32U * 4U + 4U);
  for (std::size_t k = 0; k < 32; ++k) {
    float loss = 0;
    std::memcpy(&loss, losses.data() + 4 * k, 4);
    EXPECT_EQ(std::isnan(loss), k > 0) << k;
  }
}

TEST(Crc32c, MatchesThePublishedValues) {
  const auto checksum = [](const std::string& bytes) {
    return zarr::with_checksum(bytes).substr(bytes.size());
  };
  EXPECT_EQ(checksum("123456789"), "\x83\x92\x06\xe3");
  EXPECT_EQ(checksum(""), "\0\0\0\0"s);
  // RFC 3720, appendix B.4, which prints the bytes in this order.
  std::string rising, falling;
  for (int k = 0; k < 32; ++k) {
    rising += static_cast<char>(k);
    falling += static_cast<char>(31 - k);
  }
  EXPECT_EQ(checksum(std::string(32, '\0')), "\xaa\x36\x91\x8a");
  EXPECT_EQ(checksum(std::string(32, '\xff')), "\x43\xab\xa8\x62");
  EXPECT_EQ(checksum(rising), "\x4e\x79\xdd\x46");
  EXPECT_EQ(checksum(falling), "\x5c\xdb\x3f\x11");
  // All lengths up to 299, most of which are not multiples of an unrolled loop's stride.
  std::string bytes;
  for (std::size_t size = 0; size < 300; ++size) {
    EXPECT_EQ(checksum(bytes), little_endian(crc32c(bytes))) << size;
    bytes += static_cast<char>(size * size + 3 * size);
  }
}

TEST(Crc32c, FindsEveryFlippedBit) {
  const auto sound = zarr::with_checksum("a chunk\0of bytes"s);
  EXPECT_EQ(zarr::without_checksum(sound), "a chunk\0of bytes"s);
  for (std::size_t at = 0; at < sound.size(); ++at)
    for (int bit = 0; bit < 8; ++bit) {
      std::string broken = sound;
      broken[at] = static_cast<char>(broken[at] ^ (1 << bit));
      EXPECT_FALSE(zarr::without_checksum(broken)) << at << ", bit " << bit;
    }
  for (std::size_t size = 0; size < sound.size(); ++size)
    EXPECT_FALSE(zarr::without_checksum(sound.substr(0, size))) << size;
}

TEST(VlenUtf8, IsCountsAndBytes) {
  // numcodecs' VLenUTF8: the number of strings, then each string preceded by its length in bytes.
  const std::vector<std::string> strings = {"ab", "", "l\xc3\xb6h"};
  const auto bytes = "\x03\0\0\0\x02\0\0\0ab\0\0\0\0\x04\0\0\0l\xc3\xb6h"s;
  EXPECT_EQ(zarr::encode_strings(strings), bytes);
  EXPECT_EQ(zarr::decode_strings(bytes), strings);
  EXPECT_EQ(zarr::encode_strings({}), "\0\0\0\0"s);
  EXPECT_EQ(zarr::decode_strings("\0\0\0\0"s), std::vector<std::string>());
}

TEST(VlenUtf8, RefusesBytesThatEndTooSoon) {
  const auto bytes = "\x02\0\0\0\x02\0\0\0ab\x01\0\0\0c"s;
  ASSERT_TRUE(zarr::decode_strings(bytes));
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(zarr::decode_strings(bytes.substr(0, size))) << size;
  EXPECT_FALSE(zarr::decode_strings("\xff\xff\xff\xff"s));
  EXPECT_FALSE(zarr::decode_strings("\x01\0\0\0\xff\xff\xff\xff"s + "ab"));
}

TEST(ChunkFile, JoinsTheIndicesOfAChunk) {
  const std::size_t index[] = {0, 12, 3};
  EXPECT_EQ(zarr::chunk_file(index), "c.0.12.3");
  EXPECT_EQ(zarr::chunk_file(std::span(index).first(1)), "c.0");
}

}  // namespace
}  // namespace lrscape::test
