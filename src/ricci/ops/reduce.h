// Reductions over axes: none given means all. Negative axes count from the end; keepdims keeps them as 1.
#pragma once

#include <optional>

#include "ricci/tensor/tensor.h"

namespace ricci {

using AxisList = SmallVector<std::int64_t, 8>;

struct ReduceOptions {
  AxisList axes{};
  bool keepdims = false;
  bool no_axes = false;  ///< an explicit empty list: reduce nothing
};

/// Sums; integers and bool in int64. A sum over nothing is 0.
RICCI_API Tensor sum(const Tensor& x, const ReduceOptions& options = {});
/// Means; integers in float32. Throws ShapeError over nothing.
RICCI_API Tensor mean(const Tensor& x, const ReduceOptions& options = {});
/// Largest and smallest value; the gradient goes to the first that has it. Throws ShapeError over nothing.
RICCI_API Tensor max(const Tensor& x, const ReduceOptions& options = {});
RICCI_API Tensor min(const Tensor& x, const ReduceOptions& options = {});
/// Position of the largest value along one axis, or in the flattened tensor: int64, no gradient.
RICCI_API Tensor argmax(const Tensor& x, std::optional<std::int64_t> axis = {}, bool keepdims = false);
RICCI_API Tensor argmin(const Tensor& x, std::optional<std::int64_t> axis = {}, bool keepdims = false);
/// log(sum(exp(x))) without overflow; all -inf gives -inf with gradient 0.
RICCI_API Tensor logsumexp(const Tensor& x, const ReduceOptions& options = {});
/// exp(x) / sum(exp(x)) along one axis, without overflow.
RICCI_API Tensor softmax(const Tensor& x, std::int64_t axis = -1);
RICCI_API Tensor log_softmax(const Tensor& x, std::int64_t axis = -1);

}  // namespace ricci
