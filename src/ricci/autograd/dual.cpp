#include "ricci/autograd/dual.h"

#include "ricci/autograd/node.h"

namespace ricci {

Tensor make_dual(std::int64_t level, const Tensor& primal, const Tensor& tangent) {
  if (!tangent.defined()) return primal;
  Tensor out = with_history(primal, nullptr);
  out.impl()->wrapper = make_ref<Dual>(level, primal, tangent);
  return out;
}

const Dual* dual_of(const Tensor& tensor, std::int64_t level) {
  const Wrapper* wrapper = tensor.impl()->wrapper.get();
  return wrapper && wrapper->level == level ? dynamic_cast<const Dual*>(wrapper) : nullptr;
}

}  // namespace ricci
