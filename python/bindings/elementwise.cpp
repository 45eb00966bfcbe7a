// Elementwise functions of one to three arrays of any kind.
#include "arguments.h"
#include "tensor_class.h"

namespace ricci::python {
namespace {

constexpr Unary kUnary[] = {
    {"exp", exp, "e to the power of each element.", "[0.0, 1.0]", true},
    {"log", log, "The natural logarithm.", "[1.0, 2.0]", true},
    {"sqrt", sqrt, "The square root.", "[1.0, 2.25]", true},
    {"tanh", tanh, "The hyperbolic tangent.", "[0.0, 0.5]", true},
    {"sigmoid", sigmoid, "1 / (1 + exp(-x)).", "[0.0, 2.0]", true},
    {"relu", relu, "max(x, 0); its derivative at 0 is 0.", "[-1.0, 2.0]", true},
    {"abs", abs, "The absolute value, real for a complex tensor; its derivative at 0 is 0.", "[-1.5, 2.0]", true},
    {"sin", sin, "The sine.", "[0.0, 1.0]", true},
    {"cos", cos, "The cosine.", "[0.0, 1.0]", true},
    {"erf", erf, "The error function of a real array.", "[0.0, 1.0]", true},
    {"log1p", log1p, "log(1 + x) of a real array, accurate near 0.", "[0.0, 1.0]", true},
    {"sign", sign, "-1, 0 or 1.", "[-3.0, 0.0, 2.0]", true},
    {"reciprocal", reciprocal, "1 / x.", "[2.0, 4.0]", true},
    {"conj", conj, "The complex conjugate; a real tensor is returned as it is.", "[1 + 2j]", true},
    {"real", real, "The real part.", "[1 + 2j]", false},
    {"imag", imag, "The imaginary part; zeros for a real tensor.", "[1 + 2j]", false},
    {"logical_not", logical_not, "True where x is zero.", "[True, False]", false},
    {"isnan", isnan, "True where x is not a number.", "[1.0, float('nan')]", true},
    {"isfinite", isfinite, "True where x is neither infinite nor NaN.", "[1.0, float('inf')]", true},
};

// Functions of two operands, of which either may be a number.
struct Binary {
  const char* name;
  Tensor (*function)(const Value&, const Value&);
  const char* doc;
};
constexpr Binary kBinary[] = {
    {"maximum", maximum,
     "The larger of two, element by element; they broadcast.\n\n"
     "Ties halve the gradient; NaN wins. Raises DTypeError for complex dtypes, ShapeError.\n\n"
     ">>> ricci.maximum(ricci.tensor([1.0, 5.0]), 2.0)\nTensor([2.0, 5.0])"},
    {"minimum", minimum,
     "The smaller of two, element by element; they broadcast.\n\n"
     "Ties halve the gradient; NaN wins. Raises DTypeError for complex dtypes, ShapeError.\n\n"
     ">>> ricci.minimum(ricci.tensor([1.0, 5.0]), 2.0)\nTensor([1.0, 2.0])"},
    {"floor_divide", floor_divide,
     "a // b as Python rounds it, toward minus infinity; its gradient is 0.\n\n"
     "Raises DTypeError for complex dtypes and bool, Error for integers over 0.\n\n"
     ">>> ricci.floor_divide(ricci.tensor([7, -7]), 2)\nTensor([3, -4], dtype=int64)"},
    {"remainder", remainder,
     "a % b as Python has it, with the sign of b: a - floor_divide(a, b) * b.\n\n"
     "Raises DTypeError for complex dtypes and bool, Error for integers over 0.\n\n"
     ">>> ricci.remainder(ricci.tensor([7, -7]), 4)\nTensor([3, 1], dtype=int64)"},
};

// A number stays weak; anything else is an operand whose kind counts.
Value read_value(Arguments& arguments, nb::handle object) {
  if (is_number(object)) return *value_from(object);
  return arguments.read(object);
}

nb::object apply_values(Tensor (*f)(const Value&, const Value&), nb::handle a, nb::handle b) {
  Arguments arguments(a, b);
  const Value x = read_value(arguments, a), y = read_value(arguments, b);
  return arguments.give(unlocked([&] { return f(x, y); }));
}

nb::object choose(nb::handle condition, nb::handle a, nb::handle b) {
  Arguments arguments(a, b);
  const Tensor mask = arguments.read(condition);
  const Value x = read_value(arguments, a), y = read_value(arguments, b);
  return arguments.give(unlocked([&] { return where(mask, x, y); }));
}

template <Tensor (*f)(const std::vector<Tensor>&, std::int64_t)>
nb::object join(nb::handle tensors, std::int64_t axis) {
  Arguments arguments;
  std::vector<Tensor> parts;
  const nb::tuple all = items_from(tensors, "tensors");
  for (nb::handle part : all) arguments.look(part);
  for (nb::handle part : all) parts.push_back(arguments.read(part));
  return arguments.give(unlocked([&] { return f(parts, axis); }));
}

std::string join_signature(const char* name) {
  return concat("@typing.overload\ndef ", name, "(tensors: typing.Sequence[Tensor], axis: int = 0) -> Tensor: ...\n",
                "@typing.overload\ndef ", name, "(tensors: typing.Sequence[TensorLike], axis: int = 0) -> typing.Any");
}

}  // namespace

std::span<const Unary> unary_functions() { return kUnary; }

void bind_elementwise(nb::module_& m) {
  nb::list names;  // what `from ricci._core import *` gives: the functions of the tables
  for (const Unary& u : kUnary) {
    names.append(u.name);
    m.def(
        u.name, [f = u.function](nb::handle x) { return apply(f, x); }, "x"_a,
        nb::sig(array_signature(u.name, {"x"}).c_str()),
        concat(u.doc, "\n\nElement by element; any array in, the same kind out.\n\n>>> x = ricci.tensor(", u.example,
               ")\n>>> ricci.", u.name, "(x).shape == x.shape\nTrue")
            .c_str());
  }
  for (const Binary& f : kBinary) {
    names.append(f.name);
    m.def(
        f.name, [g = f.function](nb::handle a, nb::handle b) { return apply_values(g, a, b); }, "a"_a, "b"_a,
        nb::sig(concat("def ", f.name, "(a: Operand, b: Operand) -> typing.Any").c_str()), f.doc);
  }
  m.attr("__all__") = names;
  m.def("where", choose, "condition"_a, "a"_a, "b"_a,
        nb::sig(array_signature("where", {"condition"}, "a: Operand, b: Operand").c_str()),
        "a where the condition (bool) holds, else b; all three broadcast.\n\n"
        "Raises DTypeError for a condition that is not bool, ShapeError.\n\n"
        ">>> x = ricci.tensor([-1.0, 3.0])\n>>> ricci.where(x > 0, x, 0.0)\nTensor([0.0, 3.0])");
  m.def("cat", join<cat>, "tensors"_a, "axis"_a = 0, nb::sig(join_signature("cat").c_str()),
        "Arrays joined along an axis they have. Raises ShapeError.\n\n"
        ">>> ricci.cat([ricci.tensor([1.0]), ricci.tensor([2.0, 3.0])])\nTensor([1.0, 2.0, 3.0])");
  m.def("stack", join<stack>, "tensors"_a, "axis"_a = 0, nb::sig(join_signature("stack").c_str()),
        "Arrays of one shape joined along a new axis. Raises ShapeError.\n\n"
        ">>> ricci.stack([ricci.tensor([1.0, 2.0]), ricci.tensor([3.0, 4.0])])\nTensor([[1.0, 2.0], [3.0, 4.0]])");
  m.def(
      "take",
      [](nb::handle x, nb::handle at, std::int64_t axis) {
        Arguments arguments;
        const Tensor a = arguments.read(x), positions = as_tensor(at);
        return arguments.give(unlocked([&] { return take(a, positions, axis); }));
      },
      "x"_a, "index"_a, "axis"_a = 0, nb::sig(array_signature("take", {"x", "index"}, "axis: int = 0").c_str()),
      "Rows of x along an axis at integer positions, whose shape takes the axis's place.\n\n"
      "(a, n, b) at (i, j) along axis 1 -> (a, i, j, b). Raises IndexError, DTypeError.\n\n"
      ">>> ricci.take(ricci.tensor([10.0, 20.0, 30.0]), [2, 0])\nTensor([30.0, 10.0])");
  m.def(
      "gather",
      [](nb::handle x, nb::handle at, std::int64_t axis) {
        Arguments arguments;
        const Tensor a = arguments.read(x), positions = as_tensor(at);
        return arguments.give(unlocked([&] { return gather(a, positions, axis); }));
      },
      "x"_a, "index"_a, "axis"_a, nb::sig(array_signature("gather", {"x", "index"}, "axis: int").c_str()),
      "out[.., i, ..] = x[.., index[.., i, ..], ..]; index has x's shape except along the axis.\n\n"
      "Raises IndexError, ShapeError, DTypeError.\n\n"
      ">>> ricci.gather(ricci.tensor([[1.0, 2.0], [3.0, 4.0]]), [[1], [0]], 1)\nTensor([[2.0], [3.0]])");
  m.def(
      "scatter_add",
      [](nb::handle x, nb::handle at, std::int64_t axis, std::int64_t extent) {
        Arguments arguments;
        const Tensor a = arguments.read(x), positions = as_tensor(at);
        return arguments.give(unlocked([&] { return scatter_add(a, positions, axis, extent); }));
      },
      "values"_a, "index"_a, "axis"_a, "extent"_a,
      nb::sig(array_signature("scatter_add", {"values", "index"}, "axis: int, extent: int").c_str()),
      "Zeros of an extent along an axis, with values added at the index in order: the adjoint of gather.\n\n"
      "Raises IndexError, ShapeError, DTypeError.\n\n"
      ">>> ricci.scatter_add(ricci.tensor([1.0, 2.0, 4.0]), [0, 2, 0], 0, 3)\nTensor([5.0, 0.0, 2.0])");
}

}  // namespace ricci::python
