#include "ricci/autograd/level.h"

#include <algorithm>
#include <atomic>

namespace ricci {
namespace {

std::int64_t next_level() {
  static std::atomic<std::int64_t> counter{0};
  return 1 + counter.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace

LevelScope::LevelScope() : level_(next_level()) {}

const Wrapper* outermost(Operands tensors) {
  const Wrapper* found = nullptr;
  for (const Tensor& t : tensors)
    if (const Wrapper* wrapper = t.defined() ? t.impl()->wrapper.get() : nullptr;
        wrapper && wrapper->level > 0 && (!found || wrapper->level > found->level))
      found = wrapper;
  return found;
}

std::int64_t level_of(Operands tensors) {
  const Wrapper* found = outermost(tensors);
  return found ? found->level : 0;
}

Tensor plain(const Tensor& tensor) {
  Tensor out = tensor;
  while (out.defined() && out.impl()->wrapper && out.impl()->wrapper->level > 0)
    out = Tensor(out.impl()->wrapper->parts()[0]);
  return out;
}

bool is_differentiated(const Tensor& tensor) {
  if (!tensor.defined()) return false;
  if (tensor.requires_grad()) return true;
  const Wrapper* wrapper = tensor.impl()->wrapper.get();
  return wrapper && std::any_of(wrapper->parts().begin(), wrapper->parts().end(), is_differentiated);
}

}  // namespace ricci
