// nn.functional: what layers compute, for arrays of any kind.
#include "arguments.h"
#include "nn.h"

namespace ricci::python {
namespace {

namespace F = nn::functional;

Tensor optional_array(Arguments& arguments, nb::handle x) { return x.is_none() ? Tensor() : arguments.read(x); }

nb::object call_linear(nb::handle input, nb::handle weight, nb::handle bias) {
  Arguments arguments(input, weight, bias);
  const Tensor x = arguments.read(input), w = arguments.read(weight), b = optional_array(arguments, bias);
  return arguments.give(unlocked([&] { return F::linear(x, w, b); }));
}

nb::object call_embedding(nb::handle input, nb::handle weight, nb::handle padding) {
  Arguments arguments;
  const Tensor positions = as_tensor(input), w = arguments.read(weight);
  std::optional<std::int64_t> row;
  if (!padding.is_none()) row = integer_from(padding, "padding_idx");
  return arguments.give(unlocked([&] { return F::embedding(positions, w, row); }));
}

nb::object call_layer_norm(nb::handle input, nb::handle shape, nb::handle weight, nb::handle bias, double eps) {
  Arguments arguments(input, weight, bias);
  const Tensor x = arguments.read(input), w = optional_array(arguments, weight), b = optional_array(arguments, bias);
  const Shape last = integers_from(shape, "normalized_shape");
  return arguments.give(unlocked([&] { return F::layer_norm(x, last, w, b, eps); }));
}

nb::object call_gelu(nb::handle x, nb::handle approximate) {
  const std::string how = string_from(approximate, "approximate");
  if (how != "none" && how != "tanh") fail<Error>("gelu: approximate is 'none' or 'tanh', not '", how, "'");
  return apply(F::gelu, x, how == "tanh");
}

void bind_products(nb::module_& m) {
  m.def("linear", call_linear, "input"_a, "weight"_a, "bias"_a = nb::none(),
        nb::sig(array_signature("linear", {"input", "weight"}, "bias: TensorLike | None = None").c_str()),
        "y[..., o] = sum input[..., i] weight[o, i] + bias[o]. Raises ShapeError.\n\n"
        ">>> ricci.nn.functional.linear(ricci.tensor([1.0, 2.0]), ricci.tensor([[3.0, 4.0]]))\nTensor([11.0])");
  m.def("embedding", call_embedding, "input"_a, "weight"_a, "padding_idx"_a = nb::none(),
        nb::sig(array_signature("embedding", {"input", "weight"}, "padding_idx: int | None = None").c_str()),
        "Rows of weight (count, width) at integer positions: (...) -> (..., width).\n\n"
        "The row padding_idx gets no gradient. Raises IndexError, DTypeError.\n\n"
        ">>> ricci.nn.functional.embedding([1, 0], ricci.tensor([[1.0], [2.0]]))\nTensor([[2.0], [1.0]])");
  m.def("layer_norm", call_layer_norm, "input"_a, "normalized_shape"_a, "weight"_a = nb::none(), "bias"_a = nb::none(),
        "eps"_a = 1e-5,
        nb::sig(array_signature("layer_norm", {"input"},
                                "normalized_shape: int | typing.Sequence[int], weight: TensorLike | None = None, bias: "
                                "TensorLike | None = None, eps: float = 1e-5")
                    .c_str()),
        "(x - mean) / sqrt(variance + eps) * weight + bias over the last axes. Raises ShapeError.\n\n"
        ">>> ricci.nn.functional.layer_norm(ricci.tensor([1.0, 3.0]), 2, eps=0.0)\nTensor([-1.0, 1.0])");
  m.def(
      "dropout",
      [](nb::handle x, double p, bool training) {
        return apply([](const Tensor& t, double q, bool on) { return F::dropout(t, q, on); }, x, p, training);
      },
      "input"_a, "p"_a = 0.5, "training"_a = true,
      nb::sig(array_signature("dropout", {"input"}, "p: float = 0.5, training: bool = True").c_str()),
      "Each element becomes 0 with the probability p, and the others are divided by 1 - p.\n\n"
      "Raises Error unless 0 <= p <= 1.\n\n"
      ">>> ricci.nn.functional.dropout(ricci.ones(2), 0.5, training=False)\nTensor([1.0, 1.0])");
  m.def(
      "one_hot", [](nb::handle x, std::int64_t classes) { return apply(F::one_hot, x, classes); }, "input"_a,
      "num_classes"_a = -1, nb::sig(array_signature("one_hot", {"input"}, "num_classes: int = -1").c_str()),
      "One for the class at each position, zeros elsewhere: (...) -> (..., num_classes), int64.\n\n"
      "Without num_classes there is one more than the largest position. Raises IndexError, DTypeError.\n\n"
      ">>> ricci.nn.functional.one_hot([0, 2]).tolist()\n[[1, 0, 0], [0, 0, 1]]");
}

void bind_activations(nb::module_& m) {
  m.def("gelu", call_gelu, "input"_a, "approximate"_a = "none",
        nb::sig(array_signature("gelu", {"input"}, "approximate: str = 'none'").c_str()),
        "x times the normal distribution function of x; approximate='tanh' is the approximation by tanh.\n\n"
        ">>> ricci.nn.functional.gelu(ricci.tensor([0.0, 100.0]))\nTensor([0.0, 100.0])");
  m.def(
      "silu", [](nb::handle x) { return apply(F::silu, x); }, "input"_a,
      nb::sig(array_signature("silu", {"input"}).c_str()),
      "x sigmoid(x).\n\n>>> ricci.nn.functional.silu(ricci.tensor([0.0, 100.0]))\nTensor([0.0, 100.0])");
  m.def(
      "softplus", [](nb::handle x) { return apply(F::softplus, x); }, "input"_a,
      nb::sig(array_signature("softplus", {"input"}).c_str()),
      "log(1 + exp(x)), without overflow.\n\n"
      ">>> ricci.nn.functional.softplus(ricci.tensor([-1000.0, 1000.0]))\nTensor([0.0, 1000.0])");
  m.def(
      "leaky_relu", [](nb::handle x, double slope) { return apply(F::leaky_relu, x, slope); }, "input"_a,
      "negative_slope"_a = 0.01,
      nb::sig(array_signature("leaky_relu", {"input"}, "negative_slope: float = 0.01").c_str()),
      "x where positive, else negative_slope * x.\n\n"
      ">>> ricci.nn.functional.leaky_relu(ricci.tensor([-4.0, 1.0]), 0.25)\nTensor([-1.0, 1.0])");
}

}  // namespace

void bind_functional(nb::module_& m) {
  bind_products(m);
  bind_activations(m);
}

}  // namespace ricci::python
