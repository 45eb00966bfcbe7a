// gradcheck: a function's derivatives against central differences, for those who write rules.
#pragma once

#include "ricci/transform/forward.h"

namespace ricci {

struct GradcheckOptions {
  double eps = 1e-6;   ///< the step of the differences
  double atol = 1e-5;  ///< |derivative - difference| <= atol + rtol * |difference|
  double rtol = 1e-3;
  bool forward_mode = true;  ///< false: reverse mode alone, for rules without jvp()
};

/// Whether reverse and forward mode agree with central differences, at every element of every float64 or
/// complex128 argument and of the value. Returns true; throws GradError saying which input, which elements
/// and both numbers, or that an argument's dtype is too coarse for differences.
RICCI_API bool gradcheck(const TensorFunction& f, const std::vector<Tensor>& xs, const GradcheckOptions& options = {});

/// The same for second derivatives: gradcheck of the gradients, as functions of the arguments and the seed.
RICCI_API bool gradgradcheck(const TensorFunction& f, const std::vector<Tensor>& xs,
                             const GradcheckOptions& options = {});

}  // namespace ricci
