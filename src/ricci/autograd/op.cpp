#include "ricci/autograd/op.h"

namespace ricci {

LinearMap identity_map() {
  const auto same = [](const Tensor& t) { return t; };
  return {same, same};
}

Tensor Op::run_recorded(Operands inputs, Record&) const { return run(inputs); }

Tensor Op::batched_recorded(Operands inputs, const Batch& batch, Record&) const { return batched(inputs, batch); }

bool Op::run_into(Operands, const Tensor&) const { return false; }

Reads Op::reads(std::size_t) const { return {}; }

Tensors Op::pullback(Operands inputs, const Tensor& output, const Tensor& seed, std::span<const bool> wanted,
                     Ref<RefCounted>) const {
  Tensors gradients(inputs.size());
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (wanted[i]) gradients[i] = derivative(i, inputs, output).transpose(seed);
  return gradients;
}

}  // namespace ricci
