// One contraction of one or two tensors, run on its device's backend. No history, no plan.
#pragma once

#include <memory>
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

/// What contract() runs for operands and a result of this geometry, whose elements are not read; of two operands
/// neither has a label to itself that is summed.
std::unique_ptr<const Kernel> kernel_of(const Contraction& contraction, std::span<const Tensor> operands,
                                        const Tensor& result, Device device);

/// The name of that kernel; `epilogue` has the result's geometry.
std::string kernel_name(const Contraction& contraction, std::span<const Tensor> operands, Device device,
                        const Epilogue& epilogue);

/// What contract() charges on a device beside its result, when `most` is left to it; of the operands and the target
/// only geometry and dtype are looked at.
RICCI_API std::int64_t contract_bytes(const Contraction& contraction, std::span<const Tensor> operands, Device device,
                                      std::int64_t most, const Epilogue& epilogue);

/// The same elements under other strides where no arithmetic is needed (permute, diagonal, broadcast
/// of one operand); an undefined tensor where it is.
RICCI_API Tensor as_view(const Contraction& contraction, const Tensor& operand);

}  // namespace ricci::execute
