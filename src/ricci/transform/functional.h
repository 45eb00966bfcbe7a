// Derivatives of functions as tensors: Jacobians, Hessians, products with them.
#pragma once

#include "ricci/transform/forward.h"

namespace ricci {

struct ValueAndGradients {
  Tensor value;
  std::vector<Tensor> gradients;  // for each argument
};
/// The function that gives f's value and its gradients.
RICCI_API std::function<ValueAndGradients(const std::vector<Tensor>&)> value_and_grad(TensorFunction f);

/// dy/dx for each x, of shape y.shape + x.shape: by rows in reverse mode when y has fewer elements than the
/// xs, else by columns in forward mode; all rows (columns) in one batched run. Of real functions of real
/// tensors: throws GradError for complex ones.
RICCI_API std::vector<Tensor> jacobian(const TensorFunction& f, const std::vector<Tensor>& xs);
RICCI_API Tensor jacobian(const TensorFunction& f, const Tensor& x);

/// d2y/dx2, of shape y.shape + x.shape + x.shape: forward over reverse mode. Throws GradError for complex tensors.
RICCI_API Tensor hessian(const TensorFunction& f, const Tensor& x);

/// The Hessian of a real scalar function times the vs: for each x the derivative of its gradient along the
/// vs. Forward over reverse mode, about the cost of two gradients. Throws GradError, ShapeError.
RICCI_API std::vector<Tensor> hvp(const TensorFunction& f, const std::vector<Tensor>& xs,
                                  const std::vector<Tensor>& vs);

}  // namespace ricci
