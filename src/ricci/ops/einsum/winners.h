// Derivatives of one step in max_plus, min_plus or max_product: every result is one of the step's terms, the first
// winner in label order, and so a gather from each operand. Takes memory for the operands and the results only.
#pragma once

#include "ricci/algebra/contraction.h"
#include "ricci/autograd/op.h"

namespace ricci {

/// The rule for operand i, which every order of derivative goes through.
LinearMap winner_map(const Contraction& c, Operands in, std::size_t i);
/// The gradients of the wanted operands for one seed.
Tensors winner_pullback(const Contraction& c, Operands in, const Tensor& seed, std::span<const bool> wanted);

}  // namespace ricci
