// The small values of a call: numbers, integers, shapes, text.
#include <limits>

#include "checked.h"
#include "convert.h"

namespace ricci::python {
namespace {

std::int64_t int64_of(PyObject* integer) {
  int overflow = 0;
  const long long value = PyLong_AsLongLongAndOverflow(integer, &overflow);
  if (overflow != 0) fail<DTypeError>("the integer ", str_of(integer), " does not fit in int64");
  return value;
}

// The bytes of a str; halves of surrogate pairs as Python writes them.
std::string utf8_of(nb::handle text) {
  Py_ssize_t length = 0;
  if (const char* bytes = PyUnicode_AsUTF8AndSize(text.ptr(), &length))
    return {bytes, static_cast<std::size_t>(length)};
  forget_exception();
  const nb::object bytes = nb::steal(PyUnicode_AsEncodedString(text.ptr(), "utf-8", "backslashreplace"));
  if (!bytes.is_valid()) nb::raise_python_error();
  return {PyBytes_AS_STRING(bytes.ptr()), static_cast<std::size_t>(PyBytes_GET_SIZE(bytes.ptr()))};
}

std::string words_of(nb::handle object, PyObject* (*words)(PyObject*)) {
  const nb::object text = nb::steal(in_python([&] { return words(object.ptr()); }));
  if (text.is_valid()) return utf8_of(text);
  if (!PyErr_ExceptionMatches(PyExc_Exception)) nb::raise_python_error();
  forget_exception();
  return concat("an object of type ", Py_TYPE(object.ptr())->tp_name);
}

}  // namespace

std::string repr_of(nb::handle object) { return words_of(object, PyObject_Repr); }
std::string str_of(nb::handle object) { return words_of(object, PyObject_Str); }

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
  fail<DTypeError>(what, ": ", repr_of(object), " is not a number");
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
    forget_exception();
    fail<DTypeError>(what, ": ", repr_of(object), " is not a whole number");
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
    forget_exception();
    fail<DTypeError>(what, ": ", repr_of(object), " is neither a whole number nor a sequence of them");
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
  nb::object out = checked(PyTuple_New(static_cast<Py_ssize_t>(values.size())));
  for (std::size_t i = 0; i < values.size(); ++i)
    PyTuple_SET_ITEM(out.ptr(), static_cast<Py_ssize_t>(i), PyLong_FromLongLong(values[i]));
  return nb::borrow<nb::tuple>(out);
}

std::string string_from(nb::handle object, const char* what) {
  if (!PyUnicode_Check(object.ptr())) fail<DTypeError>(what, ": ", repr_of(object), " is not a string");
  Py_ssize_t length = 0;
  const char* text = PyUnicode_AsUTF8AndSize(object.ptr(), &length);
  if (!text) {
    forget_exception();
    fail<EinsumError>(what, ": ", repr_of(object), " holds half of a surrogate pair, which is no character");
  }
  return {text, static_cast<std::size_t>(length)};
}

std::string path_from(nb::handle object) {
  PyObject* o = object.ptr();
  if (!PyUnicode_Check(o) && !PyBytes_Check(o) && !nb::hasattr(object.type(), "__fspath__"))
    fail<DTypeError>("a file is named by a str, bytes or a path, not by an object of type ",
                     nb::type_name(object.type()).c_str());
  const nb::object path = nb::steal(in_python([&] { return PyOS_FSPath(o); }));
  if (!path.is_valid()) nb::raise_python_error();
  const nb::object bytes = PyBytes_Check(path.ptr()) ? path : nb::steal(PyUnicode_EncodeFSDefault(path.ptr()));
  if (!bytes.is_valid()) {
    forget_exception();
    fail<DataError>(repr_of(path), " is not a file name: it holds half of a surrogate pair, which is no character");
  }
  const std::string name(PyBytes_AS_STRING(bytes.ptr()), static_cast<std::size_t>(PyBytes_GET_SIZE(bytes.ptr())));
  if (name.find('\0') != name.npos) fail<DataError>(repr_of(path), " is not a file name: it holds a null character");
  return name;
}

bool flag_from(nb::handle object, const char* what) {
  if (object.ptr() == Py_True) return true;
  if (object.ptr() == Py_False) return false;
  if (!is_numpy_bool(object)) fail<DTypeError>(what, ": ", repr_of(object), " is neither True nor False");
  return PyObject_IsTrue(object.ptr()) == 1;
}

nb::dict dict_from(nb::handle object, const char* what) {
  if (!PyDict_Check(object.ptr()))
    fail<DTypeError>(what, ": a dict is needed, not an object of type ", nb::type_name(object.type()).c_str());
  return nb::borrow<nb::dict>(object);
}

nb::tuple items_from(nb::handle object, const char* what) {
  PyObject* o = object.ptr();
  if (!Py_TYPE(o)->tp_iter && !PySequence_Check(o))
    fail<DTypeError>(what, ": a sequence is needed, not an object of type ", nb::type_name(object.type()).c_str());
  nb::object items = nb::steal(in_python([&] { return PySequence_Tuple(o); }));
  if (items.is_valid()) return nb::borrow<nb::tuple>(items);
  if (!PyErr_ExceptionMatches(PyExc_MemoryError)) nb::raise_python_error();
  PyErr_Clear();
  fail<MemoryError>(what, ": there is no memory for all items of an object of type ",
                    nb::type_name(object.type()).c_str());
}

nb::object text_of(std::string_view utf8) {
  return nb::steal(PyUnicode_DecodeUTF8(utf8.data(), static_cast<Py_ssize_t>(utf8.size()), "replace"));
}

}  // namespace ricci::python
