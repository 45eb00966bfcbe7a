// Memory that torch lent, and tensors for torch. Torch's count of changes stands in for such memory, here and in what
// torch gets back of it.
#pragma once

#include "numpy.h"

namespace ricci::python {

/// The elements of a torch.Tensor without its tape, conjugated and negated where torch only says so. Changes by either
/// side are seen by both. Throws DTypeError for what is no dense array, DeviceError for what is not on the host.
Shared share_torch(nb::handle tensor);
/// A result as a torch.Tensor: in memory of torch's, a view of the tensor that lent it.
nb::object torch_tensor(const Tensor& result);
/// Throws DTypeError for a torch.Tensor that is sparse or nested.
void check_dense(nb::handle tensor);
bool is_torch_dtype(nb::handle object);
/// The dtype of a torch.dtype. Throws DTypeError.
DType dtype_from_torch(nb::handle dtype);

}  // namespace ricci::python
