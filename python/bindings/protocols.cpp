// What other code sees of a Tensor: NumPy's and DLPack's protocols, the buffer protocol, pickle and copy.
#include <memory>

#include "dlpack.h"
#include "garbage.h"
#include "public_function.h"
#include "ricci/tensor/copy.h"
#include "ricci/tensor/defined.h"
#include "ricci/tensor/device_memory.h"
#include "tensor_class.h"

namespace ricci::python {
namespace {

// What a Py_buffer points into.
struct Exported {
  Tensor tensor;
  SmallVector<Py_ssize_t, 8> shape, strides;
};

const char* buffer_format(DType dtype) {
  switch (dtype) {
    case DType::f16: return "e";
    case DType::f32: return "f";
    case DType::f64: return "d";
    case DType::c64: return "Zf";
    case DType::c128: return "Zd";
    case DType::i8: return "b";
    case DType::i16: return "h";
    case DType::i32: return "i";
    case DType::i64: return "q";
    case DType::u8: return "B";
    case DType::b8: return "?";
    case DType::bf16: break;
  }
  return nullptr;
}

bool wants(int flags, int what) { return (flags & what) == what; }

void fill_buffer(const Tensor& x, Py_buffer* view, int flags) {
  const char* format = buffer_format(x.dtype());
  if (!format) fail<DTypeError>("the buffer protocol has no bfloat16");
  check_exportable(x, "buffer");
  if (!wants(flags, PyBUF_STRIDES) && !x.is_contiguous())
    fail<ShapeError>("the tensor is not contiguous\n  ask for strides, or take x.contiguous()");
  if (wants(flags, PyBUF_WRITABLE)) check_not_read_only("buffer", x);
  auto exported = std::make_unique<Exported>(Exported{x, {}, {}});
  const auto width = static_cast<Py_ssize_t>(size_of(x.dtype()));
  for (std::size_t i = 0; i < x.shape().size(); ++i) {
    exported->shape.push_back(x.shape()[i]);
    exported->strides.push_back(x.strides()[i] * width);
  }
  view->buf = const_cast<void*>(x.const_raw_data());
  view->len = x.nbytes();
  view->itemsize = width;
  view->readonly = x.is_read_only();
  view->ndim = static_cast<int>(x.ndim());
  view->format = wants(flags, PyBUF_FORMAT) ? const_cast<char*>(format) : nullptr;
  view->shape = wants(flags, PyBUF_ND) ? exported->shape.data() : nullptr;
  view->strides = wants(flags, PyBUF_STRIDES) ? exported->strides.data() : nullptr;
  view->suboffsets = nullptr;
  view->internal = exported.release();
}

int get_buffer(PyObject* self, Py_buffer* view, int flags) {
  try {
    fill_buffer(*tensor_in(self), view, flags);
    view->obj = Py_NewRef(self);
    return 0;
  } catch (const std::exception& error) {
    view->obj = nullptr;
    PyErr_SetString(PyExc_BufferError, error.what());
    return -1;
  }
}

void release_buffer(PyObject*, Py_buffer* view) { delete static_cast<Exported*>(view->internal); }

bool asks_for_copy(nb::handle copy) { return !copy.is_none() && flag_from(copy, "copy"); }

// (major, minor), or (type, index): the first of them; nothing for None.
std::optional<std::int64_t> first_of_pair(nb::handle object, const char* what) {
  if (object.is_none()) return std::nullopt;
  if (!PyTuple_Check(object.ptr()) || nb::len(object) != 2)
    fail<DTypeError>(what, ": ", repr_of(object), " is not a pair of whole numbers");
  return integers_from(object, what)[0];
}

nb::object array_protocol(const Tensor& x, nb::handle dtype, nb::handle copy) {
  const nb::object array = to_array(x, "numpy()");
  const bool must_copy = asks_for_copy(copy);
  if (dtype.is_none()) return must_copy ? array.attr("copy")() : array;
  if (!copy.is_none() && !must_copy && !array.attr("dtype").equal(nb::module_::import_("numpy").attr("dtype")(dtype)))
    throw nb::value_error("a conversion to another dtype needs a copy");
  return array.attr("astype")(dtype, "copy"_a = must_copy);
}

nb::object dlpack_protocol(const Tensor& x, nb::handle, nb::handle max_version, nb::handle device, nb::handle copy) {
  const bool versioned = first_of_pair(max_version, "max_version").value_or(0) >= 1;
  if (first_of_pair(device, "dl_device").value_or(1) != 1)
    fail<DeviceError>("__dlpack__: the tensor lives on the host and is not copied elsewhere");
  return to_dlpack(asks_for_copy(copy) ? clone(x) : x, versioned);
}

void check_picklable(const Tensor& x) {
  if (!x.is_leaf())
    fail<GradError>(
        "copying or pickling a tensor with history would lose its gradient\n  take x.detach() or x.clone()");
}

nb::bytes bytes_of(const Tensor& x) {
  const NoGrad off;
  const Tensor dense = on_host(contiguous(x.detach()));
  return nb::bytes(static_cast<const char*>(dense.const_raw_data()), static_cast<std::size_t>(dense.nbytes()));
}

// The class called with a plain tensor: Parameter and subclasses share it, Tensor copies it.
nb::object reduce(nb::handle self) {
  const Tensor& x = *tensor_in(self);
  check_picklable(x);
  return nb::make_tuple(nb::module_::import_("ricci._functions").attr("rebuild_tensor"),
                        nb::make_tuple(self.type(), bytes_of(x), text_of(name_of(x.dtype())), tuple_of(x.shape()),
                                       text_of(name_of(x.device())), x.requires_grad()));
}

nb::object rebuild(nb::handle type, const nb::bytes& bytes, const nb::str& dtype, nb::handle shape,
                   const nb::str& device, bool requires_grad) {
  const Tensor out = empty(integers_from(shape, "shape"),
                           {.dtype = parse_dtype(dtype.c_str()), .device = parse_device(device.c_str())});
  if (static_cast<std::int64_t>(bytes.size()) != out.nbytes())
    fail<DataError>("a pickled tensor of ", out.nbytes(), " bytes came with ", bytes.size());
  copy_bytes(out.device(), address_of(out), {}, bytes.c_str(), out.nbytes());
  return type(to_python(out), "requires_grad"_a = requires_grad);
}

nb::object deep_copy(nb::handle self, nb::handle) {
  const Tensor& x = *tensor_in(self);
  check_picklable(x);
  const NoGrad off;
  const nb::object copy = self.type()(to_python(clone(x.detach())), "requires_grad"_a = x.requires_grad());
  if (x.grad().defined()) tensor_in(copy)->set_grad(clone(x.grad()));
  return copy;
}

}  // namespace

PyType_Slot tensor_slots[] = {{Py_bf_getbuffer, reinterpret_cast<void*>(get_buffer)},
                              {Py_bf_releasebuffer, reinterpret_cast<void*>(release_buffer)},
                              {Py_tp_traverse, reinterpret_cast<void*>(traverse_owner)},
                              {kTypeVectorcall, reinterpret_cast<void*>(construct_object)},
                              {0, nullptr}};

void define_protocols(TensorClass& c) {
  c.def(
      "numpy", [](const Tensor& x) { return to_array(x, "numpy()"); }, nb::sig("def numpy(self) -> AnyArray"),
      "The elements as a NumPy array that shares the memory.\n\n"
      "Raises GradError for a tensor that requires grad (take x.detach() first), DTypeError for bfloat16 without\n"
      "ml_dtypes.\n\n>>> ricci.tensor([1.0, 2.0]).numpy()\narray([1., 2.], dtype=float32)");
  c.def("__array__", array_protocol, "dtype"_a = nb::none(), "copy"_a = nb::none(),
        nb::sig("def __array__(self, dtype: typing.Any = None, copy: bool | None = None) -> AnyArray"));
  c.def("__dlpack__", dlpack_protocol, nb::kw_only(), "stream"_a = nb::none(), "max_version"_a = nb::none(),
        "dl_device"_a = nb::none(), "copy"_a = nb::none(),
        nb::sig(
            "def __dlpack__(self, *, stream: typing.Any = None, max_version: tuple[int, int] | None = None, dl_device: "
            "tuple[int, int] | None = None, copy: bool | None = None) -> typing.Any"));
  c.def(
      "__dlpack_device__", [](const Tensor&) { return nb::make_tuple(1, 0); },
      nb::sig("def __dlpack_device__(self) -> tuple[int, int]"));
  c.def("__reduce__", reduce, nb::sig("def __reduce__(self) -> tuple[typing.Any, ...]"));
  c.def(
      "__copy__", [](nb::handle self) { return nb::cast(Tensor(*tensor_in(self))); },
      nb::sig("def __copy__(self) -> Tensor"));
  c.def("__deepcopy__", deep_copy, "memo"_a, nb::sig("def __deepcopy__(self, memo: dict[int, typing.Any]) -> Tensor"));
  // NumPy leaves `array + tensor` to Tensor.__radd__.
  c.attr("__array_priority__") = 1000;
  nb::module_ m = nb::borrow<nb::module_>(nb::module_::import_("sys").attr("modules")[c.attr("__module__")]);
  m.def("_rebuild", rebuild, nb::sig("def _rebuild(*state: typing.Any) -> Tensor"));
}

}  // namespace ricci::python
