#include "ricci/nn/losses.h"

#include "ricci/base/error.h"
#include "ricci/nn/functional.h"
#include "ricci/nn/positions.h"
#include "ricci/ops/elementwise.h"
#include "ricci/ops/index.h"
#include "ricci/ops/shape.h"
#include "ricci/tensor/defined.h"

namespace ricci::nn::functional {
namespace {

Tensor reduce(const Tensor& losses, Reduction reduction) {
  if (reduction == Reduction::none) return losses;
  return reduction == Reduction::mean ? mean(losses) : sum(losses);
}

void check_same_shape(const Tensor& input, const Tensor& target, std::string_view function) {
  check_defined(function, input, target);
  if (input.shape() != target.shape())
    fail<ShapeError>(function, ": an input of shape ", input.shape(), " and a target of shape ", target.shape(),
                     "\n  they need the same shape: reshape one of them");
}

Shape without_axis(const Shape& shape, std::size_t axis) {
  Shape out;
  for (std::size_t i = 0; i < shape.size(); ++i)
    if (i != axis) out.push_back(shape[i]);
  return out;
}

// The classes of an input: axis 1, or the only one.
std::int64_t class_axis(const Tensor& input, std::string_view function) {
  if (input.ndim() == 0) fail<ShapeError>(function, ": the input is a number; it needs an axis of classes");
  return input.ndim() == 1 ? 0 : 1;
}

void check_weight(const Tensor& weight, std::int64_t classes, std::string_view function) {
  if (weight.defined() && weight.shape() != Shape{classes})
    fail<ShapeError>(function, ": weights of shape ", weight.shape(), " for ", classes, " classes");
}

// The class weights with axes of extent 1, so that they broadcast over an input.
Tensor along_classes(const Tensor& weight, const Tensor& input, std::int64_t axis) {
  Shape shape(input.shape().size(), 1);
  shape[static_cast<std::size_t>(axis)] = weight.numel();
  return reshape(weight, shape);
}

// Targets as classes: the loss at each position and its weight, which is 0 for those that are ignored.
Tensor class_loss(const Tensor& log_p, const Tensor& target, const ClassOptions& options, std::string_view function) {
  const std::int64_t axis = class_axis(log_p, function), classes = log_p.extent(axis);
  const Shape wanted = without_axis(log_p.shape(), static_cast<std::size_t>(axis));
  if (target.shape() != wanted)
    fail<ShapeError>(function, ": a target of shape ", target.shape(), " for an input of shape ", log_p.shape(),
                     "\n  classes need the shape ", wanted);
  check_weight(options.weight, classes, function);
  check_positions(target, classes, function, "class", options.ignore);

  const Tensor ignored = equal(target, options.ignore), at = where(ignored, 0, target);
  const Tensor ones = to(logical_not(ignored), log_p.dtype());
  const Tensor weight = options.weight.defined() ? ones * take(options.weight, at) : ones;
  Tensor losses = -squeeze(gather(log_p, unsqueeze(at, axis), axis), {axis}) * weight;
  if (options.smoothing > 0) {
    const Tensor all = options.weight.defined() ? log_p * along_classes(options.weight, log_p, axis) : log_p;
    const double share = options.smoothing / static_cast<double>(classes);
    losses = (1 - options.smoothing) * losses - share * (sum(all, {.axes = {axis}}) * ones);
  }
  losses = where(ignored, 0, losses);  // not 0 * inf
  if (options.reduction == Reduction::mean) return sum(losses) / sum(weight);
  return reduce(losses, options.reduction);
}

// Targets as distributions; the mean is over positions.
Tensor distribution_loss(const Tensor& log_p, const Tensor& target, const ClassOptions& options) {
  const std::int64_t axis = class_axis(log_p, "cross_entropy"), classes = log_p.extent(axis);
  check_weight(options.weight, classes, "cross_entropy");
  const double share = options.smoothing / static_cast<double>(classes);
  const Tensor smoothed = options.smoothing > 0 ? (1 - options.smoothing) * target + share : target;
  const Tensor weighted = options.weight.defined() ? smoothed * along_classes(options.weight, log_p, axis) : smoothed;
  return reduce(-sum(weighted * log_p, {.axes = {axis}}), options.reduction);
}

Tensor clamped_log(const Tensor& x) { return maximum(log(x), -100); }

Tensor weighted(const Tensor& losses, const BinaryOptions& options) {
  return reduce(options.weight.defined() ? losses * options.weight : losses, options.reduction);
}

}  // namespace

Reduction parse_reduction(std::string_view name) {
  if (name == "none") return Reduction::none;
  if (name == "mean") return Reduction::mean;
  if (name == "sum") return Reduction::sum;
  fail("unknown reduction '", name, "'; there are 'none', 'mean' and 'sum'");
}

Tensor nll_loss(const Tensor& log_probabilities, const Tensor& target, const ClassOptions& options) {
  check_defined("nll_loss", log_probabilities, target);
  ClassOptions plain = options;
  plain.smoothing = 0;
  return class_loss(log_probabilities, target, plain, "nll_loss");
}

Tensor cross_entropy(const Tensor& input, const Tensor& target, const ClassOptions& options) {
  check_defined("cross_entropy", input, target);
  if (!(options.smoothing >= 0 && options.smoothing <= 1))
    fail("cross_entropy: the smoothing ", options.smoothing, " is not between 0 and 1");
  const Tensor log_p = log_softmax(input, class_axis(input, "cross_entropy"));
  const bool distribution = target.shape() == input.shape() && is_float(target.dtype());
  return distribution ? distribution_loss(log_p, target, options) : class_loss(log_p, target, options, "cross_entropy");
}

Tensor mse_loss(const Tensor& input, const Tensor& target, Reduction reduction) {
  check_same_shape(input, target, "mse_loss");
  const Tensor d = input - target;
  return reduce(d * d, reduction);
}

Tensor l1_loss(const Tensor& input, const Tensor& target, Reduction reduction) {
  check_same_shape(input, target, "l1_loss");
  return reduce(abs(input - target), reduction);
}

Tensor smooth_l1_loss(const Tensor& input, const Tensor& target, Reduction reduction, double beta) {
  check_same_shape(input, target, "smooth_l1_loss");
  if (!(beta >= 0)) fail("smooth_l1_loss: beta is ", beta, "; it can't be negative");
  const Tensor d = abs(input - target);
  if (beta == 0) return reduce(d, reduction);
  return reduce(where(less(d, beta), d * d * (0.5 / beta), d - 0.5 * beta), reduction);
}

Tensor binary_cross_entropy(const Tensor& input, const Tensor& target, const BinaryOptions& options) {
  check_same_shape(input, target, "binary_cross_entropy");
  return weighted(-(target * clamped_log(input) + (1 - target) * clamped_log(1 - input)), options);
}

// log(1 + exp(-x)) is softplus(-x), and -log(1 - sigmoid(x)) = x + softplus(-x).
Tensor binary_cross_entropy_with_logits(const Tensor& input, const Tensor& target, const BinaryOptions& options) {
  check_same_shape(input, target, "binary_cross_entropy_with_logits");
  const Tensor positive = softplus(-input);
  const Tensor factor = options.positive.defined() ? 1 + (options.positive - 1) * target : Tensor();
  return weighted((1 - target) * input + (factor.defined() ? factor * positive : positive), options);
}

}  // namespace ricci::nn::functional
