#include <cmath>

#include "ricci/autograd/record.h"
#include "ricci/base/error.h"
#include "ricci/nn/optim.h"
#include "ricci/ops/create.h"
#include "ricci/ops/elementwise.h"
#include "ricci/ops/index.h"
#include "ricci/ops/reduce.h"
#include "ricci/ops/shape.h"
#include "ricci/tensor/defined.h"

namespace ricci::optim {
namespace {

// The norm of all elements of a tensor, in its real dtype (float32 for the 16-bit floats).
Tensor norm_of(const Tensor& t, double type) {
  const Tensor size = abs(to(t, accumulator_of(t.dtype())));
  if (std::isinf(type)) return max(reshape(size, {-1}));
  if (type == 1) return sum(size);
  if (type == 2) return sqrt(sum(size * size));
  return power(sum(power(size, type)), 1 / type);
}

std::vector<Tensor> gradients_of(const std::vector<Tensor>& parameters) {
  std::vector<Tensor> out;
  for (const Tensor& p : parameters)
    if (const Tensor g = p.grad(); g.defined() && g.numel() > 0) out.push_back(g.detach());
  return out;
}

}  // namespace

Tensor clip_grad_norm(const std::vector<Tensor>& parameters, double max_norm, const ClipOptions& options) {
  check_all_defined("clip_grad_norm", parameters);
  if (!(max_norm >= 0)) fail("clip_grad_norm: the largest norm is ", max_norm, "; it can't be negative");
  if (!(options.norm_type > 0)) fail("clip_grad_norm: a norm of type ", options.norm_type, "; it has to be positive");
  const NoGrad inside;
  const std::vector<Tensor> gradients = gradients_of(parameters);
  if (gradients.empty()) return zeros({});
  for (const Tensor& g : gradients) check_not_read_only("clip_grad_norm", g);
  std::vector<Tensor> norms;
  for (const Tensor& g : gradients) norms.push_back(norm_of(g, options.norm_type));
  const Tensor norm = norm_of(stack(norms), options.norm_type);
  const double size = norm.item<double>();
  if (options.error_if_nonfinite && !std::isfinite(size))
    fail<GradError>("clip_grad_norm: the gradients have the norm ", size, ", so there is nothing to scale them by",
                    "\n  look for the operation that made it, or leave this step out; the gradients are unchanged");
  const Tensor factor = minimum(max_norm / (norm + 1e-6), 1.0);
  for (const Tensor& g : gradients) copy_into(g, g * to(factor, real_of(g.dtype())));
  return norm;
}

}  // namespace ricci::optim
