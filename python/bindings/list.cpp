// Numbers and nested lists: one walk finds shape and dtype, a second writes the elements.
#include <limits>
#include <span>

#include "checked.h"
#include "convert.h"
#include "ricci/tensor/copy.h"

namespace ricci::python {
namespace {

constexpr std::size_t kMaxDepth = 64;

bool is_sequence(nb::handle object) {
  PyObject* o = object.ptr();
  return PyList_Check(o) || PyTuple_Check(o) || (PySequence_Check(o) && !PyUnicode_Check(o) && !PyDict_Check(o));
}

DType number_dtype(PyObject* o) {
  if (PyBool_Check(o)) return DType::b8;
  if (PyLong_Check(o)) return DType::i64;
  return PyFloat_Check(o) ? DType::f32 : DType::c64;
}

nb::tuple items_of(nb::handle sequence) { return items_from(sequence, "the list"); }

struct Scan {
  Shape shape{};
  std::optional<DType> dtype{};
  bool has_arrays = false;
  bool at_the_bottom = false;  // a number was met, so `shape` is whole

  void visit(nb::handle object, std::size_t depth) {
    if (is_number(object) && !is_numpy_scalar(object)) return leaf(number_dtype(object.ptr()), depth);
    if (!is_sequence(object) || tensor_in(object) || is_array(object)) {
      has_arrays = true;
      return;
    }
    if (depth == kMaxDepth) fail<ShapeError>("lists nested more than ", kMaxDepth, " deep");
    const nb::object items = items_of(object);
    const auto length = static_cast<std::int64_t>(PyTuple_GET_SIZE(items.ptr()));
    extent(length, depth);
    for (std::int64_t i = 0; i < length; ++i) visit(PyTuple_GET_ITEM(items.ptr(), i), depth + 1);
  }

 private:
  void leaf(DType found, std::size_t depth) {
    if (depth != shape.size()) ragged(depth);
    at_the_bottom = true;
    dtype = dtype ? promote(*dtype, found) : found;
  }
  void extent(std::int64_t length, std::size_t depth) {
    if (depth == shape.size() && !at_the_bottom)
      shape.push_back(length);
    else if (depth >= shape.size())
      ragged(depth);
    else if (shape[depth] != length)
      fail<ShapeError>("lists of unequal lengths: ", shape[depth], " and ", length, " items at depth ", depth,
                       "\n  every list of one depth needs the same length");
  }
  [[noreturn]] void ragged(std::size_t depth) {
    fail<ShapeError>("numbers and lists side by side at depth ", depth, "\n  every row needs the same depth");
  }
};

[[noreturn]] void does_not_fit(PyObject* o, DType dtype) {
  forget_exception();
  fail<DTypeError>(repr_of(o), " does not fit in ", dtype);
}

std::int64_t whole_as(PyObject* o, DType dtype) {
  if (!PyFloat_Check(o)) return integer_from(o, "the list");
  const double value = PyFloat_AS_DOUBLE(o);
  if (!(value >= -0x1p63 && value < 0x1p63)) does_not_fit(o, dtype);
  return static_cast<std::int64_t>(value);
}

template <class T>
T number_as(PyObject* o) {
  constexpr DType dtype = dtype_of<T>();
  if constexpr (std::is_same_v<T, bool>) {
    return PyObject_IsTrue(o) == 1;
  } else if constexpr (is_complex_type<T>) {
    const Py_complex value = PyComplex_AsCComplex(o);
    if (PyErr_Occurred()) does_not_fit(o, dtype);
    return T(static_cast<real_type<T>>(value.real), static_cast<real_type<T>>(value.imag));
  } else if constexpr (std::is_integral_v<T>) {
    const std::int64_t value = whole_as(o, dtype);
    if (value < std::numeric_limits<T>::min() || value > std::numeric_limits<T>::max()) does_not_fit(o, dtype);
    return static_cast<T>(value);
  } else {
    if (PyComplex_Check(o)) fail<DTypeError>("a complex number does not fit in ", dtype);
    const double value = PyFloat_AsDouble(o);
    if (PyErr_Occurred()) does_not_fit(o, dtype);
    if constexpr (is_half_type<T>)
      return T(static_cast<float>(value));
    else
      return static_cast<T>(value);
  }
}

[[noreturn]] void changed_meanwhile() {
  fail<ShapeError>("a list gave other items the second time it was read\n  make a plain list of it first: list(x)");
}

// Sequences are read again here, and a class of the caller's may answer differently: `shape` is what fits in `at`.
template <class T>
T* write(nb::handle object, std::span<const std::int64_t> shape, T* at) {
  if (shape.empty()) {
    if (!is_number(object)) changed_meanwhile();
    *at = number_as<T>(object.ptr());
    return at + 1;
  }
  const nb::object items = items_of(object);
  if (PyTuple_GET_SIZE(items.ptr()) != shape[0]) changed_meanwhile();
  for (std::int64_t i = 0; i < shape[0]; ++i) at = write(PyTuple_GET_ITEM(items.ptr(), i), shape.subspan(1), at);
  return at;
}

// Lists with arrays in them: each item becomes a tensor, and those are stacked.
Tensor stack_items(nb::handle object) {
  const nb::object items = items_of(object);
  std::vector<Tensor> parts;
  std::optional<DType> dtype;
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(items.ptr()); ++i) {
    parts.push_back(as_tensor(PyTuple_GET_ITEM(items.ptr(), i)));
    dtype = dtype ? promote(*dtype, parts.back().dtype()) : parts.back().dtype();
  }
  for (Tensor& part : parts) part = to(part, *dtype);
  return stack(parts);
}

template <class T>
nb::object number_object(T value) {
  if constexpr (std::is_same_v<T, bool>)
    return nb::bool_(value);
  else if constexpr (is_complex_type<T>)
    return checked(PyComplex_FromDoubles(value.real(), value.imag()));
  else if constexpr (std::is_integral_v<T>)
    return checked(PyLong_FromLongLong(value));
  else
    return checked(PyFloat_FromDouble(static_cast<double>(static_cast<accumulator<T>>(value))));
}

template <class T>
nb::object nested(const Tensor& tensor, std::size_t axis, const T* at) {
  if (axis == tensor.shape().size()) return number_object(*at);
  nb::object out = checked(PyList_New(tensor.shape()[axis]));
  for (std::int64_t i = 0; i < tensor.shape()[axis]; ++i)
    PyList_SET_ITEM(out.ptr(), i, nested(tensor, axis + 1, at + i * tensor.strides()[axis]).release().ptr());
  return out;
}

}  // namespace

Tensor tensor_from_list(nb::handle object, std::optional<DType> dtype) {
  Scan scan;
  scan.visit(object, 0);
  if (scan.has_arrays) {
    if (!is_sequence(object))
      fail<DTypeError>("can't make a tensor of an object of type ", nb::type_name(object.type()).c_str(),
                       "\n  numbers, nested lists, NumPy arrays and DLPack objects will do");
    const Tensor stacked = stack_items(object);
    return dtype ? to(stacked, *dtype) : stacked;
  }
  Tensor out = empty(scan.shape, {.dtype = dtype.value_or(scan.dtype.value_or(DType::f32))});
  visit_dtype(out.dtype(), [&]<class T>(Tag<T>) {
    write(object, std::span<const std::int64_t>(scan.shape), static_cast<T*>(out.raw_data()));
  });
  return out;
}

nb::object item_of(const Tensor& tensor) {
  if (tensor.numel() != 1)
    fail<ShapeError>("item(): a tensor of shape ", tensor.shape(), " has ", tensor.numel(), " elements, not one");
  const Tensor here = on_host(tensor);
  return visit_dtype(here.dtype(),
                     [&]<class T>(Tag<T>) { return number_object(*static_cast<const T*>(here.const_raw_data())); });
}

nb::object list_of(const Tensor& tensor) {
  const Tensor here = on_host(tensor);
  return visit_dtype(here.dtype(),
                     [&]<class T>(Tag<T>) { return nested(here, 0, static_cast<const T*>(here.const_raw_data())); });
}

}  // namespace ricci::python
