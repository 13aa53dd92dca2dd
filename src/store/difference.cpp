#include "store/difference.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <span>
#include <utility>

#include "base/text.hpp"
#include "store/difference_words.hpp"

namespace lrscape {
namespace {

struct Subject {
  std::string_view key, words;
};

/// Keys whose values speak for themselves.
constexpr Subject subjects[] = {
    {"numerics", "the version of the numerics is"},
    {"precision", "the precision is"},
    {"math", "the math mode is"},
    {"schedule", "the schedule is"},
    {"epochs", "the number of epochs is"},
    {"batch_size", "the batch size is"},
    {"first_seed", "the first seed is"},
    {"seeds", "the number of seeds is"},
    {"random_generator", "the random generator is"},
    {"train_rows", "the number of training rows is"},
    {"validation_rows", "the number of validation rows is"},
    {"features", "the number of features is"},
    {"formula", "the formula is"},
    {"method", "the method is"},
    {"schedules", "the number of schedules is"},
    {"steps_per_epoch", "the number of steps per epoch is"},
    {"gradient_norms", "the law of the gradient norms is"},
    {"distance", "the distance is"},
};

/// Keys whose values are checksums. A difference in one of the keys `because` explains a different
/// checksum.
struct Summary {
  std::string_view key, words;
  std::vector<std::string_view> because;
};

const std::vector<Summary>& summaries() {
  static const std::vector<Summary> all = {
      {"schedule_values",
       "the values of the schedule differ (same schedule, other values: from another file or "
       "another "
       "C library)",
       {"schedule", "epochs", "batch_size", "train_rows"}},
      {"gradient_norm_values",
       "the gradient norms differ (same law, other values)",
       {"gradient_norms"}},
      {"schedule_texts",
       "the schedules differ: other values in a file, or another schedule after the first 1,000",
       {"schedules", "first_schedules"}},
  };
  return all;
}

/// The checksums of a problem's arrays, and the keys that hold their shapes.
const std::vector<Summary>& arrays_of_a_problem() {
  static const std::vector<Summary> all = {
      {"train_features", "training features", {"train_rows", "features"}},
      {"train_targets", "training targets", {"train_rows"}},
      {"validation_features", "validation features", {"validation_rows", "features"}},
      {"validation_targets", "validation targets", {"validation_rows"}},
  };
  return all;
}

class Comparison {
 public:
  Comparison(const nlohmann::ordered_json& there, const nlohmann::ordered_json& here,
             const std::function<AxisValues(std::string_view name)>& axis)
      : there_(there), here_(here), axis_(axis) {
    if (differs("parameters")) compare_parameters();
    if (differs("weights"))
      add(fmt::format("only {} records weights",
                      here_.contains("weights") ? "this command" : "the result"));
    for (const auto& [key, value] : here.items()) {
      if (key == "parameters" || key == "weights") continue;
      if (!there_.contains(key))
        add(fmt::format("the result has no \"{}\"", key));
      else if (differs(key))
        compare(key);
    }
    for (const auto& [key, value] : there.items())
      if (!here_.contains(key) && key != "parameters" && key != "weights")
        add(fmt::format("the result has \"{}\", which this version does not know",
                        printable(key, 40)));
    if (found_.empty() && there_ != here_) add("the configurations differ");
  }

  std::string text() && {
    constexpr std::size_t most = 3;
    const std::size_t all = found_.size();
    if (all > most) {
      found_.resize(most);
      found_.push_back(fmt::format("and {} more", all - most));
    }
    return fmt::format("{}", fmt::join(found_, "; "));
  }

 private:
  void add(std::string text) { found_.push_back(std::move(text)); }

  bool differs(std::string_view key) const {
    const std::string name(key);
    return there_.contains(name) != here_.contains(name) ||
           (here_.contains(name) && there_.at(name) != here_.at(name));
  }

  void compare(const std::string& key) {
    const Sorted& there = there_.at(key);
    const Sorted& here = here_.at(key);
    if (const auto* const it = std::ranges::find(subjects, key, &Subject::key);
        it != std::end(subjects))
      return add(is_there_but_here(it->words, plain(there), plain(here)));
    for (const Summary& summary : summaries())
      if (summary.key == key) {
        if (is_unexplained(summary)) add(std::string(summary.words));
        return;
      }
    if (std::ranges::count(arrays_of_a_problem(), key, &Summary::key) > 0) return compare_data();
    if (key == "optimizers") return compare_optimizers(there, here);
    if (key == "spaces") return compare_spaces(there, here);
    if (key == "row_orders") return compare_row_orders(there, here);
    if (key == "recorded")
      return add(is_there_but_here("losses are recorded", recorded(there), recorded(here)));
    if (key == "train_loss")
      return add(fmt::format("only {} records training losses",
                             here == Sorted(true) ? "this command" : "the result"));
    if (key == "first_schedules") return compare_schedules(there, here);
    if (key == "steps") return compare_lists("the numbers of steps", there, here);
    if (key == "gammas") return compare_lists("the base learning rates", there, here);
    if (key == "horizons") return compare_horizons(there, here);
    if (key == "learning_rates" || key == "learning_rate_values")
      return compare_axis("learning_rate", "the learning rates", key);
    if (key == "weight_decays" || key == "weight_decay_values")
      return compare_axis("weight_decay", "the weight decays", key);
    add(is_there_but_here(fmt::format("\"{}\" is", key), plain(there), plain(here)));
  }

  bool is_unexplained(const Summary& summary) const {
    return differs(summary.key) && std::ranges::none_of(summary.because, [&](std::string_view key) {
             return differs(key);
           });
  }

  /// Says once which of the problem's arrays differ.
  void compare_data() {
    if (std::exchange(compared_data_, true)) return;
    std::vector<std::string_view> names;
    for (const Summary& array : arrays_of_a_problem())
      if (is_unexplained(array)) names.push_back(array.words);
    if (names.empty()) return;
    if (names.size() == arrays_of_a_problem().size())
      return add(
          "the training and validation data differ (same shapes, other values: other files, or "
          "other options of the synthetic problem)");
    const std::string_view last = names.back();
    names.pop_back();
    add(fmt::format("the {}{}{} differ (same shape, other values)", fmt::join(names, ", "),
                    names.empty() ? "" : " and ", last));
  }

  static std::string recorded(const Sorted& value) {
    return value == "epoch"   ? "after every epoch"
           : value == "final" ? "after the last epoch"
                              : plain(value);
  }

  /// The number of values and the checksum of the values are two keys of one axis.
  void compare_axis(const std::string& axis, std::string_view name, std::string_view key) {
    const std::string count = axis + "s";
    if (key != count && differs(count)) return;
    const AxisValues values = axis_(axis);
    if (values.there && values.here && *values.there != *values.here)
      return add(lists_differ(name, *values.there, *values.here));
    if (differs(count))
      return add(fmt::format("{} differ: {} in the result, {} in this command", name,
                             plain(there_.at(count)), plain(here_.at(count))));
    add(fmt::format("{} differ (same number, other values)", name));
  }

  void compare_lists(std::string_view name, const Sorted& there, const Sorted& here) {
    const auto one = numbers_in(there);
    const auto other = numbers_in(here);
    if (one && other) return add(lists_differ(name, *one, *other));
    add(is_there_but_here(fmt::format("{} are", name), plain(there), plain(here)));
  }

  void compare_horizons(const Sorted& there, const Sorted& here) {
    if (numbers_in(there) && numbers_in(here) && !there.empty() && !here.empty())
      return compare_lists("the horizons", there, here);
    const auto words = [](const Sorted& value) {
      const auto numbers = numbers_in(value);
      if (!numbers) return value == "anytime" ? std::string("all") : plain(value);
      return numbers->empty() ? std::string("only the last") : described(*numbers);
    };
    add(is_there_but_here("the horizons are", words(there), words(here)));
  }

  void compare_schedules(const Sorted& there, const Sorted& here) {
    if (differs("schedules") || !there.is_array() || !here.is_array()) return;
    for (std::size_t k = 0; k < std::min(there.size(), here.size()); ++k)
      if (there[k] != here[k])
        return add(is_there_but_here(fmt::format("schedule {} is", k + 1), plain(there[k]),
                                     plain(here[k])));
  }

  /// The axes of hyper-parameters. A parameter without an axis has the value in each optimizer.
  void compare_parameters() {
    const Sorted there = there_.value("parameters", Sorted::object());
    const Sorted here = here_.value("parameters", Sorted::object());
    Sorted all = here;
    all.update(there);
    const auto words = [](const Sorted& axes, const std::string& name) {
      const auto numbers = axes.contains(name) ? numbers_in(axes.at(name)) : std::nullopt;
      return numbers ? described(*numbers) : std::string("a single value");
    };
    for (const auto& [name, unused] : all.items())
      if (there.value(name, Sorted()) != here.value(name, Sorted()))
        add(is_there_but_here(fmt::format("the axis {} is", printable(name, 40)),
                              words(there, name), words(here, name)));
  }

  bool has_axis(const std::string& parameter) const {
    for (const Sorted* one : {&there_, &here_})
      if (one->value("parameters", Sorted::object()).contains(parameter)) return true;
    return false;
  }

  static std::vector<std::string> names(const Sorted& optimizers) {
    std::vector<std::string> names;
    for (const Sorted& optimizer : optimizers)
      names.push_back(optimizer.is_object() && optimizer.contains("name")
                          ? plain(optimizer.at("name"))
                          : plain(optimizer));
    // Optimizers of one name are told apart by their hyper-parameters.
    const auto plain_names = names;
    for (std::size_t k = 0; k < names.size(); ++k) {
      if (std::ranges::count(plain_names, plain_names[k]) < 2) continue;
      for (const auto& [parameter, value] : optimizers[k].items())
        if (parameter != "name")
          names[k] += fmt::format("{}{}={}", names[k] == plain_names[k] ? ":" : ",",
                                  printable(parameter, 40), plain(value));
    }
    return names;
  }

  void compare_optimizers(const Sorted& there, const Sorted& here) {
    const auto one = names(there);
    const auto other = names(here);
    if (one != other)
      return add(is_there_but_here("the optimizers are", fmt::format("{}", fmt::join(one, ", ")),
                                   fmt::format("{}", fmt::join(other, ", "))));
    for (std::size_t k = 0; k < other.size(); ++k) {
      if (!there.is_array() || !there[k].is_object() || !here[k].is_object()) continue;
      Sorted all = here[k];
      all.update(there[k]);
      for (const auto& [parameter, unused] : all.items()) {
        const Sorted a = there[k].value(parameter, Sorted("missing"));
        const Sorted b = here[k].value(parameter, Sorted("missing"));
        if (a != b && !has_axis(parameter))
          add(is_there_but_here(
              fmt::format("the {} of {} is", printable(parameter, 40), printable(other[k], 40)),
              plain(a), plain(b)));
      }
    }
  }

  void compare_spaces(const Sorted& there, const Sorted& here) {
    if (!there_.contains("optimizers") ||
        names(there_.at("optimizers")) != names(here_.at("optimizers")))
      return;
    const auto optimizers = names(here_.at("optimizers"));
    if (!there.is_array() || there.size() != optimizers.size() || here.size() != optimizers.size())
      return add(is_there_but_here("the spaces are", plain(there), plain(here)));
    const auto words = [](const Sorted& space) {
      return space == "gram"      ? "in Gram space"
             : space == "weights" ? "on the weights"
                                  : plain(space);
    };
    for (std::size_t k = 0; k < optimizers.size(); ++k)
      if (there[k] != here[k])
        add(is_there_but_here(fmt::format("{} trains", optimizers[k]), words(there[k]),
                              words(here[k])));
  }

  void compare_row_orders(const Sorted& there, const Sorted& here) {
    const Sorted drawn = "drawn from the seed";
    if (there == drawn || here == drawn)
      return add(is_there_but_here("the orders of the rows are",
                                   there == drawn ? plain(drawn) : "given",
                                   here == drawn ? plain(drawn) : "given"));
    for (const std::string_view key : {"seeds", "epochs", "train_rows"})
      if (differs(key)) return;
    add("the given orders of the rows differ");
  }

  Sorted there_, here_;
  const std::function<AxisValues(std::string_view name)>& axis_;
  bool compared_data_ = false;
  std::vector<std::string> found_;
};

}  // namespace

std::string difference(const nlohmann::ordered_json& there, const nlohmann::ordered_json& here,
                       const std::function<AxisValues(std::string_view name)>& axis) {
  return Comparison(there, here, axis).text();
}

}  // namespace lrscape
