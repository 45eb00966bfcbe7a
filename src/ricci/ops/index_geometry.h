// Where the elements of x[items] lie in x, and what is made of it when a batch stands before the axes.
// Called by the operations that read, write and join parts of tensors.
#pragma once

#include "ricci/autograd/op.h"
#include "ricci/ops/index.h"

namespace ricci {

struct IndexGeometry {
  Shape shape;
  Strides strides;
  std::int64_t offset = 0;
};

/// Throws IndexError for items that the shape has no place for.
IndexGeometry index_geometry(const Shape& shape, const Strides& strides, std::int64_t offset, const Index& items);

/// x[items] as a view that nothing records.
Tensor view_at(const Tensor& x, const Index& items);

Shape with_batch(std::int64_t extent, const Shape& shape);
/// Every operand with a batch of its own: what lacks it is repeated.
Tensors all_batched(Operands in, const Batch& batch);

}  // namespace ricci
