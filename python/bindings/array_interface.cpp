#include "array_interface.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "checked.h"
#include "convert.h"

namespace ricci::python {
namespace {

using Bytes = std::int64_t;

[[noreturn]] void refuse(nb::handle object, const std::string& why) {
  fail<ShapeError>("__array_interface__ of an object of type ", nb::type_name(object.type()).c_str(), ": ", why);
}

nb::object field(const nb::dict& interface, const char* name) {
  return interface.contains(name) ? nb::object(interface[name]) : nb::none();
}

// The digits of "<f8", which come last.
Bytes width_of(nb::handle object, nb::handle typestr) {
  const std::string text = string_from(typestr, "typestr");
  Bytes width = 0;
  for (std::size_t i = std::min<std::size_t>(2, text.size()); i < text.size() && width < 1 << 20; ++i)
    width = 10 * width + (text[i] - '0');
  if (text.size() < 3 || width < 1) refuse(object, concat("the typestr '", text, "' names no elements"));
  return width;
}

// The bytes from the address on, and before it, that the elements take.
struct Span {
  Bytes low = 0, high = 0;
};

Span span_of(nb::handle object, const Shape& shape, nb::handle strides, Bytes width) {
  Span span{0, width};
  Bytes dense = width;
  const auto given = strides.is_none() ? Strides() : Strides(integers_from(strides, "strides"));
  if (!strides.is_none() && given.size() != shape.size()) refuse(object, "there is not one stride for each axis");
  for (std::size_t i = shape.size(); i-- > 0;) {
    const Bytes stride = strides.is_none() ? dense : given[i];
    Bytes reach = 0;
    Bytes& end = stride < 0 ? span.low : span.high;
    if (__builtin_mul_overflow(shape[i] - 1, stride, &reach) || __builtin_add_overflow(end, reach, &end) ||
        (strides.is_none() && __builtin_mul_overflow(dense, shape[i], &dense)))
      refuse(object, concat("the shape ", shape, " is larger than memory can be"));
  }
  return span;
}

bool has_memory(std::uintptr_t first, std::uintptr_t end) {
  const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  first -= first % page;
  return msync(reinterpret_cast<void*>(first), end - first, MS_ASYNC) == 0 || errno != ENOMEM;
}

void check_address(nb::handle object, nb::handle address, const Span& span) {
  const nb::object integer = nb::steal(PyNumber_Index(address.ptr()));
  const unsigned long long at = integer.is_valid() ? PyLong_AsUnsignedLongLong(integer.ptr()) : 0;
  if (PyErr_Occurred()) {
    forget_exception();
    refuse(object, concat("its data is ", repr_of(address), ", which is no address"));
  }
  if (at == 0) refuse(object, "its data is a null pointer, but it has elements");
  std::uintptr_t first = 0, end = 0;
  if (__builtin_add_overflow(at, span.low, &first) || __builtin_add_overflow(at, span.high, &end) || first > at ||
      !has_memory(first, end))
    refuse(object, "this process has no memory where its elements would lie");
}

void check_buffer(nb::handle object, nb::handle buffer, nb::handle offset, const Span& span) {
  Py_buffer view;
  if (PyObject_GetBuffer(buffer.ptr(), &view, PyBUF_SIMPLE) < 0) {
    forget_exception();
    refuse(object, "its data is neither an address nor a buffer");
  }
  const Bytes length = view.len;
  PyBuffer_Release(&view);
  const Bytes from = offset.is_none() ? 0 : integer_from(offset, "offset");
  Bytes first = 0, end = 0;
  if (__builtin_add_overflow(from, span.low, &first) || __builtin_add_overflow(from, span.high, &end) || first < 0 ||
      end > length)
    refuse(object, concat("its buffer of ", length, " bytes is too short for its elements"));
}

}  // namespace

void check_array_interface(nb::handle object) {
  if (!nb::hasattr(object, "__array_interface__")) return;
  const nb::object given = object.attr("__array_interface__");
  if (!PyDict_Check(given.ptr())) refuse(object, "it is no dict");
  const auto interface = nb::borrow<nb::dict>(given);
  const nb::object extents = field(interface, "shape"), data = field(interface, "data");
  if (!PyTuple_Check(extents.ptr())) refuse(object, "its shape is no tuple");
  const Shape shape = integers_from(extents, "shape");
  bool is_empty = false;
  for (const std::int64_t extent : shape) {
    if (extent < 0) refuse(object, concat("its shape is ", shape));
    is_empty = is_empty || extent == 0;
  }
  const Bytes width = width_of(object, field(interface, "typestr"));
  if (is_empty) return;
  const Span span = span_of(object, shape, field(interface, "strides"), width);
  if (PyTuple_Check(data.ptr()) && nb::len(data) == 2) return check_address(object, nb::object(data[0]), span);
  check_buffer(object, data.is_none() ? object : nb::handle(data), field(interface, "offset"), span);
}

}  // namespace ricci::python
