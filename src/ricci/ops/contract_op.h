// The n-ary contraction on the tape: one node whatever the number of operands.
#pragma once

#include <memory>

#include "ricci/autograd/op.h"
#include "ricci/execute/execute.h"

namespace ricci {

/// Runs `plan` on operands of its dtype, recorded as one node.
Tensor call_contraction(const std::shared_ptr<const planning::Plan>& plan, Operands operands);

/// The same for one step of a semiring other than sum_product, with its (sub)gradient.
Tensor call_semiring(const Contraction& contraction, Operands operands);

/// Throws EinsumError for a negative value in max_product, which distributes over nonnegative numbers only.
void check_values(Semiring semiring, Operands operands);

}  // namespace ricci
