// Random greedy search: again and again the pair whose product adds least to what is kept, with
// sampled weights and noise, the best of many trials. A heap of candidate pairs, never all pairs.
#pragma once

#include <cstdint>
#include <optional>

#include "ricci/path/search/network.h"

namespace ricci::path {

/// How a trial scores a pair: log2 of (elements made - weight * elements used up), signed, less noise.
struct GreedyTaste {
  double weight = 1;
  double noise = 0;  // of a Gumbel variable; 0 is deterministic
  std::uint64_t seed = 0;
};

struct GreedyTrial {
  std::vector<std::pair<int, int>> merges;  // nodes 0..values-1 are the network's live values
  double log2_flops = 0;
  std::uint64_t work = 0;  ///< pairs scored and labels of results
};

/// One run; nothing once it costs more than 2^log2_bound, or has done more work than `most_work`.
std::optional<GreedyTrial> greedy_trial(const Network& network, const GreedyTaste& taste, double log2_bound,
                                        std::uint64_t most_work = UINT64_MAX);

/// What trial number `trial` of a search with this seed does; the first is the plain one.
GreedyTaste taste_of(std::uint64_t seed, int trial);

}  // namespace ricci::path
