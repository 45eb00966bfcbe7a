// The sum over labels of products of factors and of the exponential of a sum: what derivatives of log_sum_exp are, of
// every order. Computed a piece of the joint labels at a time, so that it takes memory for operands and results only.
#pragma once

#include "ricci/algebra/contraction.h"
#include "ricci/autograd/op.h"

namespace ricci {

/// out[output] = sum of factor_1 ... factor_m exp(x_1 + ... + x_p): the contraction's inputs are the factors, then the
/// exponents (one or more), real floats of one dtype. No term repeats a label. Closed under its own derivatives.
Tensor exp_contract(const Contraction& c, std::size_t factors, Operands in);

/// A factor or an exponent, and its labels; or a result that is added to.
struct LabelledTensor {
  Tensor tensor;
  Labels labels;
};

/// Adds the sums above to every one of `results`, which share the exponentials. None is recorded; of one dtype, f32 or
/// f64.
void add_exp_contractions(const Extents& extents, const std::vector<LabelledTensor>& factors,
                          const std::vector<LabelledTensor>& exponents, const std::vector<LabelledTensor>& results);

}  // namespace ricci
