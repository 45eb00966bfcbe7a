// Foreign: a value that another framework keeps, because it differentiates, traces or batches it. The door
// hands every operation on one to that framework, which asks the Op back for its value and its rules.
#pragma once

#include "ricci/autograd/op.h"

namespace ricci {

struct RICCI_API Foreign : Wrapper {
  Foreign() : Wrapper(0) {}
  /// op(inputs) as the framework records it; one input at least is of its kind.
  virtual Tensor call(const Ref<Op>& op, Operands inputs) const = 0;
};

/// A tensor of this shape and dtype whose values the framework keeps.
RICCI_API Tensor make_foreign(const Shape& shape, DType dtype, Ref<Foreign> value);
/// What the framework keeps of this tensor, or null.
RICCI_API const Foreign* foreign_of(const Tensor& tensor);
/// The first among these that a framework keeps, or null.
RICCI_API const Foreign* foreign_among(Operands tensors);

}  // namespace ricci
