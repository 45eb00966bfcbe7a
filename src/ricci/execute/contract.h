// One contraction of one or two tensors, run on its device's backend. No history, no plan.
#pragma once

#include <span>

#include "ricci/backend/backend.h"

namespace ricci::execute {

/// Where a result goes and how it is scaled: target = alpha * contraction + beta * target.
struct Epilogue {
  Tensor target{};  ///< undefined: a new tensor
  Scalar alpha = 1;
  Scalar beta = 0;
};

/// The contraction of one or two operands; any labels, summed ones of one operand included. The result
/// has dtype `dtype` (the operands' or the accumulator's) and the shape of the output's labels.
RICCI_API Tensor contract(const Contraction& contraction, std::span<const Tensor> operands, DType dtype,
                          const Epilogue& epilogue = {});

/// All of a tensor that a kernel depends on but its extents, which are those of its labels.
struct Geometry {
  Strides strides;
  DType dtype = DType::f32;
};
Geometry geometry_of(const Tensor& tensor);

/// What contract() runs for one or two operands and a result of this geometry.
const Kernel* make_kernel(const Contraction& contraction, std::span<const Geometry> operands, const Geometry& result,
                          const Scalar& alpha, const Scalar& beta, Device device, KernelSlot& slot);

/// The same elements under other strides where no arithmetic is needed (permute, diagonal, broadcast
/// of one operand); an undefined tensor where it is.
RICCI_API Tensor as_view(const Contraction& contraction, const Tensor& operand);

}  // namespace ricci::execute
