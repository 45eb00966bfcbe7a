// The operators of Tensor. The other side may be a number (weak), a Tensor or any array; the result is a Tensor.
#include "tensor_class.h"

namespace ricci::python {
namespace {

using Binary = Tensor (*)(const Value&, const Value&);

nb::object not_implemented() { return nb::borrow(Py_NotImplemented); }

// Python would take a product with a string for its repetition, and say so.
template <Binary op>
void check_text(nb::handle other) {
  if (op == static_cast<Binary>(multiply) && PyUnicode_Check(other.ptr()))
    fail<DTypeError>("a Tensor can't be multiplied by a str\n  numbers, Tensors and arrays will do");
}

template <Binary op>
nb::object left(const Tensor& self, nb::handle other) {
  check_text<op>(other);
  const std::optional<Value> value = value_from(other);
  if (!value) return not_implemented();
  return to_python(unlocked([x = Tensor(self), &value] { return op(x, *value); }));
}
template <Binary op>
nb::object right(const Tensor& self, nb::handle other) {
  check_text<op>(other);
  const std::optional<Value> value = value_from(other);
  if (!value) return not_implemented();
  return to_python(unlocked([x = Tensor(self), &value] { return op(*value, x); }));
}

// x += other changes the elements of x, as x[...] = x + other does: a leaf that requires grad is refused while
// recording, and a tensor with history becomes the sum.
template <Binary op>
nb::object in_place(nb::handle self, nb::handle other) {
  const std::optional<Value> value = value_from(other);
  if (!value) return not_implemented();
  auto& x = nb::cast<Tensor&>(self);
  unlocked([&x, &value] {
    const Tensor result = op(x, *value);
    if (promote(result.dtype(), x.dtype()) != x.dtype())
      fail<DTypeError>("an in-place change of a ", x.dtype(), " tensor can't hold ", result.dtype(),
                       " values\n  write x = x + ... for a new tensor, or convert x first");
    assign(x, {}, result);
    return 0;
  });
  return nb::borrow(self);
}

std::string signature(const char* name, const char* other) {
  return concat("def ", name, "(self, other: ", other, ") -> Tensor");
}

template <Binary op>
void define_arithmetic(TensorClass& c, const std::string& name) {
  const std::string forward = "__" + name + "__", reflected = "__r" + name + "__";
  c.def(forward.c_str(), left<op>, nb::is_operator(), nb::sig(signature(forward.c_str(), "Operand").c_str()));
  c.def(reflected.c_str(), right<op>, nb::is_operator(), nb::sig(signature(reflected.c_str(), "Operand").c_str()));
}

template <Binary op>
void define_in_place(TensorClass& c, const char* name) {
  c.def(name, in_place<op>, nb::is_operator(), nb::sig(signature(name, "Operand").c_str()));
}

template <Binary op>
void define_comparison(TensorClass& c, const char* name) {
  const bool equality = std::string_view(name) == "__eq__" || std::string_view(name) == "__ne__";
  c.def(name, left<op>, nb::is_operator(), nb::arg("other").none(),
        nb::sig(signature(name, equality ? "typing.Any" : "Operand").c_str()));
}

Tensor matrix_product(const Value& a, const Value& b) {
  if (!a.is_tensor() || !b.is_tensor()) fail<ShapeError>("@ needs two tensors with axes, not a number");
  return matmul(a.tensor(), b.tensor());
}

std::string formatted(const Tensor& x, const std::string& how) {
  nb::object what = x.numel() == 1 ? item_of(x) : nb::object(nb::str(to_string(x).c_str()));
  if (how.empty()) return to_string(x);
  const nb::object text = nb::steal(PyObject_Format(what.ptr(), nb::str(how.c_str()).ptr()));
  if (!text.is_valid()) nb::raise_python_error();
  return nb::cast<nb::str>(text).c_str();
}

nb::object whole(const Tensor& x) {
  const nb::object number = nb::steal(PyNumber_Long(item_of(x).ptr()));
  if (!number.is_valid()) nb::raise_python_error();
  return number;
}

nb::object as_index(const Tensor& x) {
  if (x.numel() != 1 || !is_integer(x.dtype()))
    throw nb::type_error("only an integer tensor of one element is an index");
  return item_of(x);
}

}  // namespace

void define_operators(TensorClass& c) {
  define_arithmetic<add>(c, "add");
  define_arithmetic<subtract>(c, "sub");
  define_arithmetic<multiply>(c, "mul");
  define_arithmetic<divide>(c, "truediv");
  define_arithmetic<floor_divide>(c, "floordiv");
  define_arithmetic<remainder>(c, "mod");
  define_arithmetic<power>(c, "pow");
  define_arithmetic<matrix_product>(c, "matmul");
  define_in_place<add>(c, "__iadd__");
  define_in_place<subtract>(c, "__isub__");
  define_in_place<multiply>(c, "__imul__");
  define_in_place<divide>(c, "__itruediv__");
  define_in_place<floor_divide>(c, "__ifloordiv__");
  define_in_place<remainder>(c, "__imod__");
  define_comparison<equal>(c, "__eq__");
  define_comparison<not_equal>(c, "__ne__");
  define_comparison<less>(c, "__lt__");
  define_comparison<less_equal>(c, "__le__");
  define_comparison<greater>(c, "__gt__");
  define_comparison<greater_equal>(c, "__ge__");
  // Equal elements do not make two tensors one: what tells them apart in a dict is identity.
  c.def(
      "__hash__",
      [](nb::handle self) { return static_cast<Py_ssize_t>(reinterpret_cast<std::uintptr_t>(self.ptr()) >> 4); },
      nb::sig("def __hash__(self) -> int"));

  c.def("__neg__", [](const Tensor& x) { return unlocked([x = Tensor(x)] { return negative(x); }); });
  c.def("__pos__", [](const Tensor& x) { return Tensor(x); });
  c.def("__abs__", [](const Tensor& x) { return unlocked([x = Tensor(x)] { return abs(x); }); });
  c.def("__invert__", [](const Tensor& x) { return unlocked([x = Tensor(x)] { return logical_not(x); }); });
  c.def("__float__", [](const Tensor& x) { return x.item<double>(); });
  c.def("__int__", whole, nb::sig("def __int__(self) -> int"));
  c.def(
      "__complex__",
      [](const Tensor& x) {
        return nb::steal(
            PyComplex_FromDoubles(x.item<std::complex<double>>().real(), x.item<std::complex<double>>().imag()));
      },
      nb::sig("def __complex__(self) -> complex"));
  c.def("__index__", as_index, nb::sig("def __index__(self) -> int"));
  c.def("__format__", [](const Tensor& x, const nb::str& how) { return nb::str(formatted(x, how.c_str()).c_str()); });
}

}  // namespace ricci::python
