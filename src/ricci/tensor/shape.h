// Shapes and strides (in elements): products checked for overflow, contiguity, broadcasting, views.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <span>
#include <string_view>

#include "ricci/base/api.h"
#include "ricci/base/small_vector.h"

namespace ricci {

using Shape = SmallVector<std::int64_t, 8>;
using Strides = SmallVector<std::int64_t, 8>;

/// The number of elements. Throws ShapeError for a negative extent or when the product of the extents
/// (zeros left out, so that strides stay exact too) passes int64.
RICCI_API std::int64_t element_count(std::span<const std::int64_t> shape);
/// Row-major strides of a dense tensor of this shape.
RICCI_API Strides contiguous_strides(std::span<const std::int64_t> shape);
RICCI_API bool is_contiguous(std::span<const std::int64_t> shape, std::span<const std::int64_t> strides);
/// NumPy's broadcasting of two shapes, right-aligned. Throws ShapeError naming both.
RICCI_API Shape broadcast_shapes(const Shape& a, const Shape& b);
/// Strides that read a tensor of `shape` as `target`: 0 on broadcast axes.
RICCI_API Strides broadcast_strides(const Shape& shape, const Strides& strides, const Shape& target);
/// Strides of a view with another shape over the same elements, or nothing if only a copy will do.
RICCI_API std::optional<Strides> view_strides(const Shape& shape, const Strides& strides, const Shape& target);
/// First and last element that a view reaches, counted from its own first.
struct Reach {
  std::int64_t low = 0, high = 0;
};
/// Of a view that has elements. Throws ShapeError when an offset passes int64.
RICCI_API Reach reach_of(const Shape& shape, const Strides& strides);
/// `axis` counted from the end when negative. Throws ShapeError naming `function`.
RICCI_API int normalize_axis(std::int64_t axis, std::size_t rank, std::string_view function);

/// "(2, 3)", as Python writes a tuple.
RICCI_API std::ostream& operator<<(std::ostream& out, const Shape& shape);

}  // namespace ricci
