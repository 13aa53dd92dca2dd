#pragma once

#include <array>
#include <cstdint>

namespace lrscape {

/// Philox4x32-10, the counter-based generator of Salmon, Moraes, Dror & Shaw, "Parallel random
/// numbers: as easy as 1, 2, 3" (SC 2011). Returns the four random words of one counter.
constexpr std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter,
                                              std::array<std::uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t product0 = std::uint64_t{0xD2511F53} * counter[0];
    const std::uint64_t product1 = std::uint64_t{0xCD9E8D57} * counter[2];
    counter = {static_cast<std::uint32_t>(product1 >> 32) ^ counter[1] ^ key[0],
               static_cast<std::uint32_t>(product1),
               static_cast<std::uint32_t>(product0 >> 32) ^ counter[3] ^ key[1],
               static_cast<std::uint32_t>(product0)};
    key = {key[0] + 0x9E3779B9U, key[1] + 0xBB67AE85U};
  }
  return counter;
}

/// The use of a random number. It is part of the counter, so that two purposes never share numbers.
enum class RandomPurpose : std::uint32_t {
  train_features = 1,
  train_mask,
  train_noise,
  validation_features,
  validation_mask,
  validation_noise,
  oracle_support,
  oracle_weights,
  row_order,
  held_out_rows,
};

/// 64 random bits that depend only on (seed, purpose, stream, index), not on the order of calls.
constexpr std::uint64_t random_bits(std::uint64_t seed, RandomPurpose purpose, std::uint32_t stream,
                                    std::uint64_t index) {
  const auto words =
      philox({static_cast<std::uint32_t>(index), static_cast<std::uint32_t>(index >> 32), stream,
              static_cast<std::uint32_t>(purpose)},
             {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)});
  return std::uint64_t{words[1]} << 32 | words[0];
}

/// A uniform number in the open interval (0, 1): exactly the midpoint of one of 2^52 equal cells.
constexpr double uniform(std::uint64_t bits) {
  return (static_cast<double>(bits >> 12) + 0.5) * 0x1p-52;
}

}  // namespace lrscape
