#include "ricci/autograd/foreign.h"

#include "ricci/autograd/record.h"

namespace ricci {

Tensor make_foreign(const Shape& shape, DType dtype, Ref<Foreign> value) {
  Tensor out = empty(shape, {.dtype = dtype, .device = {DeviceType::meta}});
  out.impl()->device = {};
  out.impl()->wrapper = std::move(value);
  return out;
}

const Foreign* foreign_of(const Tensor& tensor) {
  const Wrapper* wrapper = tensor.defined() ? tensor.impl()->wrapper.get() : nullptr;
  return wrapper && wrapper->level == 0 ? static_cast<const Foreign*>(wrapper) : nullptr;
}

const Foreign* foreign_among(Operands tensors) {
  for (const Tensor& t : tensors)
    if (const Foreign* foreign = foreign_of(t)) return foreign;
  return nullptr;
}

Tensor outline(const Op& op, Operands inputs) {
  const NoGrad inside;
  Tensors outlines;
  for (const Tensor& t : inputs)
    outlines.push_back(empty(t.shape(), {.dtype = t.dtype(), .device = {DeviceType::meta}}));
  return op.run({outlines.data(), outlines.size()});
}

}  // namespace ricci
