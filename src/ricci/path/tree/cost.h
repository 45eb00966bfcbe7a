// What a pairwise step costs: scalar multiplications, elements touched, predicted seconds.
// The machine's rates come in as a CostModel value; nothing here knows a backend.
#pragma once

#include "ricci/path/tree/tree.h"

namespace ricci::path {

/// The product of extents as a double: int64 is too small for what a search meets. 0 when any is 0,
/// infinite only when none is.
RICCI_API double volume(const Contraction& contraction, const Labels& labels);

/// The folded shape of a step: products of the extents of each role, as doubles (they overflow int64).
struct FoldedShape {
  double batch = 1, left = 1, right = 1, contracted = 1;
  double flops() const { return empty() ? 0 : batch * left * right * contracted; }
  bool empty() const { return batch == 0 || left == 0 || right == 0 || contracted == 0; }
};

/// A step of one operand adds and moves; it multiplies nothing.
inline constexpr FoldedShape kNoMultiplication{0, 1, 1, 1};

/// Rates of the machine, given to the search by value: those of one dtype in one semiring.
struct RICCI_API CostModel {
  double multiplications_per_second = 2e10;  ///< where sums are long and both sides wide
  double bytes_per_second = 1e10;
  double seconds_per_step = 3e-6;
  /// What arithmetic takes beside multiplying: for each element of the result, which is begun and stored, and for each
  /// product of the batch.
  double seconds_per_result = 0, seconds_per_product = 0;
  /// Of a step that reads and writes this many bytes: the slower of arithmetic and memory, and the call.
  double seconds(const FoldedShape& shape, double bytes) const {
    const double flops = shape.flops();
    if (flops == 0) return seconds(0.0, bytes);
    return seconds(arithmetic(flops, shape.batch * shape.left * shape.right, shape.batch), bytes);
  }
  /// Of so many scalar multiplications, elements of the result, and products of the batch.
  double arithmetic(double flops, double results, double products) const {
    return flops / multiplications_per_second + times(results, seconds_per_result) +
           times(products, seconds_per_product);
  }
  double seconds(double arithmetic_seconds, double bytes) const {
    const double moving_seconds = bytes / bytes_per_second;
    return (arithmetic_seconds < moving_seconds ? moving_seconds : arithmetic_seconds) + seconds_per_step;
  }
  friend bool operator==(const CostModel&, const CostModel&) = default;

 private:
  // A count may be infinite where nothing is charged for it.
  static double times(double count, double each) { return each > 0 ? count * each : 0; }
};

struct TreeCost {
  double flops = 0;    ///< scalar multiplications of all pairwise steps
  double largest = 0;  ///< elements of the largest result of a step, the output included
  double written = 0;  ///< elements written by all steps
  double seconds = 0;  ///< predicted
};

RICCI_API TreeCost cost_of(const Contraction& contraction, const Tree& tree, const CostModel& model = {});

}  // namespace ricci::path
