#include "cli/remedies.hpp"

#include <fmt/format.h>

namespace lrscape::cli {
namespace {

/// The switch has no default, so that the compiler warns about a missing remedy.
std::string_view words(Remedy remedy) {
  switch (remedy) {
    case Remedy::none:
      return "";
    case Remedy::cpu:
      return "; use --device cpu instead";
    case Remedy::cpu_or_other_gpu:
      return "; run lrscape devices to list the GPUs, or use --device cpu";
    case Remedy::cpu_memory:
      return "; --device cpu does not use GPU memory";
    case Remedy::automatic_gram:
      return "; use --gram auto to train it on the weights";
    case Remedy::other_result:
      return "; choose a different --out";
    case Remedy::other_result_or_remove:
      return "; choose a different --out, or remove the existing result";
    case Remedy::reuse_or_remove:
      return "; choose a different --out (--reuse takes over the runs that both sweeps have), or "
             "remove the existing result";
    case Remedy::rerun_or_remove:
      return "; rerun the sweep with a different --out, or remove this result first";
    case Remedy::header:
      return "; --header yes reads it as titles, --header no as values";
    case Remedy::no_header:
      return "; --header no reads it as values, --header yes as titles";
    case Remedy::drop_missing:
      return "; --drop-missing leaves out the rows with missing values";
    case Remedy::one_hot:
      return "; --one-hot encodes columns of text";
    case Remedy::fp64:
      return "; use --precision fp64";
    case Remedy::stage:
      return "; choose another --stage";
    case Remedy::stages:
      return "; choose another --stages";
    case Remedy::fewer_stages:
      return "; choose fewer --stages";
    case Remedy::fewer_or_longer_stages:
      return "; choose fewer --stages or a longer --stage";
    case Remedy::fewer_threads:
      return "; use fewer --threads";
    case Remedy::steps:
      return "; choose another --steps";
    case Remedy::own_parameters:
      return "; give its values to one optimizer, as in --optimizer sgd:momentum=0,0.9";
    case Remedy::steps_per_epoch:
      return "; set it with --steps-per-epoch";
    case Remedy::single_horizon:
      return "; evaluate the horizons separately with --at";
    case Remedy::all_or_some_horizons:
      return "; use either --anytime or --at";
    case Remedy::formula:
      return "; choose another --formula";
    case Remedy::formula_or_method:
      return "; omit --formula or --method";
  }
  return "";
}

}  // namespace

std::string with_remedy(std::string_view message, Remedy remedy) {
  return fmt::format("{}{}", message, words(remedy));
}

std::string with_remedy(const Error& error) { return with_remedy(error.what(), error.remedy()); }

}  // namespace lrscape::cli
