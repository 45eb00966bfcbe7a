// Values to start training from: each function writes a tensor in place, unrecorded, and returns it.
// Random ones draw from the counter-based generator of ops/random, so a seed gives the same weights anywhere.
#pragma once

#include <optional>
#include <string_view>

#include "ricci/base/scalar.h"
#include "ricci/tensor/tensor.h"

namespace ricci::nn::init {

using Seed = std::optional<std::uint64_t>;  ///< none: the default generator, which goes on from call to call

/// Uniform on [low, high).
RICCI_API Tensor uniform_(const Tensor& t, double low = 0, double high = 1, Seed seed = {});
RICCI_API Tensor normal_(const Tensor& t, double mean = 0, double deviation = 1, Seed seed = {});
RICCI_API Tensor constant_(const Tensor& t, const Scalar& value);
RICCI_API Tensor zeros_(const Tensor& t);
RICCI_API Tensor ones_(const Tensor& t);
/// The identity. Throws ShapeError unless t is a matrix.
RICCI_API Tensor eye_(const Tensor& t);

/// Inputs and outputs of one unit of a weight (out, in, rest...): in * rest and out * rest. Throws
/// ShapeError below two axes.
struct Fans {
  std::int64_t in = 0, out = 0;
};
RICCI_API Fans fans_of(const Shape& shape);

/// The factor that keeps the variance through a nonlinearity: linear, sigmoid, tanh, relu, leaky_relu (of this
/// slope), selu. Throws Error for another name.
RICCI_API double gain_of(std::string_view nonlinearity, double slope = 0.01);

/// Variance gain^2 * 2 / (fans.in + fans.out): Glorot and Bengio, "Understanding the difficulty of
/// training deep feedforward neural networks", 2010.
RICCI_API Tensor xavier_uniform_(const Tensor& t, double gain = 1, Seed seed = {});
RICCI_API Tensor xavier_normal_(const Tensor& t, double gain = 1, Seed seed = {});

struct KaimingOptions {
  double slope = 0;  ///< of the leaky_relu that follows
  bool fan_out = false;
  std::string_view nonlinearity = "leaky_relu";
  Seed seed{};
};
/// Variance gain^2 / fan: He et al., "Delving deep into rectifiers", 2015.
RICCI_API Tensor kaiming_uniform_(const Tensor& t, const KaimingOptions& options = {});
RICCI_API Tensor kaiming_normal_(const Tensor& t, const KaimingOptions& options = {});

}  // namespace ricci::nn::init
