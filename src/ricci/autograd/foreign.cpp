#include "ricci/autograd/foreign.h"

namespace ricci {

Tensor make_foreign(const Shape& shape, DType dtype, Ref<Foreign> value) {
  auto impl = make_ref<TensorImpl>(Storage::borrow(static_cast<void*>(nullptr), 0), shape, contiguous_strides(shape), 0,
                                   dtype, Device{});
  impl->wrapper = std::move(value);
  return Tensor(std::move(impl));
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

}  // namespace ricci
