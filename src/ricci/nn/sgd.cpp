#include "ricci/base/error.h"
#include "ricci/nn/optim.h"
#include "ricci/nn/update_elements.h"

namespace ricci::optim {
namespace {

Settings settings_of(const SGDOptions& o) {
  return {{"lr", o.lr},
          {"momentum", o.momentum},
          {"dampening", o.dampening},
          {"weight_decay", o.weight_decay},
          {"nesterov", o.nesterov ? 1.0 : 0.0}};
}

}  // namespace

SGD::SGD(const std::vector<Tensor>& parameters, const SGDOptions& options) { add(parameters, settings_of(options)); }

void SGD::add_param_group(const std::vector<Tensor>& parameters, const SGDOptions& options) {
  add(parameters, settings_of(options));
}

const std::vector<std::string>& SGD::state_names() const {
  static const std::vector<std::string> names{"momentum_buffer"};
  return names;
}

void SGD::check(const Settings& settings) const {
  for (const auto& [key, value] : settings)
    if (!(value >= 0)) fail("SGD: ", key, " is ", value, "; it can't be negative");
  if (setting(settings, "nesterov") != 0 && (setting(settings, "momentum") == 0 || setting(settings, "dampening") != 0))
    fail("SGD: nesterov needs a momentum, and a dampening of 0");
}

bool SGD::needs(const Settings& settings, std::size_t) const { return setting(settings, "momentum") != 0; }

void SGD::update(const Settings& settings, const Tensor& parameter, const Tensor& gradient, Memory& memory) const {
  const double lr = setting(settings, "lr"), momentum = setting(settings, "momentum"),
               decay = setting(settings, "weight_decay");
  if (momentum == 0)
    return update_elements(parameter, gradient, std::array{lr, decay},
                           [](const auto& c, auto& p, auto g) { p -= c[0] * (g + c[1] * p); });
  // The first gradient is taken whole, without dampening.
  const double rest = memory.step == 1 ? 1 : 1 - setting(settings, "dampening");
  const std::array c{lr, decay, momentum, rest};
  if (setting(settings, "nesterov") != 0)
    update_elements(
        parameter, gradient, c,
        [](const auto& k, auto& p, auto g, auto& buffer) {
          g += k[1] * p;
          buffer = k[2] * buffer + k[3] * g;
          p -= k[0] * (g + k[2] * buffer);
        },
        memory.tensors[0]);
  else
    update_elements(
        parameter, gradient, c,
        [](const auto& k, auto& p, auto g, auto& buffer) {
          buffer = k[2] * buffer + k[3] * (g + k[1] * p);
          p -= k[0] * buffer;
        },
        memory.tensors[0]);
}

}  // namespace ricci::optim
