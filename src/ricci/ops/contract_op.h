// The n-ary contraction on the tape: one node whatever the number of operands.
#pragma once

#include <memory>

#include "ricci/autograd/op.h"
#include "ricci/execute/execute.h"
#include "ricci/execute/tensor_machine.h"

namespace ricci {

/// Runs `plan` on operands of its dtype, recorded as one node.
Tensor call_contraction(const std::shared_ptr<const planning::Plan>& plan, Operands operands);

/// The same for one step of a semiring other than sum_product, with its (sub)gradient.
Tensor call_semiring(const Contraction& contraction, Operands operands);

/// The gradients of such steps, for sweeps over plans.
const execute::GradientRule& semiring_rule();
/// Bytes that the rule allocates at the most for one operand of a step, its result apart.
std::int64_t semiring_rule_bytes(const planning::StepShape& step, const planning::ScratchBytes& scratch,
                                 std::int64_t most);

/// The gradients of a whole plan of such steps for one seed, none sliced; undefined where not wanted. Recorded where
/// that is on.
std::vector<Tensor> semiring_gradients(const planning::Plan& plan, Operands operands, const Tensor& seed,
                                       std::span<const bool> wanted);

/// Throws EinsumError for a negative value in max_product, which distributes over nonnegative numbers only.
void check_values(Semiring semiring, Operands operands);

}  // namespace ricci
