#include "checked.h"
#include "convert.h"

#define NPY_NO_DEPRECATED_API NPY_1_22_API_VERSION
#define NPY_TARGET_VERSION NPY_1_22_API_VERSION
#include <numpy/arrayobject.h>

#include <array>
#include <string>

namespace ricci::python {
namespace {

// NumPy's function table, once NumPy is there.
bool has_api = false;

void import_api() {
  if (has_api) return;
  if (_import_array() < 0) nb::raise_python_error();
  has_api = true;
}

bool numpy_is_imported() {
  if (has_api) return true;
  if (!PyDict_GetItemString(PyImport_GetModuleDict(), "numpy")) return false;
  import_api();
  return true;
}

PyArrayObject* array_pointer(nb::handle array) { return reinterpret_cast<PyArrayObject*>(array.ptr()); }

DType dtype_from_descr(PyArray_Descr* descr) {
  switch (descr->type_num) {
    case NPY_HALF: return DType::f16;
    case NPY_FLOAT: return DType::f32;
    case NPY_DOUBLE: return DType::f64;
    case NPY_CFLOAT: return DType::c64;
    case NPY_CDOUBLE: return DType::c128;
    case NPY_BYTE: return DType::i8;
    case NPY_SHORT: return DType::i16;
    case NPY_INT: return DType::i32;
    case NPY_LONG: return dtype_of<long>();
    case NPY_LONGLONG: return DType::i64;
    case NPY_UBYTE: return DType::u8;
    case NPY_BOOL: return DType::b8;
    default: break;
  }
  if (std::string_view(descr->typeobj->tp_name).ends_with("bfloat16")) return DType::bf16;
  const std::string name = str_of(nb::handle(reinterpret_cast<PyObject*>(descr)));
  fail_no_counterpart("NumPy's dtype " + name, "astype()");
}

// A new reference.
PyArray_Descr* descr_of(DType dtype) {
  constexpr std::array<int, kDTypeCount> types{NPY_HALF, NPY_NOTYPE, NPY_FLOAT, NPY_DOUBLE, NPY_CFLOAT, NPY_CDOUBLE,
                                               NPY_BYTE, NPY_SHORT,  NPY_INT,   NPY_INT64,  NPY_UBYTE,  NPY_BOOL};
  if (dtype != DType::bf16) return PyArray_DescrFromType(types[static_cast<std::size_t>(dtype)]);
  nb::object type;
  try {
    type = nb::module_::import_("ml_dtypes").attr("bfloat16");
  } catch (nb::python_error&) {
    fail<DTypeError>("NumPy has no bfloat16\n  install ml_dtypes, or convert first: x.to('float32')");
  }
  PyArray_Descr* descr = nullptr;
  if (!PyArray_DescrConverter(type.ptr(), &descr)) nb::raise_python_error();
  return descr;
}

bool fits_a_tensor(PyArrayObject* array) {
  if (!PyArray_ISALIGNED(array) || !PyArray_ISNOTSWAPPED(array)) return false;
  const npy_intp width = PyArray_ITEMSIZE(array);
  for (int i = 0; i < PyArray_NDIM(array); ++i)
    if (PyArray_STRIDES(array)[i] % width != 0) return false;
  return true;
}

void drop(void* object) { Py_DECREF(static_cast<PyObject*>(object)); }

// What keeps the elements alive behind an array: an owner of the storage, whatever becomes of the Python handle.
PyObject* owner_of(const Tensor& tensor) {
  Storage* storage = tensor.storage().get();
  storage->retain();
  PyObject* capsule = PyCapsule_New(
      storage, nullptr, [](PyObject* self) { static_cast<Storage*>(PyCapsule_GetPointer(self, nullptr))->release(); });
  if (!capsule) storage->release();
  return capsule;
}

bool repeats_elements(const Tensor& tensor) {
  for (std::size_t i = 0; i < tensor.shape().size(); ++i)
    if (tensor.shape()[i] > 1 && tensor.strides()[i] == 0) return true;
  return false;
}

}  // namespace

std::string known_dtypes() {
  std::string names;
  for (int i = 0; i < kDTypeCount; ++i) names += concat(i ? ", " : "", name_of(static_cast<DType>(i)));
  return names;
}

void fail_no_counterpart(const std::string& dtype, const char* conversion) {
  const auto is = [&](std::string_view name) { return dtype.ends_with(name); };
  const char* wider = is("uint16")   ? "int32 holds all its values; "
                      : is("uint32") ? "int64 holds all its values; "
                      : is("uint64") ? "int64 holds its values below 2**63, float64 whole numbers up to 2**53; "
                                     : "";
  fail<DTypeError>(dtype, " has no counterpart here\n  convert it with ", conversion, "; ", wider,
                   "known: ", known_dtypes());
}

bool is_array(nb::handle object) { return numpy_is_imported() && PyArray_Check(object.ptr()); }
bool is_numpy_scalar(nb::handle object) { return numpy_is_imported() && PyArray_IsScalar(object.ptr(), Generic); }
bool is_numpy_bool(nb::handle object) { return numpy_is_imported() && PyArray_IsScalar(object.ptr(), Bool); }
nb::object array_of_scalar(nb::handle scalar) { return nb::steal(PyArray_FromScalar(scalar.ptr(), nullptr)); }

namespace {
// Its data alone would count what the mask hides.
void check_not_masked(nb::handle array) {
  if (PyArray_CheckExact(array.ptr()) || !PyDict_GetItemString(PyImport_GetModuleDict(), "numpy.ma")) return;
  const nb::object type = nb::module_::import_("numpy.ma").attr("MaskedArray");
  if (PyObject_IsInstance(array.ptr(), type.ptr()) == 1)
    fail<DTypeError>("a masked array of NumPy has values that its mask hides",
                     "\n  say what they count as: x.filled(0), or pass x.data to count them all");
}
}  // namespace

Shared share_array(nb::handle array) {
  check_not_masked(array);
  PyArrayObject* from = array_pointer(array);
  const DType dtype = dtype_from_descr(PyArray_DESCR(from));
  nb::object copy;
  if (!fits_a_tensor(from)) {
    PyArray_Descr* native = PyArray_DescrNewByteorder(PyArray_DESCR(from), NPY_NATIVE);
    copy = nb::steal(PyArray_FromArray(from, native, NPY_ARRAY_CARRAY | NPY_ARRAY_ENSURECOPY));
    if (!copy.is_valid()) nb::raise_python_error();
    from = array_pointer(copy);
  }
  const auto rank = static_cast<std::size_t>(PyArray_NDIM(from));
  const auto width = static_cast<std::int64_t>(size_of(dtype));
  Shape shape;
  MemoryOptions options;
  for (std::size_t i = 0; i < rank; ++i) {
    shape.push_back(PyArray_DIMS(from)[i]);
    options.strides.push_back(PyArray_STRIDES(from)[i] / width);
  }
  const auto lend = [&](auto* data) {
    expect_release();
    Tensor out = from_memory(data, dtype, shape, options, [from] { release_with_lock(drop, from); });
    Py_INCREF(from);
    return out;
  };
  const void* const fixed = PyArray_DATA(from);
  const bool writable = PyArray_ISWRITEABLE(from) != 0;
  return {writable ? lend(PyArray_DATA(from)) : lend(fixed), writable, copy.is_valid()};
}

void check_exportable(const Tensor& tensor, const char* function) {
  if (tensor.impl()->wrapper && tensor.impl()->wrapper->batch() >= 0)
    tensor.const_raw_data();  // says what vmap can't give
  if (tensor.impl()->wrapper)
    fail<GradError>(function, ": this tensor carries a tangent of jvp(), which would be lost outside",
                    "\n  use the functions of ricci on it");
  if (tensor.requires_grad())
    fail<GradError>(function, ": this tensor requires grad, and what is done outside would not be recorded",
                    "\n  take its values without history: x.detach()");
}

nb::object to_array(const Tensor& tensor, const char* function, bool writable) {
  check_exportable(tensor, function);
  import_api();
  const auto width = static_cast<npy_intp>(size_of(tensor.dtype()));
  SmallVector<npy_intp, 8> shape, strides;
  for (std::size_t i = 0; i < tensor.shape().size(); ++i) {
    shape.push_back(tensor.shape()[i]);
    strides.push_back(tensor.strides()[i] * width);
  }
  const int flags = writable && !tensor.is_read_only() && !repeats_elements(tensor) ? NPY_ARRAY_WRITEABLE : 0;
  nb::object array = nb::steal(PyArray_NewFromDescr(&PyArray_Type, descr_of(tensor.dtype()),
                                                    static_cast<int>(shape.size()), shape.data(), strides.data(),
                                                    const_cast<void*>(tensor.const_raw_data()), flags, nullptr));
  if (!array.is_valid()) nb::raise_python_error();
  PyObject* owner = owner_of(tensor);
  if (!owner || PyArray_SetBaseObject(array_pointer(array), owner) < 0) nb::raise_python_error();
  return array;
}

nb::object to_array_or_scalar(const Tensor& tensor, bool writable) {
  nb::object array = to_array(tensor, "numpy()", writable);
  return tensor.ndim() > 0 ? array : nb::steal(PyArray_Return(array_pointer(array.release())));
}

DType dtype_from_numpy(nb::handle object) {
  import_api();
  PyArray_Descr* descr = nullptr;
  if (!PyArray_DescrConverter(object.ptr(), &descr)) {
    forget_exception();
    fail<DTypeError>("dtype: ", repr_of(object), " is no element type\n  known: ", known_dtypes());
  }
  const nb::object held = nb::steal(reinterpret_cast<PyObject*>(descr));
  return dtype_from_descr(descr);
}

}  // namespace ricci::python
