// NumPy arrays by NumPy's own C API: the fastest way across. NumPy is not imported before it is needed.
#pragma once

#include "common.h"

namespace ricci::python {

/// An ndarray; false as long as nobody has imported NumPy.
bool is_array(nb::handle object);
/// A scalar such as np.float32(1).
bool is_numpy_scalar(nb::handle object);
bool is_numpy_bool(nb::handle object);
/// A NumPy scalar as an array of no axes.
nb::object array_of_scalar(nb::handle scalar);

/// Elements that belong to somebody else.
struct Shared {
  Tensor tensor{};
  bool writable = true;
  bool copied = false;  // what is written does not reach the owner
};
/// The array's memory as a tensor, which keeps the array alive. Memory that no tensor can describe
/// (swapped bytes, unaligned, strides that are no multiple of an element) is copied first. Throws DTypeError.
Shared share_array(nb::handle array);
/// The tensor's memory as an ndarray, which keeps the storage alive. Throws GradError for a tensor that
/// requires grad, naming `function`, and DTypeError for bfloat16 without ml_dtypes.
nb::object to_array(const Tensor& tensor, const char* function, bool writable = true);
/// The same; one element without axes becomes a NumPy scalar, as NumPy's own functions return.
nb::object to_array_or_scalar(const Tensor& tensor, bool writable);

/// The names of all dtypes, for messages.
std::string known_dtypes();
/// Throws DTypeError: what to convert elements of such a dtype to, and by which function.
[[noreturn]] void fail_no_counterpart(const std::string& dtype, const char* conversion);
/// The dtype of a NumPy dtype, or of what np.dtype() makes one of. Throws DTypeError.
DType dtype_from_numpy(nb::handle object);
/// Throws GradError where the elements of a tensor with a gradient would leave Ricci.
void check_exportable(const Tensor& tensor, const char* function);

}  // namespace ricci::python
