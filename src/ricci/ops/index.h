// Reading and writing parts of tensors: slices (views), take and gather by integer tensors, their
// adjoints, joining.
#pragma once

#include <optional>
#include <variant>
#include <vector>

#include "ricci/tensor/tensor.h"

namespace ricci {

/// One axis cut as Python's start:stop:step; step may be negative, not 0.
struct Slice {
  std::optional<std::int64_t> start{}, stop{};
  std::int64_t step = 1;
};
struct NewAxis {};
struct AllAxes {};  // Python's `...`
/// One item of x[...]: a position (negative from the end), a slice, a new axis, or "the axes between".
using IndexItem = std::variant<std::int64_t, Slice, NewAxis, AllAxes>;
using Index = std::vector<IndexItem>;

/// x[items]: a view. Throws IndexError.
RICCI_API Tensor slice(const Tensor& x, const Index& items);
/// Zeros of `shape` with x written at [items]: the adjoint of slice().
RICCI_API Tensor embed(const Tensor& x, const Shape& shape, const Index& items);
/// x[items] = value, in place. Throws GradError for leaves that require grad and for views with
/// history; a tensor with history is rebound to a changed copy, so gradients stay right.
RICCI_API void assign(Tensor& x, const Index& items, const Tensor& value);

/// Rows of x along `axis` at the positions of an integer tensor of any shape, which takes the axis's
/// place: x[a, n, b], index[i, j] -> [a, i, j, b]. Negative positions count from the end.
RICCI_API Tensor take(const Tensor& x, const Tensor& index, std::int64_t axis = 0);
/// The rows of x, in row-major order, where a bool mask of the extents of its first axes holds: x[a, b, n], mask[a, b]
/// -> [count, n]. Throws DTypeError, ShapeError.
RICCI_API Tensor select(const Tensor& x, const Tensor& mask);
/// out[.., i, ..] = x[.., index[.., i, ..], ..]: index has x's shape except along `axis`.
RICCI_API Tensor gather(const Tensor& x, const Tensor& index, std::int64_t axis);
/// Zeros of extent `extent` along `axis` with values added at the index, in order: the adjoint of gather().
RICCI_API Tensor scatter_add(const Tensor& values, const Tensor& index, std::int64_t axis, std::int64_t extent);

/// Joined along an axis they have, or along a new one.
RICCI_API Tensor cat(const std::vector<Tensor>& tensors, std::int64_t axis = 0);
RICCI_API Tensor stack(const std::vector<Tensor>& tensors, std::int64_t axis = 0);

}  // namespace ricci
