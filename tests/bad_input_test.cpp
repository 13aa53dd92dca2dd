#include "bad_input.hpp"

#include <sys/resource.h>

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace lrscape::test {
namespace {

namespace fs = std::filesystem;

/// Like sweep(), but on features.csv and targets.csv.
Words sweep_of_files(Options changed = {}) {
  changed.merge(Options{{"--n", ""},
                        {"--n-val", ""},
                        {"--d", ""},
                        {"--batch", "2"},
                        {"--features", "features.csv"},
                        {"--targets", "targets.csv"}});
  return sweep(changed);
}

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
  // Of the 9 steps (3 epochs of 3), at least one must follow the warmup.
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
  // No limit on address space: CUDA alone reserves more than all memory.
  const auto cpu_limit = [] { set_limit(RLIMIT_CPU, 20); };
  expect_refused(sweep({{"--device", "cuda"}}), {"cuda", "--device cpu"}, 4, cpu_limit);
  expect_refused(sweep({{"--device", "cuda:7"}}), {"cuda:7", "--device cpu"}, 4, cpu_limit);
}

TEST_F(BadInput, RefusesSizesThatNoMachineHolds) {
  const std::vector<std::pair<Options, std::string>> cases = {
      {{{"--d", "2000000000"}, {"--n", "1000"}}, "features"},
      // 3037000500^2 overflows a signed 64-bit integer, and 4294967296^2 = 2^64 wraps to 0.
      {{{"--n", "3037000500"}, {"--d", "3037000500"}}, "features"},
      {{{"--n", "4294967296"}, {"--d", "4294967296"}}, "features"},
      {{{"--n-val", "9223372036854775807"}}, "rows"},
      {{{"--epochs", "2000000000"}, {"--n", "1000"}}, "epochs"},
      {{{"--epochs", "9223372036854775807"}}, "epochs"},
      {{{"--seeds", "2000000000"}, {"--n", "1000"}}, "seeds"},
      {{{"--lr", "1e-4:1:20000"}, {"--wd", "1e-4:1:20000"}, {"--seeds", "1000000"}}, "runs"}};
  for (const auto& [changed, word] : cases) expect_refused(sweep(changed), {word});
}

TEST_F(BadInput, RefusesStacksOfThreadsThatAreTooSmall) {
  const auto with_stack = [](const char* size) {
    return [size] { ::setenv("OMP_STACKSIZE", size, 1); };
  };
  const Words two_threads = sweep({{"--threads", "2"}, {"--precision", "fp64"}});
  for (const char* const size : {"16k", "16384B", "16", "200 K"})
    expect_refused(two_threads, {std::string("OMP_STACKSIZE=") + size, "at least 256k"}, 2,
                   with_stack(size));
  // Under a sanitizer, a function needs more.
  const char* const enough = reserves_address_space ? "2M" : "256k";
  for (const char* const size : {enough, "4M", "nonsense"}) {
    const Outcome outcome = run(two_threads, with_stack(size));
    EXPECT_EQ(outcome.exit_code, 0) << size << ": " << outcome.err;
  }
  const Words curve = {"bound",     "--schedule", "cosine", "--steps", "300000",
                       "--anytime", "--threads",  "2",      "--out",   "b.zarr"};
  EXPECT_EQ(run(curve, with_stack(enough)).exit_code, 0);
}

TEST_F(BadInput, EndsInALineWhenMemoryMayNotSuffice) {
  if (reserves_address_space) GTEST_SKIP() << "a sanitizer allows no limit of the addresses";
  // Depending on the machine's memory, a sweep is refused beforehand or runs out of memory.
  for (const Options& changed :
       {Options{{"--d", "2000000000"}}, Options{{"--epochs", "2000000000"}},
        Options{{"--seeds", "2000000000"}}}) {
    SCOPED_TRACE(testing::PrintToString(changed));
    const Outcome outcome = run(sweep(changed), guard);
    EXPECT_EQ(outcome.exit_code, 2);
    expect_one_line(outcome, {"memory"});
    EXPECT_TRUE(fs::is_empty(folder));
  }
  // 14 doubles per step take 6.7 GB.
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
  expect_refused(sweep_of_files(),
                 {"features.csv", "line 2, column 2", "missing", "--drop-missing"});
  write("features.csv", "1,2\n3,4\n4,abc\n6,7\n");
  expect_refused(sweep_of_files(), {"features.csv", "line 3", "column 2", "abc", "number"});
  write("features.csv", "1,2\n3,4\n4\n6,7\n");
  expect_refused(sweep_of_files(), {"features.csv", "line 3", "1 field", "expected 2"});
  write("features.csv", "");
  expect_refused(sweep_of_files(), {"features.csv"});
  write("features.csv", "1,2\n3,4\n4,5\n6,7\n");
  write("targets.csv", "1\n2\n3\ninf\n");
  expect_refused(sweep_of_files(), {"targets.csv", "line 4", "inf", "finite"});
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
                 {"features.csv has 4 rows", "two.csv has 2 values"});
  expect_refused(sweep_of_files({{"--batch", "4"}}), {"batch", "from 1 to 3", "not 4"});
}

}  // namespace
}  // namespace lrscape::test
