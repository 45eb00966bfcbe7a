// Forward mode: a function and its directional derivative in one run, by dual tensors.
#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "ricci/tensor/tensor.h"

namespace ricci {

/// A function of tensors, as every transform takes it.
using TensorFunction = std::function<Tensor(const std::vector<Tensor>&)>;

struct Jvp {
  Tensor value, tangent;
};

/// f(xs) and its derivative along `tangents` (one for each x, of its shape; undefined: zero). Nests with
/// itself and with grad(), any order. Throws ShapeError.
RICCI_API Jvp jvp(const TensorFunction& f, const std::vector<Tensor>& xs, const std::vector<Tensor>& tangents);

struct Vjp {
  Tensor value;
  std::function<std::vector<Tensor>(const Tensor&)> pullback;  // seed -> gradient for each x
};

/// f(xs) and the function from a seed to the gradients.
RICCI_API Vjp vjp(const TensorFunction& f, const std::vector<Tensor>& xs);

}  // namespace ricci
