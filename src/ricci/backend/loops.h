// Loops: all that a contraction kernel sees. The roles of one step with the strides of its operands,
// folded: neighbouring labels whose strides chain in every operand are one axis.
#pragma once

#include <span>

#include "ricci/algebra/roles.h"
#include "ricci/tensor/tensor.h"

namespace ricci {

/// One folded axis: extent and the strides (elements) in a, b and c; 0 where absent.
struct Axis {
  std::int64_t extent = 1;
  std::int64_t a = 0, b = 0, c = 0;
  friend bool operator==(const Axis&, const Axis&) = default;
};
using Axes = SmallVector<Axis, 4>;

/// c[batch, left, right] = sum over contracted of a[batch, left, contracted] * b[batch, right, contracted].
/// With one operand only `left` (kept) and `contracted` (summed) are used. `broadcast` are axes of c
/// alone: every position gets the same values. Extents of 1 are dropped; an extent of 0 is kept.
struct RICCI_API Loops {
  Axes batch, left, right, contracted;
  Axes broadcast;
  /// c repeats a label: the elements off its diagonal are the semiring's zero. The backend writes
  /// them too: `whole` are then all axes of c.
  bool writes_diagonal = false;
  Axes whole;
};

/// The product of the extents; 1 for none.
RICCI_API std::int64_t extent_of(const Axes& axes);
/// Drops extents of 1, merges axes that chain in every operand, and puts the largest strides of c
/// (then of a, then of b) first.
RICCI_API void fold(Axes& axes);

/// Loops of a step of two operands, or of one, by the strides of their axes; a label that repeats in a term has their
/// sum. A summed label is a contracted one with stride 0 in the other operand.
RICCI_API Loops make_loops(const Contraction& contraction, const Strides& a, const Strides& b, const Strides& c);
RICCI_API Loops make_loops(const Contraction& contraction, const Strides& a, const Strides& c);

}  // namespace ricci
