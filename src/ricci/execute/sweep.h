// Runs a plan's program on tensors: slice by slice, the value, the gradients, or both in one sweep. Slices of
// operands are views; their results are added in a fixed order, so the bits depend on the plan alone.
#pragma once

#include "ricci/execute/contract.h"
#include "ricci/plan/explain.h"

namespace ricci::execute {

struct Swept {
  Tensor value;                   // undefined where the program doesn't give it
  std::vector<Tensor> gradients;  // by operand; undefined where not wanted
};

/// Operands of the plan's dtype and shapes; the seed has the output's shape and is read where there are gradients.
/// `measured`, where given, hears how long it took.
RICCI_API Swept sweep(const planning::Plan& plan, const planning::Program& program, std::span<const Tensor> operands,
                      const Tensor& seed = {}, const Epilogue& epilogue = {}, planning::Measured* measured = nullptr);

/// Throws MemoryError when the result of a step would pass 2^63 bytes: nothing is computed on the way to it.
void check_sizes(const planning::Plan& plan);

/// What contract() allocates beside its result on a device, for plans to predict.
RICCI_API planning::ScratchBytes scratch_of(Device device);

/// How these tensors lie, as a plan's footprint depends on it. `seed` and the epilogue's target may be undefined.
RICCI_API planning::Layout layout_of(std::span<const Tensor> operands, const Tensor& seed = {},
                                     const Epilogue& epilogue = {});

}  // namespace ricci::execute
