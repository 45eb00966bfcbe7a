// The Ising model on a 12 x 12 lattice with open boundary: ln Z is one contraction of 264 bond matrices,
// the energy its first and the heat capacity its second derivative.
#include <cstdio>

#include "examples/main_job/lattice.h"

int main() {
  std::puts("beta    ln Z         energy        heat capacity");
  for (const double beta : {0.1, 0.3, 0.44, 0.6, 0.9}) {
    const auto values = ricci::examples::lattice_values(beta, 12, 12);
    std::printf("%.2f  %11.6f  %12.6f  %12.6f\n", beta, values.log_partition, values.energy, values.heat_capacity);
  }
}
