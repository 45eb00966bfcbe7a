#include "ricci/nn/init.h"

#include <cmath>

#include "ricci/autograd/record.h"
#include "ricci/base/error.h"
#include "ricci/ops/create.h"
#include "ricci/ops/elementwise.h"
#include "ricci/ops/random.h"
#include "ricci/tensor/defined.h"

namespace ricci::nn::init {
namespace {

Tensor write(const Tensor& t, const Tensor& values) {
  const NoGrad inside;
  copy_into(t, values);
  return t;
}

double fan_of(const Tensor& t, const KaimingOptions& options) {
  const Fans fans = fans_of(t.shape());
  return static_cast<double>(options.fan_out ? fans.out : fans.in);
}

double kaiming_deviation(const Tensor& t, const KaimingOptions& options) {
  return gain_of(options.nonlinearity, options.slope) / std::sqrt(fan_of(t, options));
}

double xavier_deviation(const Tensor& t, double gain) {
  const Fans fans = fans_of(t.shape());
  return gain * std::sqrt(2.0 / static_cast<double>(fans.in + fans.out));
}

// Uniform on [-bound, bound) has the deviation bound / sqrt(3).
Tensor uniform_of_deviation(const Tensor& t, double deviation, Seed seed) {
  const double bound = std::sqrt(3.0) * deviation;
  return uniform_(t, -bound, bound, seed);
}

}  // namespace

Tensor uniform_(const Tensor& t, double low, double high, Seed seed) {
  check_defined("uniform_", t);
  const NoGrad inside;
  return write(t, rand(t.shape(), {.dtype = t.dtype(), .device = t.device(), .seed = seed}) * (high - low) + low);
}

Tensor normal_(const Tensor& t, double mean, double deviation, Seed seed) {
  check_defined("normal_", t);
  const NoGrad inside;
  return write(t, randn(t.shape(), {.dtype = t.dtype(), .device = t.device(), .seed = seed}) * deviation + mean);
}

Tensor constant_(const Tensor& t, const Scalar& value) {
  check_defined("constant_", t);
  const NoGrad inside;
  fill(t, value);
  return t;
}

Tensor zeros_(const Tensor& t) {
  check_defined("zeros_", t);
  return constant_(t, 0);
}
Tensor ones_(const Tensor& t) {
  check_defined("ones_", t);
  return constant_(t, 1);
}

Tensor eye_(const Tensor& t) {
  check_defined("eye_", t);
  if (t.ndim() != 2) fail<ShapeError>("eye_: shape ", t.shape(), " is not a matrix's");
  return write(t, eye(t.shape()[0], t.shape()[1], {.dtype = t.dtype(), .device = t.device()}));
}

Fans fans_of(const Shape& shape) {
  if (shape.size() < 2)
    fail<ShapeError>("fans: shape ", shape, " has fewer than two axes (out, in, ...), so it has no inputs and outputs",
                     "\n  uniform_() and normal_() take any shape");
  std::int64_t rest = 1;
  for (std::size_t i = 2; i < shape.size(); ++i) rest *= shape[i];
  return {.in = shape[1] * rest, .out = shape[0] * rest};
}

double gain_of(std::string_view nonlinearity, double slope) {
  if (nonlinearity == "linear" || nonlinearity == "sigmoid") return 1;
  if (nonlinearity == "tanh") return 5.0 / 3.0;
  if (nonlinearity == "relu") return std::sqrt(2.0);
  if (nonlinearity == "leaky_relu") return std::sqrt(2.0 / (1 + slope * slope));
  if (nonlinearity == "selu") return 0.75;
  fail("gain: unknown nonlinearity '", nonlinearity, "'; known are linear, sigmoid, tanh, relu, leaky_relu and selu");
}

Tensor xavier_uniform_(const Tensor& t, double gain, Seed seed) {
  check_defined("xavier_uniform_", t);
  return uniform_of_deviation(t, xavier_deviation(t, gain), seed);
}
Tensor xavier_normal_(const Tensor& t, double gain, Seed seed) {
  check_defined("xavier_normal_", t);
  return normal_(t, 0, xavier_deviation(t, gain), seed);
}
Tensor kaiming_uniform_(const Tensor& t, const KaimingOptions& options) {
  check_defined("kaiming_uniform_", t);
  return uniform_of_deviation(t, kaiming_deviation(t, options), options.seed);
}
Tensor kaiming_normal_(const Tensor& t, const KaimingOptions& options) {
  check_defined("kaiming_normal_", t);
  return normal_(t, 0, kaiming_deviation(t, options), options.seed);
}

}  // namespace ricci::nn::init
