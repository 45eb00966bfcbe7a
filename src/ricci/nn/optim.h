// The optimisers, with torch's names, defaults and formulas.
#pragma once

#include <array>

#include "ricci/nn/optimizer.h"

namespace ricci::optim {

struct SGDOptions {
  double lr = 1e-3, momentum = 0, dampening = 0, weight_decay = 0;
  bool nesterov = false;
};

/// g += weight_decay p; b = momentum b + (1 - dampening) g, at first g; p -= lr b (nesterov: lr (g + momentum b)).
/// Sutskever et al., "On the importance of initialization and momentum in deep learning", 2013.
class RICCI_API SGD : public Optimizer {
 public:
  explicit SGD(const std::vector<Tensor>& parameters, const SGDOptions& options = {});
  void add_param_group(const std::vector<Tensor>& parameters, const SGDOptions& options);

 protected:
  std::string_view name() const override { return "SGD"; }
  const std::vector<std::string>& state_names() const override;
  void check(const Settings& settings) const override;
  bool needs(const Settings& settings, std::size_t state) const override;
  void update(const Settings& settings, const Tensor& parameter, const Tensor& gradient, Memory& memory) const override;
};

struct AdamOptions {
  double lr = 1e-3;
  std::array<double, 2> betas{0.9, 0.999};
  double eps = 1e-8, weight_decay = 0;
};

/// m = beta1 m + (1 - beta1) g; v = beta2 v + (1 - beta2) g^2;
/// p -= lr m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + eps), with g += weight_decay p before.
/// Kingma and Ba, "Adam: a method for stochastic optimization", 2015.
class RICCI_API Adam : public Optimizer {
 public:
  explicit Adam(const std::vector<Tensor>& parameters, const AdamOptions& options = {});
  void add_param_group(const std::vector<Tensor>& parameters, const AdamOptions& options);

 protected:
  Adam() = default;
  std::string_view name() const override { return "Adam"; }
  const std::vector<std::string>& state_names() const override;
  void check(const Settings& settings) const override;
  bool needs(const Settings& settings, std::size_t state) const override;
  void update(const Settings& settings, const Tensor& parameter, const Tensor& gradient, Memory& memory) const override;
  /// Whether the decay shrinks the weights themselves and not through the gradient.
  virtual bool decoupled() const { return false; }
};

struct AdamWOptions {
  double lr = 1e-3;
  std::array<double, 2> betas{0.9, 0.999};
  double eps = 1e-8, weight_decay = 0.01;
};

/// Adam with p *= 1 - lr weight_decay in place of the decay in the gradient.
/// Loshchilov and Hutter, "Decoupled weight decay regularization", 2019.
class RICCI_API AdamW : public Adam {
 public:
  explicit AdamW(const std::vector<Tensor>& parameters, const AdamWOptions& options = {});
  void add_param_group(const std::vector<Tensor>& parameters, const AdamWOptions& options);

 protected:
  std::string_view name() const override { return "AdamW"; }
  bool decoupled() const override { return true; }
};

struct ClipOptions {
  double norm_type = 2;  ///< infinity: the largest absolute value
  bool error_if_nonfinite = false;
};
/// Scales all gradients by max_norm / (norm + 1e-6) where that is below 1, and returns the norm that they had together,
/// a tensor without axes. With error_if_nonfinite throws GradError, with the gradients as they were.
RICCI_API Tensor clip_grad_norm(const std::vector<Tensor>& parameters, double max_norm,
                                const ClipOptions& options = {});

}  // namespace ricci::optim
