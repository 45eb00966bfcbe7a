// What layers compute, as functions of tensors: products with weights, activations, normalisation.
// All are made of public operations, so every derivative of every order is there.
#pragma once

#include <optional>

#include "ricci/ops/einsum/spellings.h"

namespace ricci::nn::functional {

/// y[..., o] = sum x[..., i] weight[o, i] + bias[o]. Throws ShapeError.
RICCI_API Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias = {});
/// Rows of weight (count, width) at integer positions of any shape: (...) -> (..., width). The row `padding`
/// gets no gradient. Throws IndexError for positions outside [0, count), DTypeError.
RICCI_API Tensor embedding(const Tensor& positions, const Tensor& weight, std::optional<std::int64_t> padding = {});
/// (x - mean) / sqrt(variance + epsilon) * weight + bias over the last axes, which have `shape`; the variance
/// is that of the population. Ba, Kiros and Hinton, "Layer normalization", 2016. Throws ShapeError.
RICCI_API Tensor layer_norm(const Tensor& x, const Shape& shape, const Tensor& weight = {}, const Tensor& bias = {},
                            double epsilon = 1e-5);
/// Each element becomes 0 with the probability p, and the others are divided by 1 - p; x itself when not
/// training. Throws Error unless 0 <= p <= 1.
RICCI_API Tensor dropout(const Tensor& x, double p = 0.5, bool training = true);
/// One for the class at each position, zeros elsewhere: (...) -> (..., classes), int64. classes < 0: one more
/// than the largest position. Throws IndexError, DTypeError.
RICCI_API Tensor one_hot(const Tensor& positions, std::int64_t classes = -1);

/// x Phi(x) with the normal distribution function, or its approximation by tanh. Hendrycks and Gimpel,
/// "Gaussian error linear units", 2016.
RICCI_API Tensor gelu(const Tensor& x, bool by_tanh = false);
/// x sigmoid(x).
RICCI_API Tensor silu(const Tensor& x);
/// log(1 + exp(x)), without overflow.
RICCI_API Tensor softplus(const Tensor& x);
/// x where positive, else slope * x.
RICCI_API Tensor leaky_relu(const Tensor& x, double slope = 0.01);

}  // namespace ricci::nn::functional
