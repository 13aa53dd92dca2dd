#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "fast_kernel.cuh"
#include "kernel_choice.hpp"
#include "launch_arguments.hpp"
#include "launch_plan.hpp"
#include "lrscape/optimizer/list.hpp"
#include "memory_kernel.cuh"
#include "moved_bytes.hpp"
#include "register_kernel.cuh"
#include "sweep/packed_problem.hpp"

namespace lrscape {

/// Trains a sweep on a device: chooses the kernels, allocates their memory and launches them.
/// `Device` is cuda::Gpu (kernels/gpu.cuh) or, in tests, its emulation.
template <class Real, class Device>
class DeviceTraining {
 public:
  /// `best` is the first tier to try.
  DeviceTraining(const PreparedSweep& prepared, Device device, Tier best)
      : sweep_(prepared.sweep()),
        device_(std::move(device)),
        train_targets_(prepared.packed<Real>().train_targets()),
        validation_targets_(prepared.packed<Real>().validation_targets()),
        configurations_(prepared.configurations()) {
    for (std::size_t k = 0; k < configurations_.size(); ++k)
      Optimizers::with_name(configurations_[k].optimizer.name,
                            [&]<class O>() { add<O>(k, prepared, best); });
  }
  DeviceTraining(const DeviceTraining&) = delete;
  DeviceTraining& operator=(const DeviceTraining&) = delete;

  /// The number of runs that keeps the device busy for a while, but not for long.
  std::size_t runs_to_fill() const {
    std::size_t runs = 1;
    for (const auto& trainer : trainers_)
      runs = std::max(runs, runs_of_block<Real>(trainer.layout) * device_.multiprocessors());
    constexpr std::int64_t steps_of_a_launch = 200'000;
    std::int64_t steps = 1;
    for (const Configuration& one : configurations_)
      steps = std::max(steps, one.steps(sweep_.problem.features.rows));
    const std::int64_t blocks = steps_of_a_launch / steps;
    return runs * static_cast<std::size_t>(std::clamp<std::int64_t>(blocks, 1, 64));
  }

  std::size_t working_bytes() const {
    std::size_t bytes = (train_targets_.size() + validation_targets_.size()) * sizeof(Real);
    for (const auto& [use, rows] : rows_)
      bytes += (rows.train.size() + rows.validation.size()) * sizeof(Real);
    const auto records = static_cast<std::size_t>(sweep_.recorded_epochs());
    return bytes + runs_to_fill() * (2 * records + 4) * sizeof(Real) + scratch_bytes_;
  }

  /// See Backend::bytes_moved.
  double bytes_moved(std::span<const RunGroup> groups) const {
    double bytes = 0;
    for (const RunGroup& group : groups) {
      const Trainer& trainer = trainers_[group.configuration];
      const std::size_t block = runs_of_block<Real>(trainer.layout);
      const std::size_t blocks = (group.learning_rate.size() + block - 1) / block;
      bytes += static_cast<double>(blocks) * trainer.bytes_of_block;
    }
    return bytes;
  }

  /// Describes how the runs of each optimizer are trained, in its first configuration.
  std::string description() const {
    std::string text;
    for (std::size_t k = 0; k < trainers_.size(); ++k) {
      const std::string& name = configurations_[k].optimizer.name;
      const std::string& own = trainers_[k].description;
      if (k > 0 &&
          (own == trainers_[k - 1].description || name == configurations_[k - 1].optimizer.name))
        continue;
      text += (k == 0 ? "" : "; " + name + ": ") + own;
    }
    return text;
  }

  /// Trains the chosen groups, all of one configuration, and stores their results.
  void train(std::span<const RunGroup> groups, const std::vector<std::size_t>& chosen,
             std::span<RunResults> results) {
    const Trainer& trainer = trainers_[groups[chosen.front()].configuration];
    trainer.launch(plan_launch<Real>(groups, chosen, runs_of_block<Real>(trainer.layout)), results);
  }

 private:
  template <class T>
  using Array = typename Device::template Array<T>;

  struct Rows {
    Array<Real> train, validation;
  };

  struct Trainer {
    KernelLayout<Real> layout;
    std::string description;
    double bytes_of_block;  ///< bytes that a block moves
    std::function<void(const LaunchPlan<Real>&, std::span<RunResults>)> launch;
  };

  template <class Optimizer>
  void add(std::size_t configuration, const PreparedSweep& prepared, Tier best) {
    using StepValues = typename Optimizer::template StepValues<Real>;
    const Space space = prepared.spaces()[configuration];
    auto view = training_view<Real>(prepared, configuration);
    const auto layout =
        choose_layout<Optimizer, Real>(view, device_.most_shared_bytes(), best, sweep_.math);
    const auto& features = prepared.packed<Real>().features(space);
    const auto rows = rows_.find({space, layout.index()});
    const Rows& own =
        rows != rows_.end()
            ? rows->second
            : rows_
                  .emplace(std::pair(space, layout.index()),
                           std::visit(
                               [&](const auto& l) {
                                 return Rows{
                                     Array<Real>(interleaved(l, features.train, view.stride)),
                                     Array<Real>(interleaved(l, features.validation, view.stride))};
                               },
                               layout))
                  .first->second;
    view.train.features = own.train.data();
    view.train.targets = train_targets_.data();
    view.validation.features = own.validation.data();
    view.validation.targets = validation_targets_.data();
    if (const auto* const memory = std::get_if<MemoryLayout<Real>>(&layout))
      scratch_bytes_ = std::max(scratch_bytes_, scratch_values<Optimizer>(*memory) * sizeof(Real));
    // Shared, because std::function copies its captures.
    const auto steps = std::make_shared<const Array<StepValues>>(all_step_values<Optimizer, Real>(
        configurations_[configuration].optimizer, prepared.eta(configuration)));
    const std::int32_t* const orders = row_orders(prepared, view.epochs);
    trainers_.push_back(
        {layout, to_text<Real>(layout, view, sweep_.math),
         std::visit(
             [&](const auto& l) { return moved_bytes<Optimizer>(l, view, sweep_.save_weights); },
             layout),
         [this, layout, view, steps, orders](const LaunchPlan<Real>& plan,
                                             std::span<RunResults> results) {
           launch<Optimizer>(layout, view, *steps, orders, plan, results);
         }});
  }

  template <class Optimizer>
  void launch(const KernelLayout<Real>& layout, const TrainingView<Real>& view,
              const Array<typename Optimizer::template StepValues<Real>>& steps,
              const std::int32_t* orders, const LaunchPlan<Real>& plan,
              std::span<RunResults> results) {
    const std::size_t runs = plan.runs();
    const auto records = static_cast<std::size_t>(view.recorded_epochs());
    const auto features = static_cast<std::size_t>(view.features);
    const Array<std::int32_t> block_seed(plan.block_seed);
    const Array<Real> learning_rate(plan.learning_rate);
    const Array<Real> weight_decay(plan.weight_decay);
    const Array<Real> decay_rate(plan.decay_rate);
    Array<Real> validation_loss(records * runs);
    Array<Real> train_loss(view.train_loss ? records * runs : 0);
    Array<std::int32_t> diverged_at(runs);
    Array<Real> weights(sweep_.save_weights ? features * runs : 0);

    const LaunchArguments<Optimizer, Real> arguments = {
        view,
        steps.data(),
        orders,
        block_seed.data(),
        {learning_rate.data(), weight_decay.data(), decay_rate.data()},
        validation_loss.data(),
        train_loss.data(),
        diverged_at.data(),
        sweep_.save_weights ? weights.data() : nullptr};
    std::visit([&](const auto& l) { run(l, arguments, plan.block_seed.size()); }, layout);

    const auto losses = validation_loss.host();
    const auto train_losses = train_loss.host();
    const auto ends = diverged_at.host();
    const auto last_weights = weights.host();
    const Outputs<Real> outputs = {
        runs,          records,
        losses.data(), view.train_loss ? train_losses.data() : nullptr,
        ends.data(),   sweep_.save_weights ? last_weights.data() : nullptr};
    collect(plan, outputs, sweep_, view.space, results);
  }

  // Each of these functions returns after its kernel has ended.

  template <class Optimizer>
  void run(const RegisterLayout<Real>& layout, const LaunchArguments<Optimizer, Real>& arguments,
           std::size_t blocks) {
    const auto kernel = layout.keeps_batch()
                            ? LRSCAPE_KERNELS::train_in_registers<Optimizer, Real, true>
                            : LRSCAPE_KERNELS::train_in_registers<Optimizer, Real, false>;
    device_.launch(kernel, blocks, RegisterLayout<Real>::threads, layout.shared_bytes(), arguments,
                   layout);
    device_.wait();
  }

  template <class Optimizer>
  void run(const FastLayout& layout, const LaunchArguments<Optimizer, float>& arguments,
           std::size_t blocks) {
    const auto kernel = layout.keeps_batch() ? LRSCAPE_KERNELS::train_fast<Optimizer, true>
                                             : LRSCAPE_KERNELS::train_fast<Optimizer, false>;
    device_.launch(kernel, blocks, FastLayout::threads, layout.shared_bytes(), arguments, layout);
    device_.wait();
  }

  template <class Optimizer>
  void run(const MemoryLayout<Real>& layout, const LaunchArguments<Optimizer, Real>& arguments,
           std::size_t blocks) {
    const std::size_t grid = std::min(blocks, blocks_at_once<Optimizer>(layout));
    Array<Real> scratch(grid *
                        static_cast<std::size_t>(layout.scratch_values(Optimizer::state_slots)));
    device_.launch(LRSCAPE_KERNELS::train_in_memory<Optimizer, Real>, grid,
                   MemoryLayout<Real>::threads, layout.shared_bytes(Optimizer::state_slots),
                   arguments, layout, static_cast<std::int32_t>(blocks), scratch.data());
    device_.wait();
  }

  template <class Optimizer>
  std::size_t blocks_at_once(const MemoryLayout<Real>& layout) {
    return device_.blocks_at_once(LRSCAPE_KERNELS::train_in_memory<Optimizer, Real>,
                                  MemoryLayout<Real>::threads,
                                  layout.shared_bytes(Optimizer::state_slots));
  }

  template <class Optimizer>
  std::size_t scratch_values(const MemoryLayout<Real>& layout) {
    return blocks_at_once<Optimizer>(layout) *
           static_cast<std::size_t>(layout.scratch_values(Optimizer::state_slots));
  }

  /// The row orders of all seeds over this many epochs, on the device.
  const std::int32_t* row_orders(const PreparedSweep& prepared, std::int32_t epochs) {
    const auto known = row_orders_.find(epochs);
    if (known != row_orders_.end()) return known->second.data();
    const auto visits = static_cast<std::ptrdiff_t>(sweep_.problem.features.rows) * epochs;
    std::vector<std::int32_t> all;
    for (const auto& order : prepared.row_orders())
      all.insert(all.end(), order.begin(), order.begin() + visits);
    return row_orders_.emplace(epochs, Array<std::int32_t>(all)).first->second.data();
  }

  const Sweep& sweep_;
  Device device_;
  Array<Real> train_targets_, validation_targets_;
  std::span<const Configuration> configurations_;
  std::map<std::int32_t, Array<std::int32_t>> row_orders_;  ///< by number of epochs
  std::map<std::pair<Space, std::size_t>, Rows> rows_;      ///< by space and kind of layout
  std::size_t scratch_bytes_ = 0;
  std::vector<Trainer> trainers_;  ///< one for each configuration
};

}  // namespace lrscape
