#include "ricci/autograd/dual.h"

#include <algorithm>

#include "ricci/autograd/node.h"

namespace ricci {
namespace {
thread_local int depth = 0;
}

Tensor make_dual(int level, const Tensor& primal, const Tensor& tangent) {
  if (!tangent.defined()) return primal;
  Tensor out = with_history(primal, nullptr);
  out.impl()->wrapper = make_ref<Dual>(level, primal, tangent);
  return out;
}

const Dual* dual_of(const Tensor& tensor, int level) {
  const Wrapper* wrapper = tensor.impl()->wrapper.get();
  return wrapper && wrapper->level == level ? static_cast<const Dual*>(wrapper) : nullptr;
}

int level_of(Operands tensors) {
  int level = 0;
  for (const Tensor& t : tensors)
    if (const Wrapper* wrapper = t.impl()->wrapper.get()) level = std::max(level, wrapper->level);
  return level;
}

bool is_differentiated(const Tensor& tensor) {
  if (!tensor.defined()) return false;
  if (tensor.requires_grad()) return true;
  const Wrapper* wrapper = tensor.impl()->wrapper.get();
  if (!wrapper || wrapper->level == 0) return false;
  const auto* dual = static_cast<const Dual*>(wrapper);
  return (is_differentiated(dual->primal) || is_differentiated(dual->tangent));
}

LevelScope::LevelScope() : level_(++depth) {}
LevelScope::~LevelScope() { --depth; }

}  // namespace ricci
