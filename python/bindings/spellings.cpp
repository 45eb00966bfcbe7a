// The spellings of einsum, for arrays of any kind.
#include "arguments.h"

namespace ricci::python {
namespace {

Tensor contract_axes(const Tensor& a, const Tensor& b, nb::handle axes) {
  if (PyIndex_Check(axes.ptr())) {
    const std::int64_t n = integer_from(axes, "axes");
    return unlocked([&] { return tensordot(a, b, n); });
  }
  if (!PySequence_Check(axes.ptr()) || nb::len(axes) != 2)
    fail<DTypeError>("tensordot: axes is a number of axes or a pair of lists, not ", repr_of(axes));
  const AxisList of_a = integers_from(nb::object(axes[0]), "axes"), of_b = integers_from(nb::object(axes[1]), "axes");
  return unlocked([&] { return tensordot(a, b, of_a, of_b); });
}

nb::object call_bilinear(nb::handle x1, nb::handle x2, nb::handle weight, nb::handle bias) {
  Arguments arguments(x1, x2, weight, bias);
  const Tensor a = arguments.read(x1), b = arguments.read(x2), w = arguments.read(weight);
  const Tensor c = bias.is_none() ? Tensor() : arguments.read(bias);
  return arguments.give(unlocked([&] { return bilinear(a, b, w, c); }));
}

void bind_products(nb::module_& m) {
  m.def(
      "outer", [](nb::handle a, nb::handle b) { return apply2(outer, a, b); }, "a"_a, "b"_a,
      nb::sig(array_signature("outer", {"a", "b"}).c_str()),
      "outer[i, j] = a[i] * b[j], both flattened: (n), (m) -> (n, m). Gradients come back in the operands' own "
      "shapes.\n\n"
      ">>> ricci.outer([1.0, 2.0], [3.0, 4.0])\nTensor([[3.0, 4.0], [6.0, 8.0]])");
  m.def(
      "dot", [](nb::handle a, nb::handle b) { return apply2(dot, a, b); }, "a"_a, "b"_a,
      nb::sig(array_signature("dot", {"a", "b"}).c_str()),
      "The sum of products of two vectors: (n), (n) -> (). Raises ShapeError for anything but two vectors.\n\n"
      ">>> ricci.dot([1.0, 2.0], [3.0, 4.0])\nTensor(11.0)");
  m.def(
      "matmul", [](nb::handle a, nb::handle b) { return apply2(matmul, a, b); }, "a"_a, "b"_a,
      nb::sig(array_signature("matmul", {"a", "b"}).c_str()),
      "The matrix product a @ b: vectors are rows or columns, leading axes broadcast. Raises ShapeError.\n\n"
      ">>> ricci.matmul(ricci.ones(5, 2, 3), ricci.ones(3, 4)).shape\n(5, 2, 4)");
  m.def(
      "bmm", [](nb::handle a, nb::handle b) { return apply2(bmm, a, b); }, "a"_a, "b"_a,
      nb::sig(array_signature("bmm", {"a", "b"}).c_str()),
      "Matrix products over a batch: (b, i, j), (b, j, k) -> (b, i, k). Raises ShapeError.\n\n"
      ">>> ricci.bmm(ricci.ones(5, 2, 3), ricci.ones(5, 3, 4)).shape\n(5, 2, 4)");
  m.def(
      "tensordot",
      [](nb::handle a, nb::handle b, nb::handle axes) {
        Arguments arguments(a, b);
        const Tensor x = arguments.read(a), y = arguments.read(b);
        return arguments.give(contract_axes(x, y, axes));
      },
      "a"_a, "b"_a, "axes"_a = 2,
      nb::sig(array_signature("tensordot", {"a", "b"}, "axes: int | tuple[Axes, Axes] = 2").c_str()),
      "Contracts the last `axes` axes of a with the first of b, or the axes of two lists pair by pair.\n\n"
      "Raises ShapeError.\n\n>>> ricci.tensordot(ricci.ones(2, 3, 4), ricci.ones(4, 3, 5), ([1, 2], [1, "
      "0])).shape\n(2, 5)");
  m.def("bilinear", call_bilinear, "x1"_a, "x2"_a, "weight"_a, "bias"_a = nb::none(),
        nb::sig(array_signature("bilinear", {"x1", "x2", "weight"}, "bias: TensorLike | None = None").c_str()),
        "y[.., o] = sum x1[.., i] weight[o, i, j] x2[.., j] + bias[o]. Raises ShapeError.\n\n"
        ">>> ricci.bilinear(ricci.ones(5, 2), ricci.ones(5, 3), ricci.ones(4, 2, 3)).shape\n(5, 4)");
}

void bind_views(nb::module_& m) {
  m.def(
      "trace", [](nb::handle x, std::int64_t axis1, std::int64_t axis2) { return apply(trace, x, axis1, axis2); },
      "x"_a, "axis1"_a = 0, "axis2"_a = 1,
      nb::sig(array_signature("trace", {"x"}, "axis1: int = 0, axis2: int = 1").c_str()),
      "The sum of the diagonal of two axes. Raises ShapeError.\n\n"
      ">>> ricci.trace(ricci.tensor([[1.0, 2.0], [3.0, 4.0]]))\nTensor(5.0)");
  m.def(
      "diagonal",
      [](nb::handle x, std::int64_t offset, std::int64_t axis1, std::int64_t axis2) {
        return apply(diagonal, x, offset, axis1, axis2);
      },
      "x"_a, "offset"_a = 0, "axis1"_a = 0, "axis2"_a = 1,
      nb::sig(array_signature("diagonal", {"x"}, "offset: int = 0, axis1: int = 0, axis2: int = 1").c_str()),
      "The diagonal of two axes as the last axis; a view. offset > 0: above the main one. Raises ShapeError.\n\n"
      ">>> ricci.diagonal(ricci.tensor([[1.0, 2.0], [3.0, 4.0]]))\nTensor([1.0, 4.0])");
  m.def(
      "permute", [](nb::handle x, nb::handle axes) { return apply(permute, x, integers_from(axes, "axes")); }, "x"_a,
      "axes"_a, nb::sig(array_signature("permute", {"x"}, "axes: typing.Sequence[int]").c_str()),
      "The axes in another order; a view. Raises ShapeError.\n\n>>> ricci.permute(ricci.ones(2, 3, 4), (2, 0, "
      "1)).shape\n(4, 2, 3)");
  m.def(
      "transpose",
      [](nb::handle x, nb::handle axes) {
        const auto order = axes.is_none() ? std::nullopt : std::optional<AxisList>(integers_from(axes, "axes"));
        return apply([](const Tensor& t, const std::optional<AxisList>& to) { return transpose(t, to); }, x, order);
      },
      "x"_a, "axes"_a = nb::none(),
      nb::sig(array_signature("transpose", {"x"}, "axes: typing.Sequence[int] | None = None").c_str()),
      "All axes reversed, or in the order given, as NumPy's; a view. Raises ShapeError.\n\n"
      ">>> ricci.transpose(ricci.ones(2, 3)).shape\n(3, 2)");
  m.def(
      "reshape", [](nb::handle x, nb::handle shape) { return apply(reshape, x, Shape(integers_from(shape, "shape"))); },
      "x"_a, "shape"_a, nb::sig(array_signature("reshape", {"x"}, "shape: int | typing.Sequence[int]").c_str()),
      "The elements in row-major order under another shape; one extent may be -1. A view if it can be.\n\n"
      "Raises ShapeError.\n\n>>> ricci.reshape(ricci.arange(6), (2, -1)).shape\n(2, 3)");
  m.def(
      "flatten", [](nb::handle x, std::int64_t first, std::int64_t last) { return apply(flatten, x, first, last); },
      "x"_a, "first"_a = 0, "last"_a = -1,
      nb::sig(array_signature("flatten", {"x"}, "first: int = 0, last: int = -1").c_str()),
      "The axes from first to last, both counted, as one. A view if it can be. Raises ShapeError.\n\n"
      ">>> ricci.flatten(ricci.ones(2, 3, 4), 1).shape\n(2, 12)");
  m.def(
      "squeeze",
      [](nb::handle x, nb::handle axis) {
        if (axis.is_none()) return apply([](const Tensor& t) { return squeeze(t); }, x);
        const AxisList axes = integers_from(axis, "axis");
        return apply([&](const Tensor& t) { return squeeze(t, axes); }, x);
      },
      "x"_a, "axis"_a = nb::none(), nb::sig(array_signature("squeeze", {"x"}, "axis: Axes | None = None").c_str()),
      "Without the axes of extent 1: all of them, or those given. Raises ShapeError.\n\n"
      ">>> ricci.squeeze(ricci.ones(1, 3, 1), 0).shape\n(3, 1)");
  m.def(
      "unsqueeze", [](nb::handle x, std::int64_t axis) { return apply(unsqueeze, x, axis); }, "x"_a, "axis"_a,
      nb::sig(array_signature("unsqueeze", {"x"}, "axis: int").c_str()),
      "With an axis of extent 1 at `axis` of the result. Raises ShapeError.\n\n"
      ">>> ricci.unsqueeze(ricci.ones(2, 3), -1).shape\n(2, 3, 1)");
  m.def(
      "expand", [](nb::handle x, nb::handle shape) { return apply(expand, x, integers_from(shape, "shape")); }, "x"_a,
      "shape"_a, nb::sig(array_signature("expand", {"x"}, "shape: typing.Sequence[int]").c_str()),
      "Broadcast to a shape without a copy; -1 keeps an extent. Raises ShapeError.\n\n"
      ">>> ricci.expand(ricci.ones(3, 1), (2, -1, 4)).shape\n(2, 3, 4)");
}

}  // namespace

void bind_spellings(nb::module_& m) {
  bind_products(m);
  bind_views(m);
}

}  // namespace ricci::python
