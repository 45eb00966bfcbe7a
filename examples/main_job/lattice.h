// The Ising model on an open rectangle as one contraction of bond matrices, its energy and heat
// capacity by differentiating through it twice. Called by the main job, the Ising example and tests.
#pragma once

#include "ricci/tensor/tensor.h"

namespace ricci::examples {

struct LatticeValues {
  double log_partition = 0, energy = 0, heat_capacity = 0;
};

/// ln Z of spins +-1 with energy -sum s s' over neighbours, as a tensor; beta is a 0-d float64 tensor.
Tensor log_partition(const Tensor& beta, int rows, int columns);

/// E = -d ln Z / d beta and C = beta^2 d^2 ln Z / d beta^2.
LatticeValues lattice_values(double beta, int rows, int columns);

}  // namespace ricci::examples
