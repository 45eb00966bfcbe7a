#include <cmath>

#include "ricci/base/error.h"
#include "ricci/nn/optim.h"
#include "ricci/nn/update_elements.h"

namespace ricci::optim {
namespace {

template <class Options>
Settings settings_of(const Options& o) {
  return {{"lr", o.lr}, {"beta1", o.betas[0]}, {"beta2", o.betas[1]}, {"eps", o.eps}, {"weight_decay", o.weight_decay}};
}

}  // namespace

Adam::Adam(const std::vector<Tensor>& parameters, const AdamOptions& options) { add(parameters, settings_of(options)); }
AdamW::AdamW(const std::vector<Tensor>& parameters, const AdamWOptions& options) {
  add_param_group(parameters, options);
}

void Adam::add_param_group(const std::vector<Tensor>& parameters, const AdamOptions& options) {
  add(parameters, settings_of(options));
}
void AdamW::add_param_group(const std::vector<Tensor>& parameters, const AdamWOptions& options) {
  add(parameters, settings_of(options));
}

const std::vector<std::string>& Adam::state_names() const {
  static const std::vector<std::string> names{"exp_avg", "exp_avg_sq"};
  return names;
}

void Adam::check(const Settings& settings) const {
  for (const auto& [key, value] : settings) {
    if (!(value >= 0)) fail(name(), ": ", key, " is ", value, "; it can't be negative");
    if (key.starts_with("beta") && value >= 1) fail(name(), ": ", key, " is ", value, "; it has to be below 1");
  }
}

bool Adam::needs(const Settings&, std::size_t) const { return true; }

void Adam::update(const Settings& settings, const Tensor& parameter, const Tensor& gradient, Memory& memory) const {
  const double beta1 = setting(settings, "beta1"), beta2 = setting(settings, "beta2"), lr = setting(settings, "lr"),
               decay = setting(settings, "weight_decay"), step = static_cast<double>(memory.step);
  const double shrink = decoupled() ? 1 - lr * decay : 1, slope = decoupled() ? 0 : decay;
  const std::array c{shrink,
                     slope,
                     1 - beta1,
                     beta2,
                     1 - beta2,
                     lr / (1 - std::pow(beta1, step)),
                     std::sqrt(1 - std::pow(beta2, step)),
                     setting(settings, "eps")};
  update_elements(
      parameter, gradient, c,
      [](const auto& k, auto& p, auto g, auto& mean, auto& square) {
        p *= k[0];
        g += k[1] * p;
        mean += k[2] * (g - mean);
        square = k[3] * square + k[4] * g * g;
        p -= k[5] * mean / (std::sqrt(square) / k[6] + k[7]);
      },
      memory.tensors[0], memory.tensors[1]);
}

}  // namespace ricci::optim
