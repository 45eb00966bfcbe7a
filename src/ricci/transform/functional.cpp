#include "ricci/transform/functional.h"

#include "ricci/autograd/dual.h"
#include "ricci/base/error.h"
#include "ricci/ops/create.h"
#include "ricci/ops/shape.h"
#include "ricci/tensor/defined.h"
#include "ricci/transform/vmap.h"

namespace ricci {
namespace {

Shape joined(const Shape& a, const Shape& b) {
  Shape out = a;
  out.append(b.begin(), b.end());
  return out;
}

// The unit tensors of this shape and dtype: [element, axes...].
Tensor units(const Tensor& like) {
  const std::int64_t n = like.numel();
  return reshape(eye(n, n, {.dtype = like.dtype(), .device = like.device()}), joined({n}, like.shape()));
}

void check_real(std::string_view function, std::string_view what, const Tensor& t) {
  if (!is_float(t.dtype()))
    fail<GradError>(function, ": ", what, " is ", t.dtype(), ", which has no derivatives",
                    "\n  convert it to a float dtype first");
  if (is_complex(t.dtype()))
    fail<GradError>(function, ": ", what, " is ", t.dtype(), "; a matrix of derivatives is defined for real numbers",
                    "\n  write the function in terms of real() and imag(), or use vjp() and jvp()");
}

std::int64_t total(const std::vector<Tensor>& xs) {
  std::int64_t n = 0;
  for (const Tensor& x : xs) n += x.numel();
  return n;
}

// A row for each element of y, all in one run of the pullback.
std::vector<Tensor> by_rows(const Vjp& at, const std::vector<Tensor>& xs) {
  const Tensor& y = at.value;
  std::vector<Tensor> out;
  if (y.ndim() == 0) return at.pullback(ones_like(y));
  VmapScope rows;
  const std::vector<Tensor> gradients = at.pullback(rows.wrap(units(y), 0));
  for (std::size_t i = 0; i < xs.size(); ++i)
    out.push_back(reshape(rows.unwrap(gradients[i], 0), joined(y.shape(), xs[i].shape())));
  return out;
}

// A column for each element of x[i], all in one forward run.
Tensor by_columns(const TensorFunction& f, const std::vector<Tensor>& xs, std::size_t i) {
  VmapScope columns;
  std::vector<Tensor> tangents(xs.size());
  tangents[i] = columns.wrap(units(xs[i]), 0);
  const Jvp at = jvp(f, xs, tangents);
  check_real("jacobian", "the value", at.value);
  return reshape(columns.unwrap(at.tangent, -1), joined(at.value.shape(), xs[i].shape()));
}

}  // namespace

std::function<ValueAndGradients(const std::vector<Tensor>&)> value_and_grad(TensorFunction f) {
  return [f = std::move(f)](const std::vector<Tensor>& xs) {
    check_all_defined("value_and_grad", xs);
    const Vjp at = vjp(f, xs);
    return ValueAndGradients{at.value, at.pullback({})};
  };
}

std::vector<Tensor> jacobian(const TensorFunction& f, const std::vector<Tensor>& xs) {
  check_all_defined("jacobian", xs);
  for (const Tensor& x : xs) check_real("jacobian", "an argument", x);
  {
    const Vjp at = vjp(f, xs);
    check_real("jacobian", "the value", at.value);
    if (at.value.numel() < total(xs) || at.value.ndim() == 0) return by_rows(at, xs);
  }
  std::vector<Tensor> out;
  for (std::size_t i = 0; i < xs.size(); ++i) out.push_back(by_columns(f, xs, i));
  return out;
}

Tensor jacobian(const TensorFunction& f, const Tensor& x) { return jacobian(f, std::vector<Tensor>{x})[0]; }

Tensor hessian(const TensorFunction& f, const Tensor& x) {
  check_defined("hessian", x);
  check_real("hessian", "the argument", x);
  const auto first = [&f](const std::vector<Tensor>& at) {
    const Vjp inner = vjp(f, at);
    check_real("hessian", "the value", inner.value);
    return by_rows(inner, at)[0];
  };
  return by_columns(first, {x}, 0);
}

std::vector<Tensor> hvp(const TensorFunction& f, const std::vector<Tensor>& xs, const std::vector<Tensor>& vs) {
  if (xs.size() != vs.size())
    fail<ShapeError>("hvp: ", xs.size(), " points but ", vs.size(), " directions; one for each is needed");
  const LevelScope scope;
  const std::vector<Tensor> duals = make_duals("hvp", scope.level(), xs, vs);
  const Vjp at = vjp(f, duals);
  if (at.value.numel() != 1 || is_complex(at.value.dtype()))
    fail<GradError>("hvp: the function returned ", at.value.dtype(), " of shape ", at.value.shape(),
                    "; it takes a function with one real value\n  use jvp() of vjp() for others");
  std::vector<Tensor> out;
  for (const Tensor& g : at.pullback(ones_like(at.value))) {
    const Dual* dual = dual_of(g, scope.level());
    out.push_back(dual ? dual->tangent() : zeros_like(g));
  }
  return out;
}

}  // namespace ricci
