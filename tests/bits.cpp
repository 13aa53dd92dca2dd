// Prints one line per case with a hash of all results of its sweep or bounds, to compare two
// versions of the program: lrscape_bits > before; ...; lrscape_bits | diff before -
//
// Cases: every instruction set of this machine and the three tiers of the first GPU, both
// precisions, every optimizer by weights and in Gram space, shapes that are no multiple of a block,
// and bounds by every method.

#include <fmt/format.h>

#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "awkward_sweep.hpp"
#include "backends.hpp"
#include "lrscape/bound/bound_sweep.hpp"

namespace lrscape::test {
namespace {

/// FNV-1a, 64 bits.
class Hash {
 public:
  template <class T>
  void add(const std::vector<T>& values) {
    for (const T& value : values) {
      unsigned char bytes[sizeof(T)];
      std::memcpy(bytes, &value, sizeof(T));
      for (const unsigned char byte : bytes) state_ = (state_ ^ byte) * 0x100000001B3U;
    }
  }
  std::uint64_t value() const { return state_; }

 private:
  std::uint64_t state_ = 0xCBF29CE484222325U;
};

void print(const std::string& what, const Hash& hash) {
  fmt::print("{:016x} {}\n", hash.value(), what);
}

void print_sweep(const Sweep& sweep, const std::string& shape) {
  for (const DeviceOptions& options : every_backend())
    for (std::size_t k = 0; k < sweep.optimizers.size(); ++k) {
      Sweep one = sweep;
      one.optimizers = {sweep.optimizers[k]};
      for (const Sweep& in_space : in_every_space(one)) {
        Hash hash;
        for (const RunResults& result : train(in_space, options)) {
          hash.add(result.validation_loss);
          hash.add(result.train_loss);
          hash.add(result.status);
          hash.add(result.diverged_at_epoch);
          hash.add(finite_weights(result));
        }
        print(fmt::format("sweep {} {} {} {} {}", shape,
                          sweep.precision == Precision::fp32 ? "fp32" : "fp64",
                          one.optimizers[0].name, space_name(in_space), name_of(options)),
              hash);
      }
    }
}

void print_bounds(const BoundSweep& sweep, const std::string& what) {
  for (const DeviceOptions& options : every_backend()) {
    Hash hash;
    const BoundTable table = evaluate(sweep, options);
    for (const bound::ScaledSums& sums : table.sums) {
      hash.add(std::vector<double>{sums.path, sums.gradients});
      hash.add(std::vector<int>{sums.scale.step, sums.scale.norm});
    }
    print(fmt::format("bounds {} {}", what, name_of(options)), hash);
  }
}

Sweep shaped(std::int64_t rows, std::int64_t features, std::int64_t batch, Precision precision) {
  Sweep sweep = awkward_sweep(precision);
  SyntheticProblem shape;
  shape.rows = rows;
  shape.validation_rows = 9;
  shape.features = features;
  sweep.problem = make_synthetic(shape);
  sweep.batch_size = batch;
  sweep.epochs = 3;
  sweep.schedule = parse_schedule("linear");
  return sweep;
}

void print_all() {
  for (const Precision precision : {Precision::fp32, Precision::fp64}) {
    print_sweep(awkward_sweep(precision), "37 x 83, batch 8");
    print_sweep(shaped(1, 1, 1, precision), "1 x 1, batch 1");
    print_sweep(shaped(17, 33, 17, precision), "17 x 33, batch 17");
    print_sweep(shaped(65, 130, 33, precision), "65 x 130, batch 33");
  }
  BoundSweep bounds;
  for (const char* const text :
       {"constant", "linear", "cosine", "sqrt:warmup=20", "wsd:cooldown=0.3,shape=cosine",
        "power:p=0.7", "poly-decay:p=2.5,final=0.1", "exponential:r=0.01"})
    bounds.schedules.push_back(parse_schedule(text));
  bounds.steps = {40, 500};
  bounds.horizons = {1, 3, 40};
  print_bounds(bounds, "at horizons");
  bounds.norms = parse_gradient_norms("law:G2=2,A2=-0.5");
  bounds.horizons.clear();
  bounds.anytime = true;
  for (const bound::Method method : {bound::Method::direct, bound::Method::multipole}) {
    bounds.method = method;
    print_bounds(bounds, method == bound::Method::direct ? "by walks" : "by multipoles");
  }
}

}  // namespace
}  // namespace lrscape::test

int main() { lrscape::test::print_all(); }
