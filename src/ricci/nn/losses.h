// Losses: how far an output is from its target, each as one number unless the reduction is `none`.
#pragma once

#include <string_view>

#include "ricci/tensor/tensor.h"

namespace ricci::nn::functional {

enum class Reduction : std::uint8_t { none, mean, sum };
/// "none", "mean", "sum". Throws Error.
RICCI_API Reduction parse_reduction(std::string_view name);

struct ClassOptions {
  Tensor weight{};             ///< (classes): the weight of each; the mean divides by the weights of the targets
  std::int64_t ignore = -100;  ///< targets of this value count for nothing
  Reduction reduction = Reduction::mean;
  double smoothing = 0;  ///< cross_entropy only: so much of the target is spread over all classes
};

/// -log of the probability of the target. Input: log-probabilities (classes), (n, classes) or
/// (n, classes, ...); target: integers of that shape without the class axis. Throws ShapeError, IndexError,
/// DTypeError.
RICCI_API Tensor nll_loss(const Tensor& log_probabilities, const Tensor& target, const ClassOptions& options = {});
/// nll_loss of log_softmax(input); a target of the input's own shape is a distribution over the classes.
RICCI_API Tensor cross_entropy(const Tensor& input, const Tensor& target, const ClassOptions& options = {});

/// (input - target)^2. Shapes must be equal: broadcasting here is a mistake more often than not. Throws ShapeError.
RICCI_API Tensor mse_loss(const Tensor& input, const Tensor& target, Reduction reduction = Reduction::mean);
/// |input - target|.
RICCI_API Tensor l1_loss(const Tensor& input, const Tensor& target, Reduction reduction = Reduction::mean);
/// d^2 / (2 beta) where d = |input - target| < beta, else d - beta / 2.
RICCI_API Tensor smooth_l1_loss(const Tensor& input, const Tensor& target, Reduction reduction = Reduction::mean,
                                double beta = 1);

struct BinaryOptions {
  Tensor weight{};    ///< broadcasts over the elements
  Tensor positive{};  ///< how much more a positive target weighs; with logits only
  Reduction reduction = Reduction::mean;
};
/// -(target log(input) + (1 - target) log(1 - input)), the logarithms not below -100.
RICCI_API Tensor binary_cross_entropy(const Tensor& input, const Tensor& target, const BinaryOptions& options = {});
/// The same of sigmoid(input), without overflow.
RICCI_API Tensor binary_cross_entropy_with_logits(const Tensor& input, const Tensor& target,
                                                  const BinaryOptions& options = {});

}  // namespace ricci::nn::functional
