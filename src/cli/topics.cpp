#include "cli/topics.hpp"

#include <fmt/format.h>

#include <concepts>
#include <span>

#include "choice/parameter_check.hpp"
#include "cli/application.hpp"
#include "cli/rules.hpp"
#include "lrscape/optimizer/list.hpp"
#include "lrscape/schedule/list.hpp"
#include "lrscape/schedule_spec.hpp"

namespace lrscape::cli {
namespace {

/// Appends a definition of each parameter: meaning, allowed values and, if any, default.
void append(std::vector<Entry>& entries, std::span<const Parameter> parameters,
            bool have_defaults) {
  for (const Parameter& parameter : parameters) {
    std::string text = described(parameter);
    if (have_defaults) text += fmt::format(" [{}]", value_text(parameter, parameter.default_value));
    entries.push_back(definition(std::string(parameter.name), text, 1));
  }
}

Page optimizers_page() {
  Section list = {"Optimizers", {}};
  Optimizers::for_each([&]<class O>() {
    std::string options;
    for (const Parameter& parameter : O::hyperparameters)
      options += fmt::format("{} --{}", options.empty() ? ";" : ",", parameter.name);
    list.entries.push_back(definition(std::string(O::name), std::string(O::summary) + options));
  });
  Section hyperparameters = {"Hyper-parameters", {}};
  for (const auto& [parameter, help] : shared_hyperparameters<Optimizers>())
    hyperparameters.entries.push_back(definition("--" + std::string(parameter.name), help));
  return {
      {"",
       {paragraph(
           "--optimizer takes one or more optimizers, separated by commas, and may be repeated. "
           "The options below set a hyper-parameter of all optimizers that have it; several values "
           "make a dimension of the result, if every optimizer has the hyper-parameter. "
           "NAME:PARAMETER=VALUES,... sets those of one optimizer, "
           "and each combination is an optimizer of the result. In the updates below, w is "
           "a weight, g its gradient, lr the learning rate, eta the multiplier of the schedule, wd "
           "the weight decay, u = m / (sqrt(v) + epsilon) the direction of Adam from its "
           "bias-corrected moments, and b the direction of SGD: its momentum buffer, or g without "
           "momentum. Weights start at 0.")}},
      std::move(list),
      std::move(hyperparameters),
      {"Examples",
       {example({"lrscape sweep --optimizer adamw-pt,adamw-lh --beta2 0.99 --lr 1e-4:1:32 "
                 "--wd 1e-4:1:32 --out adamw.zarr",
                 "Both forms of AdamW, with beta2 = 0.99."}),
        example({"lrscape sweep --optimizer sgd:momentum=0.9 --optimizer "
                 "adamw-pt:beta2=0.95:0.999:4 --lr 1e-4:1:32 --wd 0.1 --out both.zarr",
                 "SGD with momentum, and AdamW with four values of beta2."}),
        example({"lrscape sweep --optimizer sgd --momentum 0.9 --nesterov --lr 1e-6:1e-3:32 "
                 "--wd 0,1e-4:1:31 --out sgd.zarr",
                 "SGD with Nesterov's momentum; the first weight decay is 0."})}}};
}

Page schedules_page() {
  Section list = {"Schedules", {}};
  Schedules::for_each([&]<class S>() {
    list.entries.push_back(definition(std::string(S::name), std::string(S::summary)));
    append(list.entries, S::parameters, true);
    // The list of a custom schedule is its file, which has no parameter name.
    if constexpr (requires { S::lists; } && !std::same_as<S, schedule::Custom>)
      append(list.entries, S::lists, false);
  });
  Section common = {
      "Parameters of every schedule",
      {paragraph(
          "The schedule's own t counts from 1 after the warmup. A cooldown of N = "
          "floor(cooldown (T + 1)) steps decays from the value at step T + 1 - N to 0 at step "
          "T + 1.")}};
  append(common.entries, common_schedule_parameters(), true);
  for (Entry& entry : common.entries) entry.level = 0;
  return {
      {"",
       {paragraph("A schedule multiplies the learning rate of step t by eta_t, t = 1 .. T. It is "
                  "written as a name or as name:parameter=value,... A schedule that falls to "
                  "zero reaches it at step T + 1, so that the last step is positive. "
                  "A parameter can have several values or ranges lo:hi:count; sweep and bound "
                  "use every combination.")}},
      std::move(list),
      std::move(common),
      {"Examples",
       {example({"lrscape sweep --schedule cosine:warmup=50 --optimizer adamw-pt --lr 1e-4:1:32 "
                 "--wd 1e-2 --out cosine.zarr",
                 "A cosine after 50 steps of warmup."}),
        example(
            {"lrscape bound --schedule sqrt:warmup=50,cooldown=0.2 --steps 1000",
             "eta rises for 50 steps, falls like 1/sqrt(t - 50), and decays to zero in a cooldown "
             "of 200 steps."}),
        example({"lrscape bound --schedule wsd:cooldown=0.05:0.95:19,shape=sqrt --steps 4000",
                 "The bounds for 19 cooldowns."}),
        example({"lrscape bound --schedule piecewise:milestones=100/200,factors=0.5/0.1 "
                 "--steps 300",
                 "Half the learning rate after step 100, a twentieth after step 200."}),
        example({"lrscape bound --schedule custom:eta.csv,column=2",
                 "The second column of a file, one row per step."})}}};
}

Page ranges_page() {
  return {
      {"",
       {paragraph("Options such as --lr, --wd, --gamma and --steps take one or more values, "
                  "separated by commas. A value is a number or a range lo:hi:count, which is "
                  "\"count\" values from lo to hi, both included."),
        paragraph(""),
        paragraph("Ranges of learning rates, weight decays, gamma and batch sizes are logarithmic; "
                  "ranges of hyper-parameters, epochs, steps, horizons and schedule parameters are "
                  "linear. The prefixes log: and "
                  "lin: select the spacing. Values are sorted, and a value that occurs "
                  "twice counts once.")}},
      {"Examples",
       {definition("1e-3", "0.001"), definition("1e-4:1:5", "0.0001, 0.001, 0.01, 0.1, 1"),
        definition("0,1e-4:1:5", "the same values and 0"),
        definition("lin:0.1:0.5:5", "0.1, 0.2, 0.3, 0.4, 0.5")}}};
}

Page problem_page() {
  return {
      {"",
       {paragraph(
            "A sweep trains linear models. With features a_i and target b_i of row i, a run "
            "minimises the mean squared error, the mean over the rows of (a_i.w - b_i)^2. "
            "There is no intercept unless --intercept appends one, and every weight starts at "
            "0. Where the weight decay wd is an L2 penalty (sgd, adam-l2), (wd/2) |w|^2 is added; "
            "the recorded losses never "
            "include it."),
        paragraph(""),
        paragraph(
            "Each epoch visits all rows once, in batches. A seed decides the order of the rows "
            "and nothing else: all cells of a sweep share the data, and all cells of one seed "
            "share the orders, so that two cells can be compared seed by seed. A run diverges at "
            "the first epoch that leaves a weight that is not finite, or at the last epoch if the "
            "final validation loss is not finite. Its losses are infinite from that epoch on.")}},
      {"Data",
       {definition("synthetic",
                   "Without files, a sweep draws a problem: features from a normal "
                   "distribution with mean 2, some of them set to 0, columns scaled to norm "
                   "10, and targets from sparse true weights plus noise. --n, --d, "
                   "--noise and --data-seed change it."),
        definition("your own",
                   "--data names a table with one row per example, and --target its column of "
                   "targets, by title or by number. --features and --targets name two files "
                   "instead. Part of the rows is held out for validation, unless --val-data, "
                   "or --val-features and --val-targets, name a validation set. "
                   "--standardize centres features and targets, and scales features. "
                   "--intercept appends a feature that is 1 in every row; its weight decays "
                   "like every other.")}},
      {"Files",
       {definition(".csv .tsv .txt .data .dat",
                   "Lines of fields, separated by commas, semicolons, tabs or blanks. A decimal "
                   "comma is understood where commas separate no fields."),
        definition(".npy .npz", "NumPy arrays. FILE.npz:NAME names an array of an archive."),
        definition(".gz", "Any of these formats except .npz, compressed by gzip."),
        definition("-", "Standard input, in any of these formats.")}},
      {"Tables",
       {definition("titles",
                   "The first line holds titles if one of its fields is text. A first line of "
                   "consecutive whole numbers may be read as titles. --header yes or --header no "
                   "states whether the first line holds titles. In a file of one value per line, "
                   "only a plain word is a title."),
        definition("index",
                   "If the other columns have titles, a first column that has none, or is titled "
                   "Unnamed: 0, and counts 0, 1, 2, ... is left out: pandas writes its index this "
                   "way."),
        definition("missing values",
                   "Empty fields, NA, N/A, <NA>, #N/A, NaN, null, None and ?, in upper or lower "
                   "case, are errors. --drop-missing leaves out the rows that contain them."),
        definition("text",
                   "--one-hot replaces a column of text by one feature for each distinct value, "
                   "in the order of their bytes (capitals first)."),
        paragraph(""),
        paragraph("lrscape prints its decisions on stderr; --quiet leaves only the warnings. The "
                  "attribute problem of the result records those that changed rows, columns or "
                  "values.")}},
      {"Examples",
       {example(
            {"lrscape sweep --features X.npy --targets y.npy --standardize --optimizer adamw-lh "
             "--lr 1e-4:10:40 --wd 1e-4:10:40 --seeds 5 --out map.zarr",
             "Your own data, 30 % of the rows held out."}),
        example({"lrscape sweep --data cars.csv --target mpg --one-hot --drop-missing "
                 "--standardize --optimizer sgd --lr 1e-4:1:32 --wd 0 --out cars.zarr",
                 "A table with text and missing values."})}}};
}

Page results_page() {
  return {
      {"",
       {paragraph(
            "A result is a Zarr v3 group, which xarray.open_zarr, zarr-python and TensorStore "
            "open as it is. Its arrays have the dimensions optimizer, one for each other option "
            "with several values (schedule, beta2, batch_size, ...), learning_rate, "
            "weight_decay, seed and, with --record epoch, epoch."),
        paragraph(""),
        paragraph("A sweep that is interrupted or killed loses at most the units in training (up "
                  "to about "
                  "1,000 runs each); the same command continues the sweep. A result of another "
                  "configuration is refused, never mixed."),
        paragraph(""),
        paragraph(
            "With --reuse, a new sweep copies every run that an earlier result already has. More "
            "seeds, a finer grid or another axis then cost only the new runs.")}},
      {"Arrays",
       {definition("validation_loss",
                   "mean squared error on the validation rows; infinite after a "
                   "run has diverged, NaN if it has not run yet"),
        definition("train_loss", "the same on the training rows (with --train-loss)"),
        definition("weights",
                   "the weights after the last epoch (with --save-weights), along the dimension "
                   "feature; NaN if the run has diverged. With --standardize, they belong to the "
                   "standardized features."),
        definition("split",
                   "the use of each row, along the dimension row: 0 training, 1 validation, 2 left "
                   "out; only if rows were held out"),
        definition("status", "0: ok; 1: diverged; 255: not run yet"),
        definition(
            "diverged_at_epoch",
            "the first epoch that left a weight that is not finite or, if "
            "none did, the last epoch, counted from 1; -1 if the run has not diverged or has not "
            "run yet")}},
      {"Several processes",
       {paragraph("Several processes, on one machine or on several with a common file system, fill "
                  "one result if they run the same command. A unit is a group of runs that is "
                  "trained and stored as a whole. File locks keep two processes from training the "
                  "same unit. On a file system without locks, give each process a part of its "
                  "own: process i of n runs the command with --shard i/n added.")}},
      {"Examples",
       {example({"lrscape sweep --config sweep.toml --out map.zarr --shard 1/2",
                 "The first of two processes; the other one runs --shard 2/2."}),
        example({"lrscape sweep --config sweep.toml --seeds 5 --reuse map.zarr --out more.zarr",
                 "More seeds than map.zarr, whose runs are not repeated."}),
        example({"lrscape export map.zarr > map.csv", "One row per run."})}}};
}

Page answers_page() {
  return {
      {"",
       {paragraph("show, slice and compare print these numbers as text or, with --json, as JSON. "
                  "They are about the part of the map that --lr, --wd, --at, --seed, --optimizer "
                  "and --epoch choose.")}},
      {"Numbers",
       {definition("± or +-", "the standard error of a mean over seeds; a single seed has none"),
        definition(
            "cells as good",
            "the cells whose mean difference from the best cell, seed by seed, is at most one "
            "standard error of this difference"),
        definition(
            "slope",
            "the median slope of log(best weight decay) against log(learning rate) between all "
            "pairs of learning rates. The best weight decay of a learning rate is the minimum of a "
            "parabola, fitted by least squares to the valley: the cells within 2 % of its lowest "
            "cell, at least three cells. A learning rate counts only if no cell within 2 % lies at "
            "the lowest or highest weight decay, and the cells beside the valley have run."),
        definition("interval", "95 %, by leaving out one seed at a time, with Student's t"),
        definition(
            "width",
            "how many decades of learning rate have a loss within 2 % (--within) of the expected "
            "best loss of a slice, which is estimated by cross-validation and is at least the "
            "lowest mean"),
        definition("1, 2, .",
                   "in compare: the result that is better by more than two standard errors, or "
                   "neither")}},
      {"Examples",
       {example(
            {"lrscape show pt.zarr lh.zarr --lr 1e-2:1", "Over two decades of learning rates."}),
        example({"lrscape slice pt.zarr --product 1e-3,1e-2", "Two products of lr and wd."}),
        example({"lrscape compare pt.zarr cosine.zarr", "Which result is better in each cell."})}}};
}

Page exit_codes_page() {
  Section codes = {
      "",
      {paragraph("Every error is one line on stderr. The exit code gives the kind of error."),
       paragraph("")}};
  const auto add = [&](ExitCode code, const std::string& text) {
    codes.entries.push_back(definition(std::to_string(code), text));
  };
  add(done, "Success.");
  add(internal,
      "An internal error, output to stdout that fails, or a full disk for a bound or a report.");
  add(usage,
      "Wrong usage or input, a path that cannot hold the output, a disk error, or too little "
      "memory "
      "or too few threads on this machine.");
  add(interrupted,
      "Interrupted by a signal; for a sweep also a full disk, or a result that was moved or "
      "removed. Rerun the command: a sweep continues, a bound starts over.");
  add(no_device,
      "No such device, too little memory on it, or a device that failed. The same command "
      "continues a sweep, on any device.");
  return {std::move(codes)};
}

}  // namespace

const std::vector<Topic>& all_topics() {
  static const std::vector<Topic> topics = {
      {"problem", "the loss that a sweep minimises, its data, seeds and divergence", problem_page},
      {"optimizers", "the optimizers and their hyper-parameters", optimizers_page},
      {"schedules", "the learning-rate schedules and their parameters", schedules_page},
      {"ranges", "how to write values and ranges", ranges_page},
      {"results", "the contents of a result, and how several processes fill one", results_page},
      {"answers", "the numbers that show, slice and compare print", answers_page},
      {"exit-codes", "the meaning of the exit codes", exit_codes_page}};
  return topics;
}

}  // namespace lrscape::cli
