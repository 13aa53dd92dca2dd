#include "cli/remedies.hpp"

#include <fmt/format.h>

namespace lrscape::cli {
namespace {

/// A switch without a default, so that the compiler names a remedy that has no words.
std::string_view words(Remedy remedy) {
  switch (remedy) {
    case Remedy::none:
      return "";
    case Remedy::cpu:
      return "; --device cpu works everywhere";
    case Remedy::cpu_or_other_gpu:
      return "; lrscape devices lists the GPUs, and --device cpu works everywhere";
    case Remedy::cpu_memory:
      return "; --device cpu needs no memory of the GPU";
    case Remedy::automatic_gram:
      return "; --gram auto leaves it out";
    case Remedy::other_result:
      return "; choose another --out";
    case Remedy::other_result_or_remove:
      return "; choose another --out or remove it";
    case Remedy::rerun_or_remove:
      return "; run its sweep again into another --out, or remove it first";
    case Remedy::stage:
      return "; choose another --stage";
    case Remedy::stages:
      return "; choose another --stages";
    case Remedy::fewer_stages:
      return "; choose fewer --stages";
    case Remedy::fewer_or_longer_stages:
      return "; choose fewer --stages or a longer --stage";
    case Remedy::steps:
      return "; choose another --steps";
    case Remedy::steps_per_epoch:
      return "; give it with --steps-per-epoch";
    case Remedy::single_horizon:
      return "; choose one of them with --at";
    case Remedy::all_or_some_horizons:
      return "; --anytime and --at exclude each other";
    case Remedy::formula:
      return "; choose another --formula";
    case Remedy::formula_or_method:
      return "; leave --formula or --method out";
  }
  return "";
}

}  // namespace

std::string with_remedy(std::string_view message, Remedy remedy) {
  return fmt::format("{}{}", message, words(remedy));
}

std::string with_remedy(const Error& error) { return with_remedy(error.what(), error.remedy()); }

}  // namespace lrscape::cli
