// vmap: a function of single examples on a whole batch at once. No loop: inside, a tensor stands for
// one of each example, and every operation runs on the whole (an einsum with one more label).
#pragma once

#include <optional>

#include "ricci/autograd/level.h"
#include "ricci/transform/forward.h"

namespace ricci {

struct VmapOptions {
  /// For each argument the axis that is the batch, or nothing where it is the same for all; empty: 0 for all.
  std::vector<std::optional<std::int64_t>> in_axes{};
  std::int64_t out_axes = 0;  ///< where the result has the batch
};

/// The function x[b...], y[b...] -> f(x[0], y[0]), f(x[1], y[1]), ... Nests with every transform.
/// Throws ShapeError for an axis that is not there and for batches of unequal extents; GradError where f
/// reads a single value: item(), bool, arrays.
RICCI_API TensorFunction vmap(TensorFunction f, VmapOptions options = {});

/// One run of vmap, for functions of any number of results.
class RICCI_API VmapScope {
 public:
  /// Takes the batch out of x; `operand` names it in errors.
  Tensor wrap(const Tensor& x, std::int64_t axis, int operand = 0);
  /// The whole batch of a result, at `axis`; one that does not depend on the batch is repeated. Throws
  /// ShapeError when nothing was wrapped.
  Tensor unwrap(const Tensor& y, std::int64_t axis) const;
  /// Whether y has this batch.
  bool has_batch(const Tensor& y) const;

 private:
  LevelScope scope_;
  std::int64_t extent_ = -1;
  int first_ = 0;  // the operand that gave the extent
};

}  // namespace ricci
