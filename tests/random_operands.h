// Random operands of any dtype and layout, the same for a seed.
#pragma once

#include <string>
#include <vector>

#include "ricci/ops/create.h"
#include "ricci/ops/einsum/spellings.h"
#include "ricci/ops/elementwise.h"
#include "ricci/ops/index.h"
#include "ricci/ops/random.h"
#include "ricci/ops/shape.h"

namespace ricci::testing {

inline Tensor random_tensor(const Shape& shape, DType dtype, std::uint64_t seed) {
  if (dtype == DType::b8) return greater(rand(shape, {.seed = seed}), 0.5);
  if (is_integer(dtype)) return randint(dtype == DType::u8 ? 0 : -9, 10, shape, {.dtype = dtype, .seed = seed});
  return randn(shape, {.dtype = dtype, .seed = seed});
}

enum class Layout { contiguous, reversed_axes, negative, strided };
inline constexpr Layout kLayouts[] = {Layout::contiguous, Layout::reversed_axes, Layout::negative, Layout::strided};

/// The same values under other strides: axes stored backwards, read from the end, or with gaps and an offset.
inline Tensor laid_out(const Tensor& x, Layout layout) {
  if (layout == Layout::contiguous || x.ndim() == 0) return x;
  if (layout == Layout::reversed_axes) return transpose(clone(transpose(x)));
  Index backwards(x.shape().size(), Slice{.start = {}, .stop = {}, .step = -1});
  if (layout == Layout::negative) return slice(clone(slice(x, backwards)), backwards);
  Shape wider;
  Index inside;
  for (const std::int64_t extent : x.shape()) {
    wider.push_back(2 * extent + 3);
    inside.push_back(Slice{.start = 2, .stop = 2 + 2 * extent, .step = 2});
  }
  Tensor room = full(wider, is_float(x.dtype()) ? Scalar(std::numeric_limits<double>::quiet_NaN()) : Scalar(1),
                     {.dtype = x.dtype()});
  assign(room, inside, x);
  return slice(room, inside);
}

}  // namespace ricci::testing
