#include "ricci/nn/functional.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "ricci/base/error.h"
#include "ricci/nn/positions.h"
#include "ricci/ops/create.h"
#include "ricci/ops/einsum/einsum.h"
#include "ricci/ops/elementwise.h"
#include "ricci/ops/index.h"
#include "ricci/ops/random.h"
#include "ricci/ops/shape.h"
#include "ricci/tensor/defined.h"

namespace ricci::nn::functional {
namespace {

void check_linear(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  if (weight.ndim() != 2) fail<ShapeError>("linear: the weight has shape ", weight.shape(), ", not (out, in)");
  if (x.ndim() == 0 || x.extent(-1) != weight.extent(1))
    fail<ShapeError>("linear: an input of shape ", x.shape(), " for a weight of shape ", weight.shape(),
                     " (out, in)\n  the input's last axis needs the extent ", weight.extent(1));
  if (bias.defined() && bias.shape() != Shape{weight.extent(0)})
    fail<ShapeError>("linear: a bias of shape ", bias.shape(), " for ", weight.extent(0), " outputs");
}

// The last axes of x, when they are `shape`.
ReduceOptions last_axes(const Tensor& x, const Shape& shape, std::string_view function) {
  const std::size_t rank = x.shape().size(), count = shape.size();
  if (count == 0 || count > rank || !std::equal(shape.begin(), shape.end(), x.shape().end() - count))
    fail<ShapeError>(function, ": an input of shape ", x.shape(), " does not end in the normalised shape ", shape);
  ReduceOptions options{.keepdims = true};
  for (std::size_t i = rank - count; i < rank; ++i) options.axes.push_back(static_cast<std::int64_t>(i));
  return options;
}

void check_affine(const Tensor& t, const Shape& shape, std::string_view name) {
  if (t.defined() && t.shape() != shape)
    fail<ShapeError>("layer_norm: a ", name, " of shape ", t.shape(), " for the normalised shape ", shape);
}

}  // namespace

Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  check_defined("linear", x, weight);
  check_linear(x, weight, bias);
  const Tensor y = einsum("...i,oi->...o", x, weight);
  return bias.defined() ? y + bias : y;
}

Tensor embedding(const Tensor& positions, const Tensor& weight, std::optional<std::int64_t> padding) {
  check_defined("embedding", positions, weight);
  if (weight.ndim() != 2) fail<ShapeError>("embedding: the weight has shape ", weight.shape(), ", not (count, width)");
  check_positions(positions, weight.extent(0), "embedding", "position");
  const Tensor rows = take(weight, positions);
  if (!padding) return rows;
  const std::int64_t row = *padding < 0 ? *padding + weight.extent(0) : *padding;
  return where(unsqueeze(equal(positions, row), -1), rows.detach(), rows);
}

Tensor layer_norm(const Tensor& x, const Shape& shape, const Tensor& weight, const Tensor& bias, double epsilon) {
  check_defined("layer_norm", x);
  const ReduceOptions axes = last_axes(x, shape, "layer_norm");
  check_affine(weight, shape, "weight");
  check_affine(bias, shape, "bias");
  const Tensor centred = x - mean(x, axes);
  Tensor y = centred / sqrt(mean(centred * centred, axes) + epsilon);
  if (weight.defined()) y = y * weight;
  return bias.defined() ? y + bias : y;
}

Tensor dropout(const Tensor& x, double p, bool training) {
  check_defined("dropout", x);
  if (!(p >= 0 && p <= 1)) fail("dropout: the probability ", p, " is not between 0 and 1");
  if (!is_float(x.dtype())) fail<DTypeError>("dropout: of a tensor of ", x.dtype(), "; convert it to a float first");
  if (!training || p == 0) return x;
  if (p == 1) return x * zeros_like(x.detach());
  const DType real = is_complex(x.dtype()) ? real_of(x.dtype()) : x.dtype();
  const Tensor kept = greater_equal(rand(x.shape(), {.device = x.device()}), p);
  return x * (to(kept, real) / (1 - p));
}

Tensor one_hot(const Tensor& positions, std::int64_t classes) {
  check_defined("one_hot", positions);
  if (classes < 0) classes = positions.numel() == 0 ? 0 : max(positions).item<std::int64_t>() + 1;
  check_positions(positions, classes, "one_hot", "class");
  return to(equal(unsqueeze(positions, -1), arange(classes, {.device = positions.device()})), DType::i64);
}

Tensor gelu(const Tensor& x, bool by_tanh) {
  check_defined("gelu", x);
  if (!by_tanh) return 0.5 * x * (1 + erf(x * (1 / std::numbers::sqrt2)));
  const double scale = std::sqrt(2 / std::numbers::pi);
  return 0.5 * x * (1 + tanh(scale * (x + 0.044715 * x * x * x)));
}

Tensor silu(const Tensor& x) {
  check_defined("silu", x);
  return x * sigmoid(x);
}

// max(x, 0) + log(1 + exp(-|x|)), whose exponential never overflows; branches in place of max and |x|, so that the
// derivatives of every order are right at 0 too.
Tensor softplus(const Tensor& x) {
  check_defined("softplus", x);
  const Tensor positive = greater(x, 0);
  return where(positive, x, 0) + log1p(exp(where(positive, -x, x)));
}

Tensor leaky_relu(const Tensor& x, double slope) {
  check_defined("leaky_relu", x);
  return where(greater(x, 0), x, slope * x);
}

}  // namespace ricci::nn::functional
