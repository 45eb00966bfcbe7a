#include "ricci/autograd/dual.h"

#include "ricci/autograd/node.h"
#include "ricci/base/error.h"
#include "ricci/tensor/defined.h"

namespace ricci {

Tensor make_dual(std::int64_t level, const Tensor& primal, const Tensor& tangent) {
  if (!tangent.defined()) return primal;
  Tensor out = with_history(primal, nullptr);
  out.impl()->wrapper = make_ref<Dual>(level, primal, tangent);
  return out;
}

std::vector<Tensor> make_duals(std::string_view function, std::int64_t level, const std::vector<Tensor>& xs,
                               const std::vector<Tensor>& tangents) {
  check_all_defined(function, xs);
  std::vector<Tensor> duals;
  for (std::size_t i = 0; i < xs.size(); ++i) {
    const Tensor& t = tangents[i];
    if (t.defined() && (t.shape() != xs[i].shape() || t.dtype() != xs[i].dtype()))
      fail_at<ShapeError>({.operand = static_cast<int>(i)}, function, ": tangent ", i + 1, " is ", t.dtype(),
                          " of shape ", t.shape(), ", its point ", xs[i].dtype(), " of shape ", xs[i].shape());
    if (t.defined() && !is_float(t.dtype()))
      fail_at<GradError>({.operand = static_cast<int>(i)}, function, ": point ", i + 1, " is ", t.dtype(),
                         ", which has no derivatives\n  give it no tangent, or convert it to a float dtype");
    duals.push_back(make_dual(level, xs[i], t));
  }
  return duals;
}

const Dual* dual_of(const Tensor& tensor, std::int64_t level) {
  const Wrapper* wrapper = tensor.impl()->wrapper.get();
  return wrapper && wrapper->level == level ? dynamic_cast<const Dual*>(wrapper) : nullptr;
}

}  // namespace ricci
