#include "lrscape/store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <deque>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>

#include "lrscape/error.hpp"
#include "program.hpp"
#include "store/configuration.hpp"
#include "store/group.hpp"
#include "store/result_arrays.hpp"
#include "store/zarr.hpp"

namespace lrscape::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using testing::ThrowsMessage;
using namespace std::string_literals;

constexpr double infinity = std::numeric_limits<double>::infinity();

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

json parsed(const fs::path& file) { return json::parse(bytes_of(file)); }

void put(const fs::path& file, const std::string& bytes) {
  std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
}

std::string flipped(std::string bytes, std::size_t at) {
  bytes[at] = static_cast<char>(bytes[at] ^ 1);
  return bytes;
}

struct Shape {
  std::size_t learning_rates = 6;
  std::size_t weight_decays = 5;
  Precision precision = Precision::fp32;
  bool record_epochs = false;
  bool train_loss = false;
};

/// Two optimizers and two seeds; nothing here trains, so the data need only be valid.
Sweep sweep_of(const Shape& shape) {
  Sweep sweep;
  sweep.problem = {Matrix(4, 2), {1, 2, 3, 4}, Matrix(1, 2), {0}};
  sweep.optimizers = {choose_optimizer("adamw-pt", {}), choose_optimizer("sgd", {})};
  for (std::size_t i = 1; i <= shape.learning_rates; ++i)
    sweep.learning_rates.push_back(0.1 * static_cast<double>(i));
  for (std::size_t j = 0; j < shape.weight_decays; ++j)
    sweep.weight_decays.push_back(0.01 * static_cast<double>(j));
  sweep.first_seed = 7;
  sweep.seeds = 2;
  sweep.epochs = 3;
  sweep.batch_size = 2;
  sweep.precision = shape.precision;
  sweep.record_epochs = shape.record_epochs;
  sweep.train_loss = shape.train_loss;
  return sweep;
}

/// Where a run lies in the grid, all counted from 0.
struct Place {
  std::size_t optimizer, rate, decay, seed;
};

bool diverges(const Place& run) { return (run.rate + 2 * run.decay + run.seed) % 5 == 0; }

/// A loss that no other run, epoch or array has. Thirds are no floats: only double holds them.
double loss_of(const Place& run, std::size_t epoch, Precision precision) {
  if (diverges(run) && epoch > 0) return infinity;
  const auto number =
      ((run.optimizer * 64 + run.rate) * 64 + run.decay) * 32 + run.seed * 8 + epoch;
  const double loss = static_cast<double>(number) / 3;
  return precision == Precision::fp32 ? static_cast<double>(static_cast<float>(loss)) : loss;
}

std::vector<Place> runs_of(const Unit& unit) {
  std::vector<Place> runs;
  for (std::size_t i = unit.learning_rates.begin; i < unit.learning_rates.end; ++i)
    for (std::size_t j = unit.weight_decays.begin; j < unit.weight_decays.end; ++j)
      for (std::size_t s = unit.seeds.begin; s < unit.seeds.end; ++s)
        runs.push_back({unit.optimizer, i, j, s});
  return runs;
}

/// The epoch, from 0, of a record.
std::size_t epoch_of(const Sweep& sweep, std::size_t record) {
  return sweep.record_epochs ? record : static_cast<std::size_t>(sweep.epochs - 1);
}

RunResults results_of(const Sweep& sweep, const Unit& unit) {
  const auto runs = runs_of(unit);
  const auto records = static_cast<std::size_t>(sweep.recorded_epochs());
  RunResults result = empty_results(sweep, runs.size(), false);
  for (std::size_t k = 0; k < runs.size(); ++k) {
    for (std::size_t e = 0; e < records; ++e) {
      const double loss = loss_of(runs[k], epoch_of(sweep, e), sweep.precision);
      result.validation_loss[k * records + e] = loss;
      if (sweep.train_loss) result.train_loss[k * records + e] = -loss;
    }
    result.status[k] = diverges(runs[k]) ? RunStatus::diverged : RunStatus::ok;
    result.diverged_at_epoch[k] = diverges(runs[k]) ? 2 : -1;
  }
  return result;
}

void take(StoreSink& store, const Sweep& sweep, const Unit& unit) {
  const RunResults results = results_of(sweep, unit);
  store.take({&unit, 1}, {&results, 1});
}

/// All units of the store, in their order.
std::vector<Unit> all_units(const StoreSink& store, const Sweep& sweep) {
  return units_of(sweep, store.cut());
}

/// What run() does: makes whatever is not done.
void fill(StoreSink& store, const Sweep& sweep) {
  for (const Unit& unit : all_units(store, sweep))
    if (store.state(unit) != Sink::State::done) take(store, sweep, unit);
}

void expect_filled(const Result& result, const Sweep& sweep) {
  ASSERT_EQ(result.optimizers, (std::vector<std::string>{"adamw-pt", "sgd"}));
  ASSERT_EQ(result.learning_rates, sweep.learning_rates);
  ASSERT_EQ(result.weight_decays, sweep.weight_decays);
  ASSERT_EQ(result.seeds, (std::vector<std::int64_t>{7, 8}));
  ASSERT_EQ(result.precision, sweep.precision);
  ASSERT_EQ(result.epochs, sweep.record_epochs ? std::vector<std::int64_t>({1, 2, 3})
                                               : std::vector<std::int64_t>());
  std::vector<double> losses, negative;
  std::vector<RunStatus> status;
  std::vector<std::int32_t> diverged_at_epoch;
  for (std::size_t o = 0; o < 2; ++o)
    for (std::size_t i = 0; i < sweep.learning_rates.size(); ++i)
      for (std::size_t j = 0; j < sweep.weight_decays.size(); ++j)
        for (std::size_t s = 0; s < 2; ++s) {
          const Place run = {o, i, j, s};
          for (std::size_t e = 0; e < result.recorded_epochs(); ++e) {
            losses.push_back(loss_of(run, epoch_of(sweep, e), sweep.precision));
            if (sweep.train_loss) negative.push_back(-losses.back());
          }
          status.push_back(diverges(run) ? RunStatus::diverged : RunStatus::ok);
          diverged_at_epoch.push_back(diverges(run) ? 2 : -1);
        }
  // Neither side holds a NaN: they are equal only if every run was read, from its own place.
  EXPECT_TRUE(result.validation_loss == losses);
  EXPECT_TRUE(result.train_loss == negative);
  EXPECT_TRUE(result.status == status);
  EXPECT_TRUE(result.diverged_at_epoch == diverged_at_epoch);
}

class Store : public InFolder {
 protected:
  fs::path where() const { return folder / "r.zarr"; }
  /// Kept as long as the test.
  const PreparedSweep& prepared(const Sweep& sweep) const {
    return prepared_.emplace_back(sweep, 1);
  }
  StoreSink open(const Sweep& sweep) const {
    return {where(), prepared(sweep), {"a device", "", "words"}};
  }
  /// A result without runs that another version of the program has cut its own way.
  void create(const Sweep& sweep, const Cut& cut) const {
    std::vector<zarr::Member> members = coordinates(sweep);
    for (const auto& array : result_arrays(sweep, cut)) members.push_back(array);
    ASSERT_TRUE(
        zarr::Group(where(), members).create({{"configuration", configuration(prepared(sweep))}}));
  }
  void make(const Sweep& sweep) const {
    StoreSink store = open(sweep);
    fill(store, sweep);
  }
  void expect_refusal(const Sweep& sweep, const std::string& part) const {
    EXPECT_THAT([&] { open(sweep); },
                ThrowsMessage<InputError>(
                    AllOf(StartsWith(where().string()), HasSubstr(part), Not(HasSubstr("\n")))));
  }

 private:
  mutable std::deque<PreparedSweep> prepared_;
};

TEST_F(Store, ReadsBackEveryRunOfGridsThatFitNoChunk) {
  constexpr auto fp32 = Precision::fp32, fp64 = Precision::fp64;
  const Shape shapes[] = {{33, 35, fp32, false, false}, {33, 35, fp64, true, true},
                          {6, 5, fp32, true, false},    {6, 5, fp64, false, true},
                          {32, 32, fp32, false, false}, {65, 1, fp32, false, true},
                          {1, 1, fp64, true, false}};
  for (const Shape& shape : shapes) {
    SCOPED_TRACE(testing::Message() << shape.learning_rates << " x " << shape.weight_decays);
    const auto sweep = sweep_of(shape);
    make(sweep);
    expect_filled(read_result(where()), sweep);
    fs::remove_all(where());
  }
}

TEST_F(Store, CutsTheGridIntoUnitsThatHoldEachRunOnce) {
  const auto sweep = sweep_of({33, 35, Precision::fp32, false, false});
  const StoreSink store = open(sweep);
  const auto units = all_units(store, sweep);
  EXPECT_GT(units.size(), 4U) << "else no unit ends within the grid";
  std::set<std::tuple<std::size_t, std::size_t, std::size_t, std::size_t>> seen;
  std::size_t count = 0;
  for (const Unit& unit : units)
    for (const Place& run : runs_of(unit)) {
      seen.insert({run.optimizer, run.rate, run.decay, run.seed});
      ++count;
    }
  EXPECT_EQ(seen.size(), std::size_t{2 * 33 * 35 * 2});
  EXPECT_EQ(count, seen.size());
}

TEST_F(Store, TellsRunsThatWereNotMadeFromAllValues) {
  const auto sweep = sweep_of({33, 2, Precision::fp64, true, true});
  StoreSink store = open(sweep);
  const Unit unit = all_units(store, sweep)[1];
  take(store, sweep, unit);
  const Result result = read_result(where());
  std::size_t made = 0;
  for (std::size_t run = 0; run < result.run_count(); ++run) {
    const bool not_run = result.status[run] == RunStatus::not_run;
    if (!not_run) ++made;
    for (std::size_t e = 0; e < 3; ++e) {
      EXPECT_EQ(std::isnan(result.validation_loss[run * 3 + e]), not_run);
      EXPECT_EQ(std::isnan(result.train_loss[run * 3 + e]), not_run);
    }
    EXPECT_EQ(result.diverged_at_epoch[run] == -1, not_run || result.status[run] == RunStatus::ok);
  }
  EXPECT_EQ(made, unit.runs());
}

TEST_F(Store, KnowsWhichUnitsAreMissingDamagedAndDone) {
  const auto sweep = sweep_of({8, 8, Precision::fp32, true, true});
  StoreSink store = open(sweep);
  const auto units = all_units(store, sweep);
  ASSERT_EQ(units.size(), 4U);  // two optimizers, two seeds
  using State = Sink::State;
  const auto states = [&] {
    std::vector<State> all;
    for (const Unit& unit : units) all.push_back(store.state(unit));
    return all;
  };
  EXPECT_EQ(states(), std::vector(4, State::missing));
  take(store, sweep, units[2]);
  EXPECT_EQ(states(), (std::vector{State::missing, State::missing, State::done, State::missing}));
  fill(store, sweep);
  EXPECT_EQ(states(), std::vector(4, State::done));

  ASSERT_EQ(units[3], (Unit{1, {0, 8}, {0, 8}, {1, 2}}));
  for (const std::string file : {"validation_loss/c.1.0.0.1.0", "train_loss/c.1.0.0.1.0",
                                 "diverged_at_epoch/c.1.0.0.1", "status/c.1.0.0.1"}) {
    SCOPED_TRACE(file);
    const auto chunk = where() / file;
    const auto sound = bytes_of(chunk);
    ASSERT_GT(sound.size(), 4U);
    const auto half = sound.size() / 2;
    for (const auto& broken :
         {flipped(sound, 0), flipped(sound, half), flipped(sound, sound.size() - 1),
          sound.substr(0, half), sound.substr(0, 3), ""s, sound + '\0', sound + sound,
          // Checksums that fit, behind too few bytes and too many.
          zarr::with_checksum(""), zarr::with_checksum(sound)}) {
      put(chunk, broken);
      EXPECT_EQ(states(), (std::vector{State::done, State::done, State::done, State::damaged}))
          << broken.size() << " bytes";
      EXPECT_THAT([&] { read_result(where()); },
                  ThrowsMessage<InputError>(HasSubstr(chunk.string())));
    }
    fs::remove(chunk);
    EXPECT_EQ(states(), (std::vector{State::done, State::done, State::done, State::missing}));
    fill(store, sweep);
    EXPECT_EQ(bytes_of(chunk), sound);
  }
  expect_filled(read_result(where()), sweep);
}

TEST_F(Store, OpensTheSameSweepAgainAndKeepsWhatIsDone) {
  const auto sweep = sweep_of({});
  make(sweep);
  const auto before = files_of(where());
  Sweep elsewhere = sweep;
  elsewhere.problem_source = "the same numbers, from another file";
  const StoreSink again(where() / "", prepared(elsewhere),
                        {"another device", "1.0", "other words"});
  for (const Unit& unit : all_units(again, sweep)) EXPECT_EQ(again.state(unit), Sink::State::done);
  EXPECT_TRUE(files_of(where()) == before);
}

TEST_F(Store, GoesOnInTheCutThatAResultWasCreatedWith) {
  const auto sweep = sweep_of({33, 35, Precision::fp32, true, true});
  create(sweep, {32, 32, 1});
  ASSERT_NE(even_cut(sweep), (Cut{32, 32, 1}));
  StoreSink store = open(sweep);
  EXPECT_EQ(store.cut(), (Cut{32, 32, 1}));
  EXPECT_EQ(cut_at(where(), sweep), (Cut{32, 32, 1}));
  take(store, sweep, all_units(store, sweep)[5]);
  StoreSink again = open(sweep);
  EXPECT_EQ(again.state(all_units(again, sweep)[5]), Sink::State::done);
  fill(again, sweep);
  expect_filled(read_result(where()), sweep);
  EXPECT_TRUE(fs::exists(where() / "status" / "c.1.1.1.1"));
  EXPECT_FALSE(fs::exists(where() / "status" / "c.1.2.1.1"));
}

TEST_F(Store, KeepsItsCutIfOneDescriptionTellsAnother) {
  const auto sweep = sweep_of({33, 35, Precision::fp32, false, false});
  make(sweep);
  const auto sound = files_of(where());
  using Json = nlohmann::ordered_json;  // In the order of the file.
  const Json::json_pointer chunks("/chunk_grid/configuration/chunk_shape");
  for (const std::string name : {"validation_loss", "status", "diverged_at_epoch"}) {
    Json description = Json::parse(bytes_of(where() / name / "zarr.json"));
    description[chunks] = {1, 3, 5, 2};
    put(where() / name / "zarr.json", description.dump());
    make(sweep);
    EXPECT_TRUE(files_of(where()) == sound) << name;
    Json group = Json::parse(bytes_of(where() / "zarr.json"));
    group["consolidated_metadata"]["metadata"][name][chunks] = {1, 3, 5, 2};
    put(where() / "zarr.json", group.dump());
    make(sweep);
    EXPECT_TRUE(files_of(where()) == sound) << name;
  }
}

TEST_F(Store, RefusesAnotherSweepAndNamesTheFirstDifference) {
  const auto sweep = sweep_of({});
  make(sweep);
  const auto before = files_of(where());
  const auto expect = [&](auto change, const std::string& difference) {
    Sweep other = sweep;
    change(other);
    expect_refusal(other, "holds another sweep: " + difference);
  };
  expect([](Sweep& s) { s.precision = Precision::fp64; },
         "precision is \"fp32\" there, but \"fp64\" here");
  expect([](Sweep& s) { s.optimizers.pop_back(); }, "optimizers is");
  expect(
      [](Sweep& s) {
        s.optimizers[1] = choose_optimizer("sgd", {{"momentum", 0.9}});
      },
      "optimizers is");
  expect([](Sweep& s) { std::swap(s.optimizers[0], s.optimizers[1]); }, "optimizers is");
  expect([](Sweep& s) { s.schedule = parse_schedule("linear"); }, "schedule is");
  expect([](Sweep& s) { s.schedule = parse_schedule("constant:warmup=1"); }, "schedule is");
  expect([](Sweep& s) { s.epochs = 4; }, "epochs is 3 there, but 4 here");
  expect([](Sweep& s) { s.batch_size = 4; }, "batch_size is 2 there, but 4 here");
  expect([](Sweep& s) { s.first_seed = 0; }, "first_seed is 7 there, but 0 here");
  expect([](Sweep& s) { s.seeds = 3; }, "seeds is 2 there, but 3 here");
  expect(
      [](Sweep& s) {
        s.row_orders.assign(2, {0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3});
      },
      "row_orders is");
  expect([](Sweep& s) { s.record_epochs = true; }, "recorded is \"final\" there, but \"epoch\"");
  expect([](Sweep& s) { s.train_loss = true; }, "train_loss is false there, but true here");
  expect([](Sweep& s) { s.problem.features(3, 1) = 1e-300; }, "train_features is");
  expect([](Sweep& s) { s.problem.targets[0] = std::nextafter(1.0, 2.0); }, "train_targets is");
  expect([](Sweep& s) { s.problem.validation_features(0, 0) = 1; }, "validation_features is");
  expect([](Sweep& s) { s.problem.validation_targets[0] = 1; }, "validation_targets is");
  expect([](Sweep& s) { s.learning_rates.pop_back(); }, "learning_rates is 6 there, but 5 here");
  expect([](Sweep& s) { s.learning_rates[5] = std::nextafter(s.learning_rates[5], 9); },
         "learning_rate_values is");
  expect([](Sweep& s) { s.weight_decays.pop_back(); }, "weight_decays is 5 there, but 4 here");
  expect([](Sweep& s) { s.weight_decays[4] = 7; }, "weight_decay_values is");
  // With several differences, the first in the order of the configuration.
  expect([](Sweep& s) { s.seeds = s.epochs = 5; }, "epochs is 3 there, but 5 here");
  EXPECT_TRUE(files_of(where()) == before);
}

TEST_F(Store, RefusesTheSameSweepInAnotherSpace) {
  Sweep sweep = sweep_of({});
  sweep.optimizers = {choose_optimizer("sgd", {})};
  make(sweep);
  const json made = json::parse(read_result(where()).attributes)["configuration"]["spaces"];
  EXPECT_EQ(made, json::array({"weights"})) << "4 rows of 2 features are not for Gram space";
  sweep.gram = GramMode::off;
  EXPECT_NO_THROW(open(sweep)) << "the choice does not matter, what came of it does";
  sweep.gram = GramMode::on;
  expect_refusal(sweep, R"(spaces is ["weights"] there, but ["gram"] here)");
}

TEST_F(Store, RefusesAPathThatHoldsSomethingElse) {
  const auto sweep = sweep_of({});
  fs::create_directory(where());
  put(where() / "notes.txt", "mine");
  expect_refusal(sweep, "not a result");
  EXPECT_EQ(files_of(where()), (std::map<std::string, std::string>{{"notes.txt", "mine"}}));
  EXPECT_THROW(read_result(where()), InputError);
  put(where() / "zarr.json", R"({"zarr_format": 3, "node_type": "group", "attributes": {}})");
  expect_refusal(sweep, "not a result");
  EXPECT_THROW(read_result(where()), InputError);
  fs::remove_all(where());
  put(where(), "mine");
  expect_refusal(sweep, "");
  EXPECT_EQ(bytes_of(where()), "mine");
  EXPECT_THROW(read_result(where()), InputError);
  EXPECT_THAT([&] { read_result(folder / "none.zarr"); },
              ThrowsMessage<InputError>(HasSubstr("none.zarr")));
  const fs::path below_a_file = where() / "r.zarr";
  EXPECT_THROW(StoreSink(below_a_file, prepared(sweep), {}), InputError);
}

TEST_F(Store, TakesAnEmptyFolderAndMakesThoseAbove) {
  const auto sweep = sweep_of({});
  fs::create_directory(where());
  make(sweep);
  expect_filled(read_result(where()), sweep);
  const auto deep = folder / "a" / "b" / "r.zarr";
  const StoreSink store(deep, prepared(sweep), {});
  EXPECT_EQ(read_result(deep).status, std::vector(120, RunStatus::not_run));
}

TEST_F(Store, LeavesNoTemporaryFilesAndTidiesThoseOfDeadProcesses) {
  const auto sweep = sweep_of({});
  StoreSink store = open(sweep);
  fill(store, sweep);
  const auto files = files_of(folder);
  const pid_t dead = ::fork();
  if (dead == 0) ::_exit(0);
  ::waitpid(dead, nullptr, 0);
  std::array<char, 256> host = {};
  ::gethostname(host.data(), host.size() - 1);
  const auto left_by = [&](const std::string& name, pid_t process) {
    return "." + name + "." + host.data() + "-" + std::to_string(process) + ".tmp";
  };
  const auto chunk = where() / "status" / left_by("c.0.0.0.0", dead);
  const auto living = where() / "status" / left_by("c.0.0.0.0", ::getppid());
  const auto group = folder / left_by("r.zarr", dead);
  put(chunk, "half");
  put(living, "half");
  fs::create_directory(group);
  put(group / "zarr.json", "half");
  expect_filled(read_result(where()), sweep);
  store.finish();
  EXPECT_FALSE(fs::exists(chunk));
  EXPECT_FALSE(fs::exists(group));
  EXPECT_TRUE(fs::exists(living)) << "another process is writing it";
  fs::remove(living);
  EXPECT_TRUE(files_of(folder) == files);
}

/// Whatever is written over a file that describes the result, opening its sweep again must either
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
            "no JSON",
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
      // A letter in a long_name may change without harm; a number must not.
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
  EXPECT_EQ(tried, 14U);  // five coordinates with their chunk, four arrays
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
  const std::map<std::string, json> expected = {
      {"validation_loss",
       array("float64", {2, 33, 35, 2, 3}, {1, 11, 7, 1, 3}, "NaN", records, numbers)},
      {"diverged_at_epoch", array("int32", {2, 33, 35, 2}, {1, 11, 7, 1}, -1, runs, numbers)},
      {"status", array("uint8", {2, 33, 35, 2}, {1, 11, 7, 1}, 255, runs, numbers)},
      {"optimizer", one("optimizer", "string", 2, "", {{"name", "vlen-utf8"}})},
      {"learning_rate", one("learning_rate", "float64", 33, "NaN", numbers)},
      {"weight_decay", one("weight_decay", "float64", 35, "NaN", numbers)},
      {"seed", one("seed", "int64", 2, 0, numbers)},
      {"epoch", one("epoch", "int64", 3, 0, numbers)}};
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
  const json status = parsed(where() / "status" / "zarr.json")["attributes"];
  EXPECT_EQ(status["flag_values"], (json{0, 1, 255}));
  EXPECT_EQ(status["flag_meanings"], "ok diverged not_run");
  // Both halves of the rule that hand_worked_test.cpp checks.
  const json diverged = parsed(where() / "diverged_at_epoch" / "zarr.json")["attributes"];
  EXPECT_THAT(diverged["comment"].get<std::string>(),
              AllOf(HasSubstr("weight"), HasSubstr("validation loss")));
  for (const std::string chunk : {"validation_loss/c.1.2.4.1.0", "status/c.1.0.4.0"})
    EXPECT_TRUE(fs::exists(where() / chunk)) << chunk;
}

TEST_F(Store, SaysHowItCameAbout) {
  Sweep sweep = sweep_of({});
  sweep.optimizers[1] = choose_optimizer("sgd", {{"momentum", 0.9}});
  sweep.problem_source = "by hand";
  const StoreSink store(where(), prepared(sweep), {"a device", "a driver", "lrscape \xff"});
  const json attributes = json::parse(read_result(where()).attributes);
  EXPECT_EQ(attributes["device"], "a device");
  EXPECT_EQ(attributes["driver"], "a driver");
  EXPECT_EQ(attributes["command_line"], "lrscape \xef\xbf\xbd") << "what is no UTF-8 is replaced";
  EXPECT_EQ(attributes["problem"], "by hand");
  for (const std::string key : {"version", "commit", "compiler", "flags", "configuration_hash"})
    EXPECT_FALSE(attributes[key].get<std::string>().empty()) << key;
  const json& configuration = attributes["configuration"];
  EXPECT_EQ(configuration["numerics"], 2) << "see the changelog";
  EXPECT_EQ(configuration["precision"], "fp32");
  EXPECT_EQ(configuration["random_generator"], "philox4x32-10");
  EXPECT_EQ(configuration["optimizers"][1]["momentum"], 0.9);
  EXPECT_EQ(configuration["optimizers"][0]["beta2"], 0.999);
  EXPECT_EQ(configuration["epochs"], 3);
}

TEST_F(Store, WritesAChunkAsItsBytesAndTheirChecksum) {
  // One cell, so that a chunk is one number. 5/3 in double is 3FFAAAAAAAAAAAAB.
  Sweep sweep = sweep_of({1, 1, Precision::fp64, false, false});
  sweep.seeds = 1;
  sweep.optimizers.pop_back();
  StoreSink store = open(sweep);
  RunResults result = empty_results(sweep, 1, false);
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
  // The second block of learning rates holds one of 32 rows.
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
  // Lengths that no unrolled loop divides.
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
  // numcodecs' VLenUTF8: the number of strings, then each with its length in bytes in front.
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
