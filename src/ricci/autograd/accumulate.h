// Adding tensors of one shape and dtype: how gradients and tangents are collected.
#pragma once

#include "ricci/autograd/op.h"
#include "ricci/backend/backend.h"

namespace ricci {

/// a + b, recorded; an undefined tensor stands for zero.
RICCI_API Tensor accumulate(const Tensor& a, const Tensor& b);
/// out[...] = map(inputs) as a backend runs it: all inputs read as the broadcast `shape`.
RICCI_API Tensor run_map(Map map, Operands inputs, const Shape& shape, DType dtype);
/// A number among the operands of a map, in the dtype of the last tensor; at place -1 there is none.
struct NumberAt {
  int place = -1;
  Scalar value{};
};
/// The same written into `out`, which may be one of the inputs.
RICCI_API void map_into(Map map, Operands inputs, const Tensor& out, const NumberAt& number = {});
/// Every element becomes the number, which the dtype of `out` can hold.
RICCI_API void fill_elements(const Tensor& out, const Scalar& value);
/// Whether this handle alone reaches its elements, which lie densely in memory of the library's own.
RICCI_API bool is_unshared(const Tensor& tensor);

}  // namespace ricci
