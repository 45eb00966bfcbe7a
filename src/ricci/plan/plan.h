// A Plan: ordered steps of one or two operands with what each frees, and the predicted cost.
// Data without tensors: can be kept, replayed, explained, saved.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ricci/path/search.h"

namespace ricci::planning {

/// One contraction of one or two values. Values 0..n-1 are the operands, n+k is the result of step k.
/// Labels are those of the whole contraction. A step of two has no summed label (an earlier step of
/// one removed it) and the last step's output is the whole's; `dtype` is the accumulator's for all
/// but the last step, so that 16-bit floats round once.
struct Step {
  SmallVector<int, 2> values;
  Contraction contraction;    // extents and names left empty: see Plan::whole
  SmallVector<int, 2> frees;  // intermediates whose last use this is
  double flops = 0;           // scalar multiplications
  std::int64_t bytes = 0;     // of the result
  double predicted_seconds = 0;
};

/// The steps follow the tree in the order that keeps the fewest bytes alive, so step k is not merge k.
struct RICCI_API Plan {
  Contraction whole;
  path::Tree tree;
  std::vector<Step> steps;
  double flops = 0;
  std::int64_t peak_bytes = 0;  ///< most bytes of results alive at once, the output counted, operands not
  double predicted_seconds = 0;
  path::CostModel model;  ///< the rates behind predicted_seconds
  /// The operands' shapes as a caller gives them, with the axes of extent 1 that the contraction
  /// squeezed; empty where the contraction's own are meant.
  std::vector<Extents> operand_shapes = {};
};

/// The axes of extent 1 of `shape` that operand i of the contraction lacks, or nothing when the shape
/// is not one of that operand.
RICCI_API std::optional<SmallVector<int, 4>> squeezed_axes(const Contraction& contraction, std::size_t i,
                                                           const Extents& shape);

struct PlanOptions {
  path::SearchOptions search = {};
};

/// The contraction of one step with extents and names filled in.
RICCI_API Contraction step_contraction(const Plan& plan, const Step& step);

/// Searches an order and lowers it to steps. Throws EinsumError when there is no operand.
RICCI_API Plan make_plan(const Contraction& contraction, const PlanOptions& options = {});
/// Lowers a given order. Throws EinsumError when the tree is not one of this contraction.
RICCI_API Plan make_plan(const Contraction& contraction, const path::Tree& tree, const path::CostModel& model = {});

}  // namespace ricci::planning
