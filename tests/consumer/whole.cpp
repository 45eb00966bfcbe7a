// All that Ricci offers, as a user's compiler sees it with its warnings on.
#include <ricci/ricci.h>

#include <cstdio>

int main() {
  using namespace ricci;
  const Tensor a = ones({2, 3}, {.requires_grad = true}), b = ones({3, 2});
  const Tensor y = einsum("ij,jk->", a, b);
  const auto [gradient] = grad(y, {a});
  bool refused = false;
  try {
    einsum("ij,jk->ik", a, a);
  } catch (const EinsumError&) {
    refused = true;
  }
  std::printf("%g %g\n", y.item<double>(), sum(gradient).item<double>());
  return y.item<double>() == 12 && sum(gradient).item<double>() == 12 && refused ? 0 : 1;
}
