// Runs plans on tensors: the value, and the gradients of the wanted operands together, at most two contractions for
// each forward one. What callers above this layer use; the machines behind it walk a plan's program.
#pragma once

#include "ricci/execute/executable.h"
#include "ricci/execute/tensor_machine.h"

namespace ricci::execute {

/// The plan's value. Throws MemoryError before the first step when the result of one would pass 2^63 bytes.
RICCI_API Tensor run(const Executable& plan, std::span<const Tensor> operands, const Epilogue& epilogue = {});

/// The same, and what the gradients of the wanted operands will read; of a plan in slices nothing is kept.
RICCI_API Tensor run_keeping(const Executable& plan, std::span<const Tensor> operands, std::span<const bool> wanted,
                             Kept& kept);

/// The gradients of the wanted operands of a plan in sum_product for one seed; undefined where not wanted.
/// `kept` is what run_keeping() kept for these operands or more, or empty: then steps run again where they are read.
RICCI_API std::vector<Tensor> gradients(const Executable& plan, std::span<const Tensor> operands, Kept kept,
                                        const Tensor& seed, std::span<const bool> wanted);

/// Throws MemoryError when the result of a step would pass 2^63 bytes: nothing is computed on the way to it.
void check_sizes(const planning::Plan& plan);

/// What the kernel of a step allocates beside its result on a device, for plans to predict.
RICCI_API planning::ScratchBytes scratch_of(Device device);

/// What the kernel of a step is called on a device, for people.
RICCI_API planning::KernelName kernel_name_on(Device device);

/// How these tensors lie, as a plan's footprint depends on it. `seed` and the epilogue's target may be undefined.
RICCI_API planning::Layout layout_of(std::span<const Tensor> operands, const Tensor& seed = {},
                                     const Epilogue& epilogue = {});

}  // namespace ricci::execute
