// One-line spellings of einsum.
#pragma once

#include "ricci/ops/reduce.h"

namespace ricci {

/// outer[i, j] = a[i] * b[j], both flattened: (n), (m) -> (n, m).
RICCI_API Tensor outer(const Tensor& a, const Tensor& b);
/// The sum of products of two vectors: (n), (n) -> (). Throws ShapeError, as all of these do.
RICCI_API Tensor dot(const Tensor& a, const Tensor& b);
/// Matrix product as torch.matmul: vectors are rows or columns, leading axes broadcast.
RICCI_API Tensor matmul(const Tensor& a, const Tensor& b);
/// (b, i, j), (b, j, k) -> (b, i, k).
RICCI_API Tensor bmm(const Tensor& a, const Tensor& b);
/// Contracts the last `axes` axes of a with the first `axes` of b.
RICCI_API Tensor tensordot(const Tensor& a, const Tensor& b, std::int64_t axes = 2);
/// Contracts these axes of a with these of b, pair by pair.
RICCI_API Tensor tensordot(const Tensor& a, const Tensor& b, const AxisList& axes_a, const AxisList& axes_b);
/// y[.., o] = sum x1[.., i] weight[o, i, j] x2[.., j] + bias[o].
RICCI_API Tensor bilinear(const Tensor& x1, const Tensor& x2, const Tensor& weight, const Tensor& bias = {});
/// The sum of the diagonal of two axes.
RICCI_API Tensor trace(const Tensor& x, std::int64_t axis1 = 0, std::int64_t axis2 = 1);
/// The diagonal of two axes as the last axis; a view. offset > 0: above the main one.
RICCI_API Tensor diagonal(const Tensor& x, std::int64_t offset = 0, std::int64_t axis1 = 0, std::int64_t axis2 = 1);
/// The axes in another order; a view.
RICCI_API Tensor permute(const Tensor& x, const AxisList& axes);
/// As NumPy's: all axes reversed, or permuted.
RICCI_API Tensor transpose(const Tensor& x, const std::optional<AxisList>& axes = {});
/// Two axes exchanged; a view.
RICCI_API Tensor transpose(const Tensor& x, std::int64_t axis1, std::int64_t axis2);
/// The last two axes exchanged; a view.
RICCI_API Tensor matrix_transpose(const Tensor& x);
/// Broadcast to a shape, without a copy; -1 keeps an extent.
RICCI_API Tensor expand(const Tensor& x, const Shape& shape);

}  // namespace ricci
