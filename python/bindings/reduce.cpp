// Reductions of arrays of any kind.
#include "arguments.h"

namespace ricci::python {
namespace {

using Reduction = Tensor (*)(const Tensor&, const ReduceOptions&);

void define(nb::module_& m, const char* name, Reduction f, const char* what, const char* example) {
  m.def(
      name, [f](nb::handle x, nb::handle axis, bool keepdims) { return apply(f, x, reduce_options(axis, keepdims)); },
      "x"_a, "axis"_a = nb::none(), "keepdims"_a = false,
      nb::sig(array_signature(name, {"x"}, "axis: Axes | None = None, keepdims: bool = False").c_str()),
      concat(what, "\n\nOver one axis, a tuple of axes, or all of them; keepdims keeps them with extent 1.\n\n",
             example)
          .c_str());
}

using Position = Tensor (*)(const Tensor&, std::optional<std::int64_t>, bool);

void define_position(nb::module_& m, const char* name, Position f, const char* what, const char* example) {
  m.def(
      name,
      [f](nb::handle x, nb::handle axis, bool keepdims) {
        const auto along = axis.is_none() ? std::nullopt : std::optional(integer_from(axis, "axis"));
        return apply(f, x, along, keepdims);
      },
      "x"_a, "axis"_a = nb::none(), "keepdims"_a = false,
      nb::sig(array_signature(name, {"x"}, "axis: int | None = None, keepdims: bool = False").c_str()),
      concat(what, "\n\nAlong one axis, or in the flattened array; int64, no gradient.\n\n", example).c_str());
}

}  // namespace

std::string array_signature(const std::string& name, std::initializer_list<const char*> arrays,
                            const std::string& rest) {
  const auto line = [&](const char* type) {
    std::string parameters;
    for (const char* array : arrays) parameters += concat(parameters.empty() ? "" : ", ", array, ": ", type);
    return concat("@typing.overload\ndef ", name, "(", parameters, rest.empty() ? "" : ", ", rest, ")");
  };
  return line("Tensor") + " -> Tensor: ...\n" + line("TensorLike") + " -> typing.Any";
}

ReduceOptions reduce_options(nb::handle axis, bool keepdims) {
  ReduceOptions options{.keepdims = keepdims};
  if (axis.is_none()) return options;
  options.axes = integers_from(axis, "axis");
  options.no_axes = options.axes.empty();
  return options;
}

void bind_reduce(nb::module_& m) {
  define(m, "sum", sum, "Sums; integers and bool in int64. A sum over nothing is 0. Raises ShapeError.",
         ">>> ricci.sum(ricci.tensor([[1.0, 2.0], [3.0, 4.0]]), axis=0)\nTensor([4.0, 6.0])");
  define(m, "mean", mean, "Means; integers in float32. Raises ShapeError over nothing.",
         ">>> ricci.mean(ricci.tensor([1.0, 2.0, 6.0]))\nTensor(3.0)");
  define(m, "max", max,
         "The largest value; the gradient goes to the first that has it. Raises ShapeError over nothing.",
         ">>> ricci.max(ricci.tensor([[1.0, 5.0], [3.0, 4.0]]), axis=1)\nTensor([5.0, 4.0])");
  define(m, "min", min,
         "The smallest value; the gradient goes to the first that has it. Raises ShapeError over nothing.",
         ">>> ricci.min(ricci.tensor([[1.0, 5.0], [3.0, 4.0]]), axis=1)\nTensor([1.0, 3.0])");
  define(m, "logsumexp", logsumexp, "log(sum(exp(x))) without overflow; all -inf gives -inf with gradient 0.",
         ">>> ricci.logsumexp(ricci.tensor([1000.0, -1000.0]))\nTensor(1000.0)");
  define_position(m, "argmax", argmax,
                  "The position of the largest value, the first on ties. Raises ShapeError over nothing.",
                  ">>> ricci.argmax(ricci.tensor([1.0, 5.0, 5.0]))\nTensor(1, dtype=int64)");
  define_position(m, "argmin", argmin,
                  "The position of the smallest value, the first on ties. Raises ShapeError over nothing.",
                  ">>> ricci.argmin(ricci.tensor([3.0, 1.0, 5.0]))\nTensor(1, dtype=int64)");
  m.def(
      "softmax", [](nb::handle x, std::int64_t axis) { return apply(softmax, x, axis); }, "x"_a, "axis"_a = -1,
      nb::sig(array_signature("softmax", {"x"}, "axis: int = -1").c_str()),
      "exp(x) / sum(exp(x)) along one axis, without overflow. Raises ShapeError.\n\n"
      ">>> ricci.softmax(ricci.tensor([1.0, 1.0]))\nTensor([0.5, 0.5])");
  m.def(
      "log_softmax", [](nb::handle x, std::int64_t axis) { return apply(log_softmax, x, axis); }, "x"_a, "axis"_a = -1,
      nb::sig(array_signature("log_softmax", {"x"}, "axis: int = -1").c_str()),
      "log(softmax(x)) along one axis, without overflow. Raises ShapeError.\n\n"
      ">>> ricci.log_softmax(ricci.tensor([[0.0, 1000.0]]))\nTensor([[-1000.0, 0.0]])");
}

}  // namespace ricci::python
