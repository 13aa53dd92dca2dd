#include "lrscape/store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>

#include "lrscape/error.hpp"
#include "store/zarr.hpp"
#include "stored_sweep.hpp"

namespace lrscape::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;
using testing::ThrowsMessage;
using namespace std::string_literals;

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
          // Valid checksums after too few and too many bytes.
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
  EXPECT_EQ(cut_at(where(), prepared(sweep)), (Cut{32, 32, 1}));
  take(store, sweep, all_units(store, sweep)[5]);
  StoreSink again = open(sweep);
  EXPECT_EQ(again.state(all_units(again, sweep)[5]), Sink::State::done);
  fill(again, sweep);
  expect_filled(read_result(where()), sweep);
  EXPECT_TRUE(fs::exists(where() / "status" / "c.1.1.1.1"));
  EXPECT_FALSE(fs::exists(where() / "status" / "c.1.2.1.1"));
}

TEST_F(Store, WritesNoEpochsOfDivergenceWhereNoRunDiverged) {
  const auto sweep = sweep_of({8, 8, Precision::fp32, false, false});
  StoreSink store = open(sweep);
  const Unit unit = all_units(store, sweep)[0];
  RunResults sound = results_of(sweep, unit);
  RunResults calm = sound;
  std::ranges::fill(calm.status, RunStatus::ok);
  std::ranges::fill(calm.diverged_at_epoch, -1);
  const fs::path chunk = where() / "diverged_at_epoch" / "c.0.0.0.0";
  store.take({&unit, 1}, {&calm, 1});
  EXPECT_FALSE(fs::exists(chunk));
  EXPECT_EQ(store.state(unit), Sink::State::done);
  EXPECT_THAT(read_result(where()).diverged_at_epoch, testing::Each(-1));

  // Earlier versions wrote the chunk. It must be sound, and must agree with the statuses.
  std::string written;
  for (std::size_t run = 0; run < unit.runs(); ++run) written += "\xff\xff\xff\xff";
  put(chunk, zarr::with_checksum(written));
  EXPECT_EQ(store.state(unit), Sink::State::done);
  EXPECT_THAT(read_result(where()).diverged_at_epoch, testing::Each(-1));
  put(chunk, flipped(bytes_of(chunk), 0));
  EXPECT_EQ(store.state(unit), Sink::State::damaged);
  written[0] = '\0';
  put(chunk, zarr::with_checksum(written));
  EXPECT_THAT([&] { read_result(where()); },
              ThrowsMessage<InputError>(
                  AllOf(HasSubstr("diverged_at_epoch"), HasSubstr("the status of the runs"))));
  store.take({&unit, 1}, {&calm, 1});
  EXPECT_FALSE(fs::exists(chunk));

  store.take({&unit, 1}, {&sound, 1});
  EXPECT_EQ(store.state(unit), Sink::State::done);
  fs::remove(chunk);
  EXPECT_EQ(store.state(unit), Sink::State::missing);
  EXPECT_THROW(read_result(where()), InputError);
}

TEST_F(Store, KeepsItsCutIfOneDescriptionTellsAnother) {
  const auto sweep = sweep_of({33, 35, Precision::fp32, false, false});
  make(sweep);
  const auto sound = files_of(where());
  // ordered_json keeps the order of the keys in the file.
  const nlohmann::ordered_json::json_pointer chunks("/chunk_grid/configuration/chunk_shape");
  for (const std::string name : {"validation_loss", "status", "diverged_at_epoch"}) {
    nlohmann::ordered_json description =
        nlohmann::ordered_json::parse(bytes_of(where() / name / "zarr.json"));
    description[chunks] = {1, 3, 5, 2};
    put(where() / name / "zarr.json", description.dump());
    make(sweep);
    EXPECT_TRUE(files_of(where()) == sound) << name;
    nlohmann::ordered_json group = nlohmann::ordered_json::parse(bytes_of(where() / "zarr.json"));
    group["consolidated_metadata"]["metadata"][name][chunks] = {1, 3, 5, 2};
    put(where() / "zarr.json", group.dump());
    make(sweep);
    EXPECT_TRUE(files_of(where()) == sound) << name;
  }
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
  struct stat space = {};
  ASSERT_EQ(::stat("/proc/self/ns/pid", &space), 0);
  const auto left_by = [&](const std::string& name, pid_t process) {
    return "." + name + "." + host.data() + "." + std::to_string(space.st_ino) + "-" +
           std::to_string(process) + "-0123456789abcdef.tmp";
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
  const json configuration = configuration_in(read_result(where()));
  EXPECT_EQ(configuration["numerics"], 2) << "see the changelog";
  EXPECT_EQ(configuration["precision"], "fp32");
  EXPECT_EQ(configuration["random_generator"], "philox4x32-10");
  EXPECT_EQ(configuration["optimizers"][1]["momentum"], 0.9);
  EXPECT_EQ(configuration["optimizers"][0]["beta2"], 0.999);
  EXPECT_EQ(configuration["epochs"], 3);
}

TEST_F(Store, NoticesAnotherResultInItsPlace) {
  const Sweep sweep = sweep_of({});
  const PreparedSweep prepared(sweep);
  StoreSink sink(where(), prepared, {});
  const auto units = units_of(sweep, sink.cut());
  const auto results = empty_results(sweep, units[0].runs());
  sink.take({&units[0], 1}, {&results, 1});
  fs::rename(where(), where().string() + ".moved");
  const StoreSink other(where(), prepared, {});
  EXPECT_THROW(sink.take({&units[0], 1}, {&results, 1}), InterruptedError);
  EXPECT_EQ(other.state(units[0]), Sink::State::missing);
  EXPECT_THROW(sink.finish(), InterruptedError);
}

TEST_F(Store, SaysThatALinkLeadsNowhere) {
  fs::create_symlink("nowhere", where());
  expect_refusal(sweep_of({}), "it is a link that leads nowhere");
}

TEST_F(Store, FillsAnEmptyFolderBehindALink) {
  const fs::path behind = where().parent_path() / "behind";
  fs::create_directory(behind);
  fs::create_directory_symlink(behind, where());
  const PreparedSweep prepared(sweep_of({}));
  const StoreSink sink(where(), prepared, {});
  EXPECT_TRUE(fs::is_symlink(where()));
  EXPECT_TRUE(fs::exists(behind / "zarr.json"));
}

}  // namespace
}  // namespace lrscape::test
