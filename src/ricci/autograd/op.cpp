#include "ricci/autograd/op.h"

#include "ricci/autograd/accumulate.h"

namespace ricci {

LinearMap identity_map() {
  const auto same = [](const Tensor& t) { return t; };
  return {same, same};
}

Tensor Op::run(Operands inputs) const {
  const TensorType type = output_type(inputs);
  const Tensor out = empty(type.shape, {.dtype = type.dtype, .device = inputs[0].device()});
  run_into(inputs, out);
  return out;
}

void Op::run_into(Operands inputs, const Tensor& out) const {
  const Tensor value = run(inputs);
  map_into(Map::copy, {&value, 1}, out);
}

Tensor Op::run_recorded(Operands inputs, Record&) const { return run(inputs); }

Tensor Op::batched_recorded(Operands inputs, const Batch& batch, Record&) const { return batched(inputs, batch); }

Reads Op::reads(std::size_t) const { return {}; }

Tensors Op::pullback(Operands inputs, const Tensor& output, const Tensor& seed, std::span<const bool> wanted,
                     Ref<RefCounted>) const {
  Tensors gradients(inputs.size());
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (wanted[i]) gradients[i] = derivative(i, inputs, output).transpose(seed);
  return gradients;
}

}  // namespace ricci
