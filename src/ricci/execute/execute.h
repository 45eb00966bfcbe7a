// Runs plans on tensors: forward, and all wanted gradients together in one sweep back through the
// tree, at most two contractions for each forward one.
#pragma once

#include <functional>
#include <vector>

#include "ricci/base/function_ref.h"
#include "ricci/execute/contract.h"
#include "ricci/plan/plan.h"

namespace ricci::execute {

/// How one step is computed: contract() itself, or a recorded contraction where the result must be
/// differentiable again. Arguments: contraction, operands, dtype of the result.
using StepFunction = FunctionRef<Tensor(const Contraction&, std::span<const Tensor>, DType)>;

/// The values of a plan's run: the operands, then each step's result; undefined once freed.
using Values = std::vector<Tensor>;

/// Runs the steps; the result is the last of `values`. With `keep`, intermediates stay in `values`.
/// Throws MemoryError before the first step when the result of one would pass 2^63 bytes.
RICCI_API Tensor run(const planning::Plan& plan, std::span<const Tensor> operands, const Epilogue& epilogue = {},
                     Values* keep = nullptr);
/// All values, every step through `step`, none sliced. Steps over an operand of which only the shape is known are
/// left out, undefined: the gradient of that operand alone does not read them.
RICCI_API Values run_through(const planning::Plan& plan, std::span<const Tensor> operands, StepFunction step);

/// The gradients of the wanted operands for one seed; `values` as run() kept them, each freed after
/// its last use. Undefined where not wanted.
RICCI_API std::vector<Tensor> gradients(const planning::Plan& plan, Values values, const Tensor& seed,
                                        std::span<const bool> wanted, StepFunction step);

}  // namespace ricci::execute
