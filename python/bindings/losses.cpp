// nn.functional: the losses.
#include "arguments.h"
#include "nn.h"

namespace ricci::python {
namespace {

namespace F = nn::functional;

F::Reduction reduction_from(nb::handle name) { return F::parse_reduction(string_from(name, "reduction")); }

using ClassLoss = Tensor (*)(const Tensor&, const Tensor&, const F::ClassOptions&);

nb::object call_class_loss(ClassLoss f, nb::handle input, nb::handle target, nb::handle weight, std::int64_t ignore,
                           nb::handle reduction, double smoothing) {
  Arguments arguments;
  const Tensor x = arguments.read(input), y = as_tensor(target);
  const F::ClassOptions options{.weight = weight.is_none() ? Tensor() : as_tensor(weight),
                                .ignore = ignore,
                                .reduction = reduction_from(reduction),
                                .smoothing = smoothing};
  return arguments.give(unlocked([&] { return f(x, y, options); }));
}

template <class F, class... Rest>
nb::object call_distance(F f, nb::handle input, nb::handle target, nb::handle reduction, const Rest&... rest) {
  Arguments arguments(input, target);
  const Tensor x = arguments.read(input), y = arguments.read(target);
  const auto how = reduction_from(reduction);
  return arguments.give(unlocked([&] { return f(x, y, how, rest...); }));
}

using BinaryLoss = Tensor (*)(const Tensor&, const Tensor&, const F::BinaryOptions&);

nb::object call_binary(BinaryLoss f, nb::handle input, nb::handle target, nb::handle weight, nb::handle reduction,
                       nb::handle positive) {
  Arguments arguments(input, target);
  const Tensor x = arguments.read(input), y = arguments.read(target);
  const F::BinaryOptions options{.weight = weight.is_none() ? Tensor() : as_tensor(weight),
                                 .positive = positive.is_none() ? Tensor() : as_tensor(positive),
                                 .reduction = reduction_from(reduction)};
  return arguments.give(unlocked([&] { return f(x, y, options); }));
}

// The target's elements have no say in the kind of the result, so its type is any array.
std::string loss_signature(const char* name, const char* rest) {
  return array_signature(name, {"input", "target"}, rest);
}

void bind_class_losses(nb::module_& m) {
  m.def(
      "cross_entropy",
      [](nb::handle input, nb::handle target, nb::handle weight, std::int64_t ignore, nb::handle reduction,
         double smoothing) {
        return call_class_loss(F::cross_entropy, input, target, weight, ignore, reduction, smoothing);
      },
      "input"_a, "target"_a, "weight"_a = nb::none(), "ignore_index"_a = -100, "reduction"_a = "mean",
      "label_smoothing"_a = 0.0,
      nb::sig(loss_signature("cross_entropy",
                             "weight: TensorLike | None = None, ignore_index: int = -100, reduction: str = 'mean', "
                             "label_smoothing: float = 0.0")
                  .c_str()),
      "-log of the probability that softmax(input) gives the target.\n\n"
      "input is (classes), (n, classes) or (n, classes, ...); target has integers of that shape without the class "
      "axis,\n"
      "or a distribution of the same shape. weight has one number for each class. Raises ShapeError, IndexError.\n\n"
      ">>> ricci.nn.functional.cross_entropy(ricci.tensor([[0.0, 0.0], [0.0, 100.0]]), [0, 1], reduction='sum')\n"
      "Tensor(0.6931472)");
  m.def(
      "nll_loss",
      [](nb::handle input, nb::handle target, nb::handle weight, std::int64_t ignore, nb::handle reduction) {
        return call_class_loss(F::nll_loss, input, target, weight, ignore, reduction, 0);
      },
      "input"_a, "target"_a, "weight"_a = nb::none(), "ignore_index"_a = -100, "reduction"_a = "mean",
      nb::sig(loss_signature("nll_loss",
                             "weight: TensorLike | None = None, ignore_index: int = -100, reduction: str = 'mean'")
                  .c_str()),
      "-input at the target, where input has log-probabilities: see cross_entropy. Raises ShapeError, IndexError.\n\n"
      ">>> ricci.nn.functional.nll_loss(ricci.tensor([[-1.0, -2.0]]), [1])\nTensor(2.0)");
}

void bind_distances(nb::module_& m) {
  m.def(
      "mse_loss",
      [](nb::handle input, nb::handle target, nb::handle reduction) {
        return call_distance(F::mse_loss, input, target, reduction);
      },
      "input"_a, "target"_a, "reduction"_a = "mean",
      nb::sig(loss_signature("mse_loss", "reduction: str = 'mean'").c_str()),
      "(input - target)^2. Raises ShapeError unless the shapes are equal.\n\n"
      ">>> ricci.nn.functional.mse_loss(ricci.tensor([1.0, 2.0]), ricci.tensor([1.0, 4.0]))\nTensor(2.0)");
  m.def(
      "l1_loss",
      [](nb::handle input, nb::handle target, nb::handle reduction) {
        return call_distance(F::l1_loss, input, target, reduction);
      },
      "input"_a, "target"_a, "reduction"_a = "mean",
      nb::sig(loss_signature("l1_loss", "reduction: str = 'mean'").c_str()),
      "|input - target|. Raises ShapeError unless the shapes are equal.\n\n"
      ">>> ricci.nn.functional.l1_loss(ricci.tensor([1.0, 2.0]), ricci.tensor([1.0, 4.0]))\nTensor(1.0)");
  m.def(
      "smooth_l1_loss",
      [](nb::handle input, nb::handle target, nb::handle reduction, double beta) {
        return call_distance(F::smooth_l1_loss, input, target, reduction, beta);
      },
      "input"_a, "target"_a, "reduction"_a = "mean", "beta"_a = 1.0,
      nb::sig(loss_signature("smooth_l1_loss", "reduction: str = 'mean', beta: float = 1.0").c_str()),
      "d^2 / (2 beta) where d = |input - target| < beta, else d - beta / 2.\n\n"
      "Raises ShapeError unless the shapes are equal.\n\n"
      ">>> ricci.nn.functional.smooth_l1_loss(ricci.tensor([0.0]), ricci.tensor([4.0]))\nTensor(3.5)");
}

void bind_binary_losses(nb::module_& m) {
  m.def(
      "binary_cross_entropy",
      [](nb::handle input, nb::handle target, nb::handle weight, nb::handle reduction) {
        return call_binary(F::binary_cross_entropy, input, target, weight, reduction, nb::none());
      },
      "input"_a, "target"_a, "weight"_a = nb::none(), "reduction"_a = "mean",
      nb::sig(
          loss_signature("binary_cross_entropy", "weight: TensorLike | None = None, reduction: str = 'mean'").c_str()),
      "-(target log(input) + (1 - target) log(1 - input)), the logarithms not below -100. Raises ShapeError.\n\n"
      ">>> ricci.nn.functional.binary_cross_entropy(ricci.tensor([0.5]), ricci.tensor([1.0]))\nTensor(0.6931472)");
  m.def(
      "binary_cross_entropy_with_logits",
      [](nb::handle input, nb::handle target, nb::handle weight, nb::handle reduction, nb::handle positive) {
        return call_binary(F::binary_cross_entropy_with_logits, input, target, weight, reduction, positive);
      },
      "input"_a, "target"_a, "weight"_a = nb::none(), "reduction"_a = "mean", "pos_weight"_a = nb::none(),
      nb::sig(loss_signature(
                  "binary_cross_entropy_with_logits",
                  "weight: TensorLike | None = None, reduction: str = 'mean', pos_weight: TensorLike | None = None")
                  .c_str()),
      "binary_cross_entropy of sigmoid(input), without overflow; positive targets weigh pos_weight. Raises "
      "ShapeError.\n\n"
      ">>> f = ricci.nn.functional.binary_cross_entropy_with_logits\n"
      ">>> f(ricci.tensor([-1000.0]), ricci.tensor([1.0]))\nTensor(1000.0)");
}

}  // namespace

void bind_losses(nb::module_& m) {
  bind_class_losses(m);
  bind_distances(m);
  bind_binary_losses(m);
}

}  // namespace ricci::python
