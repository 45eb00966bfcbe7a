// The small values of a call: numbers, integers, shapes, text.
#include <limits>

#include "convert.h"

namespace ricci::python {
namespace {

std::int64_t int64_of(PyObject* integer) {
  int overflow = 0;
  const long long value = PyLong_AsLongLongAndOverflow(integer, &overflow);
  if (overflow != 0) fail<DTypeError>("the integer ", nb::str(nb::handle(integer)).c_str(), " does not fit in int64");
  return value;
}

}  // namespace

bool is_number(nb::handle object) {
  PyObject* o = object.ptr();
  return PyFloat_Check(o) || PyLong_Check(o) || PyComplex_Check(o);
}

Scalar scalar_from(nb::handle object, const char* what) {
  PyObject* o = object.ptr();
  if (PyLong_Check(o)) return Scalar(int64_of(o));
  if (PyFloat_Check(o)) return Scalar(PyFloat_AS_DOUBLE(o));
  if (PyComplex_Check(o)) return Scalar(std::complex<double>(PyComplex_RealAsDouble(o), PyComplex_ImagAsDouble(o)));
  if (tensor_in(object) || is_numpy_scalar(object) || is_array(object))
    return scalar_from(item_of(as_tensor(object)), what);
  fail<DTypeError>(what, ": ", nb::repr(object).c_str(), " is not a number");
}

std::optional<Value> value_from(nb::handle object) {
  if (const Tensor* tensor = tensor_in(object)) return Value(*tensor);
  PyObject* o = object.ptr();
  if (PyFloat_Check(o)) return Value(PyFloat_AS_DOUBLE(o));
  if (PyBool_Check(o)) return Value(full({}, o == Py_True, {.dtype = DType::b8}));  // promotes like a weak one
  if (PyLong_Check(o)) return Value(int64_of(o));
  if (PyComplex_Check(o)) return Value(std::complex<double>(PyComplex_RealAsDouble(o), PyComplex_ImagAsDouble(o)));
  Kind kind = Kind::plain;
  const std::optional<Shared> shared = share(object, kind);
  return shared ? std::optional<Value>(shared->tensor) : std::nullopt;
}

std::int64_t integer_from(nb::handle object, const char* what) {
  if (!object.is_valid()) nb::raise_python_error();
  const nb::object integer = nb::steal(PyNumber_Index(object.ptr()));
  if (!integer.is_valid()) {
    PyErr_Clear();
    fail<DTypeError>(what, ": ", nb::repr(object).c_str(), " is not a whole number");
  }
  return int64_of(integer.ptr());
}

SmallVector<std::int64_t, 8> integers_from(nb::handle object, const char* what) {
  SmallVector<std::int64_t, 8> out;
  if (PyIndex_Check(object.ptr()) && !is_array(object)) {
    out.push_back(integer_from(object, what));
    return out;
  }
  const nb::object items = nb::steal(PySequence_Tuple(object.ptr()));
  if (!items.is_valid()) {
    PyErr_Clear();
    fail<DTypeError>(what, ": ", nb::repr(object).c_str(), " is neither a whole number nor a sequence of them");
  }
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(items.ptr()); ++i)
    out.push_back(integer_from(PyTuple_GET_ITEM(items.ptr(), i), what));
  return out;
}

std::vector<int> positions_from(nb::handle object, const char* what) {
  std::vector<int> out;
  for (const std::int64_t position : integers_from(object, what)) {
    if (position < std::numeric_limits<int>::min() || position > std::numeric_limits<int>::max())
      fail<EinsumError>(what, ": there is no operand ", position);
    out.push_back(static_cast<int>(position));
  }
  return out;
}

SmallVector<std::int64_t, 8> integers_from_arguments(const nb::args& arguments, const char* what) {
  if (arguments.size() == 1) return integers_from(arguments[0], what);
  return integers_from(arguments, what);
}

nb::tuple tuple_of(const SmallVector<std::int64_t, 8>& values) {
  nb::object out = nb::steal(PyTuple_New(static_cast<Py_ssize_t>(values.size())));
  for (std::size_t i = 0; i < values.size(); ++i)
    PyTuple_SET_ITEM(out.ptr(), static_cast<Py_ssize_t>(i), PyLong_FromLongLong(values[i]));
  return nb::borrow<nb::tuple>(out);
}

std::string string_from(nb::handle object, const char* what) {
  if (!PyUnicode_Check(object.ptr())) fail<DTypeError>(what, ": ", nb::repr(object).c_str(), " is not a string");
  Py_ssize_t length = 0;
  const char* text = PyUnicode_AsUTF8AndSize(object.ptr(), &length);
  if (!text) {
    PyErr_Clear();
    fail<EinsumError>(what, ": ", nb::repr(object).c_str(), " holds half of a surrogate pair, which is no character");
  }
  return {text, static_cast<std::size_t>(length)};
}

std::string path_from(nb::handle object) {
  const nb::object path = nb::steal(PyOS_FSPath(object.ptr()));
  if (!path.is_valid()) nb::raise_python_error();
  if (PyBytes_Check(path.ptr())) return PyBytes_AS_STRING(path.ptr());
  PyObject* bytes = nullptr;
  if (!PyUnicode_FSConverter(path.ptr(), &bytes)) nb::raise_python_error();
  const nb::object held = nb::steal(bytes);
  return PyBytes_AS_STRING(bytes);
}

nb::object text_of(std::string_view utf8) {
  return nb::steal(PyUnicode_DecodeUTF8(utf8.data(), static_cast<Py_ssize_t>(utf8.size()), "replace"));
}

}  // namespace ricci::python
