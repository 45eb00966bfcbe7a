// What a pairwise step costs: scalar multiplications, elements touched, predicted seconds.
// The machine's rates come in as a CostModel value; nothing here knows a backend.
#pragma once

#include <functional>

#include "ricci/path/tree.h"

namespace ricci::path {

/// The folded shape of a step: products of the extents of each role, as doubles (they overflow int64).
struct FoldedShape {
  double batch = 1, left = 1, right = 1, contracted = 1;
  double flops() const { return batch * left * right * contracted; }
};

/// Rates of the machine, given to the search by value.
struct RICCI_API CostModel {
  double multiplications_per_second = 2e10;
  double bytes_per_second = 1e10;
  double seconds_per_step = 1e-6;
  std::int64_t scratch_bytes_per_step = 0;
  double seconds(const FoldedShape& shape, double bytes) const;
};

struct TreeCost {
  double flops = 0;       ///< scalar multiplications of all steps
  double largest = 0;     ///< elements of the largest intermediate
  double written = 0;     ///< elements written by all steps
  double seconds = 0;     ///< predicted
};

RICCI_API TreeCost cost_of(const Contraction& contraction, const Tree& tree, const CostModel& model = {});

}  // namespace ricci::path
