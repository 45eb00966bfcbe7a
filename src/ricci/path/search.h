// Finders of contraction orders: pure functions from a contraction to a Tree.
#pragma once

#include <cstdint>
#include <string_view>

#include "ricci/path/cost.h"

namespace ricci::path {

enum class Method : std::uint8_t { automatic, greedy, optimal, in_order };

/// Of auto, greedy, optimal, and False (left to right); throws EinsumError for any other name.
RICCI_API Method parse_method(std::string_view name);

struct SearchOptions {
  Method method = Method::automatic;
  std::uint64_t seed = 0;
  int trials = 128;  ///< random-greedy trials at most; the result depends on them and the seed, not on the clock
  CostModel model = {};
};

/// Exact for few operands, greedy for many; see optimal.h and greedy.h. `automatic` looks no longer
/// than the contraction is predicted to take. Throws EinsumError when `optimal` is out of reach.
RICCI_API Tree search(const Contraction& contraction, const SearchOptions& options = {});

}  // namespace ricci::path
