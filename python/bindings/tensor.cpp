// The class Tensor: construction, attributes and views. Its other parts are in methods.cpp, operators.cpp
// and protocols.cpp.
#include "garbage.h"
#include "index.h"
#include "public_function.h"
#include "tensor_class.h"

namespace ricci::python {
namespace {

Tensor make(nb::handle data, nb::handle dtype, nb::handle device, bool requires_grad) {
  const Tensor copy = copy_tensor(data, dtype_from(dtype));
  const Device where = device.is_none() ? copy.device() : device_from(device);
  Tensor out = to(copy, where);
  return out.set_requires_grad(requires_grad);
}

// Parameter(x) shares a tensor's elements, as a module's weights are shared; anything else is copied.
Tensor make_parameter(nb::handle data, bool requires_grad) {
  const Tensor* shared = tensor_in(data);
  Tensor out = shared ? shared->detach() : copy_tensor(data, std::nullopt);
  return out.set_requires_grad(requires_grad);
}

template <class T>
void construct(T* self, const Tensor& value) {
  new (self) T(value);
}

nb::object length_of(const Tensor& x) {
  if (x.ndim() == 0) throw nb::type_error("len() of a tensor without axes");
  return nb::int_(x.shape()[0]);
}

nb::object iterate(const Tensor& x) {
  if (x.ndim() == 0) throw nb::type_error("iteration over a tensor without axes");
  nb::list rows;
  for (std::int64_t i = 0; i < x.shape()[0]; ++i) rows.append(to_python(slice(x, {i})));
  return nb::iter(rows);
}

void set_grad(const Tensor& x, nb::handle grad) {
  if (grad.is_none()) return x.set_grad({});
  const Tensor* value = tensor_in(grad);
  if (!value) fail<GradError>("grad: set it to a Tensor or None, not ", repr_of(grad));
  x.set_grad(*value);
}

bool truth(const Tensor& x) {
  if (x.numel() == 1) return x.item<bool>();
  fail<ShapeError>("the truth of a tensor of shape ", x.shape(), " is not one value",
                   "\n  compare its elements, or reduce it first: (x == y).min()");
}

std::string represent(nb::handle self) {
  std::string text = to_string(*tensor_in(self));
  if (nb::isinstance<Parameter>(self)) text.replace(0, 6, "Parameter");
  return text;
}

void define_attributes(TensorClass& c) {
  c.def_prop_ro(
      "shape", [](const Tensor& x) { return tuple_of(x.shape()); }, nb::sig("def shape(self) -> tuple[int, ...]"),
      "The extent of each axis.");
  c.def_prop_ro("ndim", &Tensor::ndim, "The number of axes.");
  c.def_prop_ro(
      "strides", [](const Tensor& x) { return tuple_of(x.strides()); }, nb::sig("def strides(self) -> tuple[int, ...]"),
      "The step along each axis, in elements.");
  c.def_prop_ro(
      "dtype", [](const Tensor& x) { return dtype_object(x.dtype()); }, nb::sig("def dtype(self) -> DType"),
      "The element type.");
  c.def_prop_ro(
      "device", [](const Tensor& x) { return text_of(name_of(x.device())); }, nb::sig("def device(self) -> str"),
      "Where it lives: 'cpu' or 'reference'.");
  c.def_prop_ro("nbytes", &Tensor::nbytes, "Elements times bytes of one.");
  c.def_prop_rw(
      "requires_grad", &Tensor::requires_grad, [](Tensor& x, bool on) { x.set_requires_grad(on); },
      "Whether what is done with it is recorded. Set it on leaves only; GradError otherwise.");
  c.def_prop_ro("is_leaf", &Tensor::is_leaf, "Whether it was made by the caller and not computed.");
  c.def_prop_rw(
      "grad", [](const Tensor& x) { return to_python(x.grad()); }, set_grad,
      nb::for_getter(nb::sig("def grad(self) -> Tensor | None")),
      nb::for_setter(nb::sig("def grad(self, value: Tensor | None) -> None")), nb::arg().none(),
      "The gradient that backward() added up, or None.");
  c.def_prop_ro(
      "T", [](const Tensor& x) { return transpose(x); }, "The axes reversed; a view.");
  c.def_prop_ro(
      "mT", [](const Tensor& x) { return matrix_transpose(x); }, "The last two axes exchanged; a view.");
  c.def_prop_ro(
      "real", [](const Tensor& x) { return real(x); }, "The real part.");
  c.def_prop_ro(
      "imag", [](const Tensor& x) { return imag(x); }, "The imaginary part; zeros for a real tensor.");
}

void define_container(TensorClass& c) {
  c.def("__len__", length_of, nb::sig("def __len__(self) -> int"));
  c.def("__iter__", iterate, nb::sig("def __iter__(self) -> typing.Iterator[Tensor]"));
  c.def(
      "__getitem__", [](const Tensor& x, nb::handle key) { return index(Tensor(x), key); }, nb::arg("key").none(),
      nb::sig("def __getitem__(self, key: typing.Any) -> Tensor"));
  c.def(
      "__setitem__", [](Tensor& x, nb::handle key, nb::handle value) { assign_index(x, key, value); },
      nb::arg("key").none(), "value"_a,
      nb::sig("def __setitem__(self, key: typing.Any, value: TensorLike | complex) -> None"));
  c.def("__bool__", truth);
  c.def(
      "__repr__", [](nb::handle self) { return represent(self); }, nb::sig("def __repr__(self) -> str"));
}

PyType_Slot parameter_slots[] = {{Py_tp_traverse, reinterpret_cast<void*>(traverse_owner)},
                                 {kTypeVectorcall, reinterpret_cast<void*>(construct_object)},
                                 {0, nullptr}};

}  // namespace

void bind_tensor(nb::module_& m) {
  TensorClass c(m, "Tensor", nb::is_weak_referenceable(), nb::type_slots(tensor_slots),
                "An array of numbers that derivatives can flow through.\n\n"
                "Tensor(data) copies numbers, nested lists or arrays; Python floats become float32, ints int64, and\n"
                "arrays keep their dtype. Raises ShapeError for ragged lists, DTypeError, GradError for an integer\n"
                "tensor that shall require grad.\n\n"
                ">>> ricci.Tensor([[1.0, 2.0]], requires_grad=True)\nTensor([[1.0, 2.0]], grad=None)");
  c.def(
      "__init__",
      [](Tensor* self, nb::handle data, nb::handle dtype, nb::handle device, bool requires_grad) {
        construct(self, make(data, dtype, device, requires_grad));
      },
      "data"_a.none(), "dtype"_a = nb::none(), "device"_a = nb::none(), "requires_grad"_a = false,
      nb::sig("def __init__(self, data: TensorLike, dtype: DTypeLike | None = None, device: str | None = None, "
              "requires_grad: bool = False) -> None"));
  collect_through(c, [](nb::handle self, OwnedVisitor visit) { visit(nb::inst_ptr<Tensor>(self)->impl().get()); });
  define_attributes(c);
  define_container(c);
  define_operators(c);
  define_methods(c);
  define_protocols(c);

  nb::class_<Parameter, Tensor>(m, "Parameter", nb::type_slots(parameter_slots),
                                "A trained tensor: assigning one to an attribute of a Module registers it.\n\n"
                                "Parameter(x) shares the elements of a Tensor and copies anything else.\n\n"
                                ">>> ricci.nn.Parameter([1.0, 2.0])\nParameter([1.0, 2.0], grad=None)")
      .def(
          "__init__",
          [](Parameter* self, nb::handle data, bool requires_grad) {
            construct(self, make_parameter(data, requires_grad));
          },
          "data"_a.none(), "requires_grad"_a = true,
          nb::sig("def __init__(self, data: TensorLike, requires_grad: bool = True) -> None"));

  m.def(
      "tensor", make, "data"_a.none(), "dtype"_a = nb::none(), "device"_a = nb::none(), "requires_grad"_a = false,
      nb::sig("def tensor(data: TensorLike, dtype: DTypeLike | None = None, device: str | None = None, requires_grad: "
              "bool = False) -> Tensor"),
      "A new tensor with a copy of numbers, nested lists or an array.\n\n"
      "Python floats become float32, ints int64, bool bool and complex complex64; arrays keep their dtype.\n"
      "Raises ShapeError for ragged lists, DTypeError for what is no number.\n\n"
      ">>> ricci.tensor([[1, 2], [3, 4]])\nTensor([[1, 2], [3, 4]], dtype=int64)");
  m.def(
      "asarray", as_tensor, "x"_a.none(), nb::sig("def asarray(x: TensorLike) -> Tensor"),
      "A tensor over the memory of x: a NumPy array, any DLPack object (torch, JAX) or buffer.\n\n"
      "What is written on one side is seen on the other. What must not be written (read-only arrays, JAX's), swapped\n"
      "bytes and nested lists are copied.\n"
      "Raises DTypeError, DeviceError for memory that is not the host's, GradError for an array whose own library\n"
      "is recording.\n\n"
      ">>> a = np.zeros(3)\n>>> t = ricci.asarray(a)\n>>> t[1] = 5.0\n>>> a\narray([0., 5., 0.])");
}

}  // namespace ricci::python
