// Shape functions: views where the strides allow, copies where they must; conversions of dtype and device.
#pragma once

#include "ricci/tensor/tensor.h"

namespace ricci {

/// The elements in row-major order under another shape; one extent may be -1. A view if it can be.
RICCI_API Tensor reshape(const Tensor& x, const Shape& shape);
/// The axes from `first` to `last`, both counted, as one; a scalar becomes (1). A view if it can be. Throws ShapeError.
RICCI_API Tensor flatten(const Tensor& x, std::int64_t first = 0, std::int64_t last = -1);
/// x itself if it is contiguous, else a row-major copy.
RICCI_API Tensor contiguous(const Tensor& x);
/// A row-major copy, recorded.
RICCI_API Tensor clone(const Tensor& x);
/// x in another dtype: itself if it has it. Complex to real drops the imaginary part; float to integer truncates.
RICCI_API Tensor to(const Tensor& x, DType dtype);
/// x on another device: itself if it is there.
RICCI_API Tensor to(const Tensor& x, Device device);
/// Without the axes of extent 1; all of them, or those given.
RICCI_API Tensor squeeze(const Tensor& x);
RICCI_API Tensor squeeze(const Tensor& x, const SmallVector<std::int64_t, 8>& axes);
/// With an axis of extent 1 at `axis` of the result.
RICCI_API Tensor unsqueeze(const Tensor& x, std::int64_t axis);

}  // namespace ricci
