// The methods of Tensor: each is the module function of the same name, for those who write x.sum().
#include "arguments.h"
#include "tensor_class.h"

namespace ricci::python {
namespace {

nb::object convert(const Tensor& x, nb::handle target) {
  return std::visit([&](auto where) { return to_python(unlocked([x = Tensor(x), where] { return to(x, where); })); },
                    target_from(target));
}

void define_reductions(TensorClass& c) {
  struct Reduction {
    const char* name;
    Tensor (*function)(const Tensor&, const ReduceOptions&);
    const char* doc;
  };
  static const Reduction reductions[] = {{"sum", sum, "The sum over axes; see ricci.sum."},
                                         {"mean", mean, "The mean over axes; see ricci.mean."},
                                         {"max", max, "The largest value over axes; see ricci.max."},
                                         {"min", min, "The smallest value over axes; see ricci.min."},
                                         {"logsumexp", logsumexp, "log(sum(exp(x))); see ricci.logsumexp."}};
  for (const Reduction& r : reductions)
    c.def(
        r.name,
        [f = r.function](const Tensor& x, nb::handle axis, bool keepdims) {
          const ReduceOptions options = reduce_options(axis, keepdims);
          return to_python(unlocked([x = Tensor(x), &options, f] { return f(x, options); }));
        },
        "axis"_a = nb::none(), "keepdims"_a = false, r.doc,
        nb::sig(concat("def ", r.name, "(self, axis: Axes | None = None, keepdims: bool = False) -> Tensor").c_str()));
  struct Position {
    const char* name;
    Tensor (*function)(const Tensor&, std::optional<std::int64_t>, bool);
  };
  static const Position positions[] = {{"argmax", argmax}, {"argmin", argmin}};
  for (const Position& p : positions)
    c.def(
        p.name,
        [f = p.function](const Tensor& x, nb::handle axis, bool keepdims) {
          const auto along = axis.is_none() ? std::nullopt : std::optional(integer_from(axis, "axis"));
          return to_python(unlocked([x = Tensor(x), along, keepdims, f] { return f(x, along, keepdims); }));
        },
        "axis"_a = nb::none(), "keepdims"_a = false, "The position of the extreme value: int64, no gradient.",
        nb::sig(concat("def ", p.name, "(self, axis: int | None = None, keepdims: bool = False) -> Tensor").c_str()));
  c.def(
      "softmax", [](const Tensor& x, std::int64_t axis) { return softmax(x, axis); }, "axis"_a = -1,
      "See ricci.softmax.");
  c.def(
      "log_softmax", [](const Tensor& x, std::int64_t axis) { return log_softmax(x, axis); }, "axis"_a = -1,
      "See ricci.log_softmax.");
}

void define_shapes(TensorClass& c) {
  c.def(
      "reshape",
      [](const Tensor& x, const nb::args& shape) { return reshape(x, integers_from_arguments(shape, "reshape")); },
      nb::sig("def reshape(self, *shape: int | typing.Sequence[int]) -> Tensor"),
      "The elements in row-major order under another shape; one extent may be -1. A view if it can be.\n\n"
      ">>> ricci.arange(6).reshape(2, -1)\nTensor([[0, 1, 2], [3, 4, 5]], dtype=int64)");
  c.def(
      "permute",
      [](const Tensor& x, const nb::args& axes) { return permute(x, integers_from_arguments(axes, "permute")); },
      nb::sig("def permute(self, *axes: int | typing.Sequence[int]) -> Tensor"), "The axes in another order; a view.");
  c.def(
      "transpose",
      [](const Tensor& x, nb::handle axis1, nb::handle axis2) {
        if (axis1.is_none() != axis2.is_none())
          fail<ShapeError>("transpose: one axis alone can't be exchanged\n  give two, or none to reverse all");
        return axis1.is_none() ? transpose(x)
                               : transpose(x, integer_from(axis1, "axis1"), integer_from(axis2, "axis2"));
      },
      "axis1"_a = nb::none(), "axis2"_a = nb::none(),
      nb::sig("def transpose(self, axis1: int | None = None, axis2: int | None = None) -> Tensor"),
      "Two axes exchanged, or all of them reversed; a view. For any other order: permute().\n\n"
      ">>> ricci.ones(2, 3, 4).transpose(0, -1).shape\n(4, 3, 2)");
  c.def(
      "flatten", [](const Tensor& x, std::int64_t first, std::int64_t last) { return flatten(x, first, last); },
      "first"_a = 0, "last"_a = -1, "See ricci.flatten.");
  c.def(
      "expand",
      [](const Tensor& x, const nb::args& shape) { return expand(x, integers_from_arguments(shape, "expand")); },
      nb::sig("def expand(self, *shape: int | typing.Sequence[int]) -> Tensor"),
      "Broadcast to a shape without a copy; -1 keeps an extent.");
  c.def(
      "squeeze",
      [](const Tensor& x, nb::handle axis) {
        return axis.is_none() ? squeeze(x) : squeeze(x, integers_from(axis, "squeeze"));
      },
      "axis"_a = nb::none(), nb::sig("def squeeze(self, axis: Axes | None = None) -> Tensor"),
      "Without the axes of extent 1: all of them, or those given.");
  c.def(
      "unsqueeze", [](const Tensor& x, std::int64_t axis) { return unsqueeze(x, axis); }, "axis"_a,
      "With an axis of extent 1 at `axis` of the result.");
  c.def(
      "contiguous", [](const Tensor& x) { return unlocked([x = Tensor(x)] { return contiguous(x); }); },
      "The tensor itself if it is contiguous, else a row-major copy.");
  c.def("is_contiguous", &Tensor::is_contiguous, "Whether the elements lie in row-major order without gaps.");
  c.def("numel", &Tensor::numel, "The number of elements.");
  c.def("dim", &Tensor::ndim, "The number of axes, as ndim.");
}

void define_gradients(TensorClass& c) {
  c.def("detach", &Tensor::detach, "The same elements without history.");
  c.def(
      "clone", [](const Tensor& x) { return unlocked([x = Tensor(x)] { return clone(x); }); },
      "A row-major copy, recorded.");
  c.def(
      "requires_grad_",
      [](nb::handle self, bool on) {
        tensor_in(self)->set_requires_grad(on);
        return nb::borrow(self);
      },
      "on"_a = true, nb::sig("def requires_grad_(self, on: bool = True) -> Tensor"),
      "Asks for the gradient of a leaf; returns the tensor itself.");
}

}  // namespace

void define_methods(TensorClass& c) {
  for (const Unary& u : unary_functions())
    if (u.is_method)
      c.def(
          u.name, [f = u.function](const Tensor& x) { return unlocked([x = Tensor(x), f] { return f(x); }); }, u.doc);
  define_reductions(c);
  define_shapes(c);
  define_gradients(c);
  c.def("to", convert, "target"_a.none(), nb::sig("def to(self, target: DTypeLike) -> Tensor"),
        "In another dtype or on another device: itself if it is.\n\n"
        ">>> ricci.tensor([1.5, 2.5]).to('int64')\nTensor([1, 2], dtype=int64)");
  c.def("item", item_of, nb::sig("def item(self) -> typing.Any"),
        "The single element as a Python number. Raises ShapeError for any other number of elements.");
  c.def("tolist", list_of, nb::sig("def tolist(self) -> typing.Any"),
        "The elements as nested lists of Python numbers.");
}

}  // namespace ricci::python
