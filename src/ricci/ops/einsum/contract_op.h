// The n-ary contraction on the tape: one node whatever the number of operands.
#pragma once

#include <memory>

#include "ricci/autograd/op.h"
#include "ricci/execute/execute.h"

namespace ricci {

/// Runs `plan` on operands of its dtype, recorded as one node.
Tensor call_contraction(const execute::ExecutableRef& plan, Operands operands);

/// The same for one step of a semiring other than sum_product, with its (sub)gradient.
Tensor call_semiring(const Contraction& contraction, Operands operands);

/// The gradient of operand i of such a step, whose value is y. Recorded where that is on.
Tensor semiring_gradient(const Contraction& contraction, Operands operands, const Tensor& y, const Tensor& seed,
                         std::size_t i);
/// The same for runs of plans, not recorded.
const execute::GradientRule& semiring_rule();
/// Bytes that the rule allocates at the most for one operand of a step, its result apart.
std::int64_t semiring_rule_bytes(const planning::StepShape& step, const planning::ScratchBytes& scratch,
                                 std::int64_t most);

/// Throws EinsumError for a negative value in a semiring that distributes over numbers of 0 and more only.
void check_nonnegative(Semiring semiring, Operands operands);
inline void check_values(Semiring semiring, Operands operands) {
  if (needs_nonnegative(semiring)) check_nonnegative(semiring, operands);
}

}  // namespace ricci
