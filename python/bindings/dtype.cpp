// ricci.dtype: the element types as objects, each with one instance (ricci.float32, ...).
#include <array>

#include "convert.h"
#include "torch_memory.h"
#include "wrong_call.h"

namespace ricci::python {
namespace {

struct DTypeObject {
  DType value;
};

// Borrowed from the module, which lives as long as the interpreter.
std::array<nb::handle, kDTypeCount> instances;

std::string short_name(const DTypeObject& self) { return std::string(name_of(self.value)); }

// Its name in the module: `bool` would hide Python's own from the stub.
std::string attribute_name(const DTypeObject& self) { return self.value == DType::b8 ? "bool_" : short_name(self); }

// Equal to itself and to whatever names it: "float32", np.float32.
bool equals(const DTypeObject& self, nb::handle other) {
  try {
    const std::optional<DType> dtype = dtype_from(other);
    return dtype && *dtype == self.value;
  } catch (const DTypeError&) {
    return false;
  }
}

}  // namespace

nb::object dtype_object(DType dtype) { return nb::borrow(instances[static_cast<std::size_t>(dtype)]); }

std::optional<DType> dtype_from(nb::handle object) {
  if (object.is_none()) return std::nullopt;
  if (nb::isinstance<DTypeObject>(object)) {
    if (!nb::inst_ready(object)) fail_uninitialised(object);
    return nb::inst_ptr<DTypeObject>(object)->value;
  }
  if (PyUnicode_Check(object.ptr())) return parse_dtype(string_from(object, "dtype"));
  if (object.is(nb::handle(reinterpret_cast<PyObject*>(&PyFloat_Type)))) return DType::f64;
  if (object.is(nb::handle(reinterpret_cast<PyObject*>(&PyLong_Type)))) return DType::i64;
  if (object.is(nb::handle(reinterpret_cast<PyObject*>(&PyBool_Type)))) return DType::b8;
  if (object.is(nb::handle(reinterpret_cast<PyObject*>(&PyComplex_Type)))) return DType::c128;
  if (is_torch_dtype(object)) return dtype_from_torch(object);
  return dtype_from_numpy(object);
}

Device device_from(nb::handle object) {
  return object.is_none() ? Device{} : parse_device(string_from(object, "device"));
}

std::variant<DType, Device> target_from(nb::handle object) {
  if (PyUnicode_Check(object.ptr())) {
    const std::string name = string_from(object, "to");
    if (const auto device = find_device(name)) return *device;
    try {
      return parse_dtype(name);
    } catch (const DTypeError& error) {
      const std::string_view known = error.what();
      fail<DTypeError>("to(): '", name, "' is neither a device of this build (", device_names(), ") nor a dtype",
                       known.substr(known.find('\n')));
    }
  }
  const std::optional<DType> dtype = dtype_from(object);
  if (!dtype) fail<DTypeError>("to(): give a dtype or a device");
  return *dtype;
}

void bind_dtypes(nb::module_& m) {
  nb::class_<DTypeObject>(m, "DType",
                          "An element type: ricci.float32 and so on. Equal to its name and to NumPy's counterpart.")
      .def_prop_ro("name", short_name, "The name: 'float32'.")
      .def_prop_ro(
          "itemsize", [](const DTypeObject& self) { return size_of(self.value); }, "Bytes of one element.")
      .def_prop_ro(
          "is_floating_point", [](const DTypeObject& self) { return is_real_float(self.value); },
          "Whether it is a real floating-point type.")
      .def_prop_ro(
          "is_complex", [](const DTypeObject& self) { return is_complex(self.value); }, "Whether it is a complex type.")
      .def("__repr__", [](const DTypeObject& self) { return "ricci." + short_name(self); })
      .def("__str__", short_name)
      .def("__eq__", equals, nb::sig("def __eq__(self, other: object) -> bool"))
      .def("__hash__", [](const DTypeObject& self) { return nb::hash(nb::str(short_name(self).c_str())); })
      .def("__reduce__", attribute_name);  // pickled as the name in this module
  for (int i = 0; i < kDTypeCount; ++i) {
    const DTypeObject dtype{static_cast<DType>(i)};
    const std::string attribute = attribute_name(dtype);
    m.attr(attribute.c_str()) = dtype;
    instances[static_cast<std::size_t>(i)] = m.attr(attribute.c_str());
  }
}

}  // namespace ricci::python
