// Plain member, buffer, parameter: what a module knows of each.
#include <ricci/ricci.h>

#include <iostream>

namespace rc = ricci;

struct Centred : rc::nn::Module {
  Centred() {
    register_parameter("weight", rc::tensor({1.f, 2.f}));               // saved, moved, trained
    register_buffer("running_mean", rc::tensor({0.5f, 0.5f}));          // saved, moved
    register_buffer("cache", rc::tensor({9.f}), /*persistent=*/false);  // moved
  }
  rc::Tensor plain = rc::tensor({3.f, 4.f});  // none of them
};

int main() {
  Centred module;
  std::cout << "state dict:";
  for (const auto& [name, value] : module.state_dict()) std::cout << ' ' << name;
  std::cout << "\nparameters:";
  for (const auto& [name, value] : module.named_parameters()) std::cout << ' ' << name;
  std::cout << "\nbuffers:";
  for (const auto& [name, value] : module.named_buffers()) std::cout << ' ' << name;

  module.to(rc::DType::f64);
  std::cout << "\nafter to(float64)\n  weight       " << module.get("weight") << "\n  running_mean "
            << module.get("running_mean") << "\n  cache        " << module.get("cache") << "\n  plain        "
            << module.plain << '\n';

  // A state dict goes back by name; one that does not fit is refused as a whole.
  Centred other;
  other.load_state_dict(module.state_dict());
  try {
    other.load_state_dict({{"weight", rc::tensor({1.f, 2.f})}});
  } catch (const rc::DataError& error) {
    std::cout << "refused: " << error.what() << '\n';
  }
}
