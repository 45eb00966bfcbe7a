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

/// The gradients of other semirings, whose rules stand above this layer.
struct GradientRule {
  /// The gradient of operand i of a step for the seed of its value.
  std::function<Tensor(const Contraction& step, std::span<const Tensor> operands, const Tensor& value,
                       const Tensor& seed, std::size_t i)>
      of_step;
  /// The share of a slice, whose value this is, in the seed of the total; `open` is one where no slice has won yet, and
  /// changed. Without a total the slice is all there is.
  std::function<Tensor(Semiring semiring, const Tensor& value, const Tensor& total, const Tensor& seed,
                       const Tensor& open)>
      of_slice;
};

struct SweepOptions {
  Tensor seed{};  ///< of the output's shape; read where there are gradients
  Epilogue epilogue{};
  const GradientRule* rule = nullptr;      ///< needed for gradients in other semirings than sum_product
  planning::Measured* measured = nullptr;  ///< hears how long it took
};

/// Operands of the plan's dtype and shapes.
RICCI_API Swept sweep(const planning::Plan& plan, const planning::Program& program, std::span<const Tensor> operands,
                      const SweepOptions& options = {});

/// Throws MemoryError when the result of a step would pass 2^63 bytes: nothing is computed on the way to it.
void check_sizes(const planning::Plan& plan);

/// What contract() allocates beside its result on a device, for plans to predict.
RICCI_API planning::ScratchBytes scratch_of(Device device);

/// What contract() runs on a device, for people.
RICCI_API planning::KernelName kernel_name_on(Device device);

/// How these tensors lie, as a plan's footprint depends on it. `seed` and the epilogue's target may be undefined.
RICCI_API planning::Layout layout_of(std::span<const Tensor> operands, const Tensor& seed = {},
                                     const Epilogue& epilogue = {});

}  // namespace ricci::execute
