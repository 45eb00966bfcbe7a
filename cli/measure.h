// How long a plan takes, as ricci bench measures it.
#pragma once

#include <vector>

#include "ricci/ricci.h"

namespace ricci::cli {

struct Measured {
  double seconds = 0;    // the median
  double processor = 0;  // the least time of the calling thread: what one thread takes where others wait for it too
  std::size_t runs = 0;
};

/// Runs of a plan for about so many seconds, five at least; one before them fetches memory and chooses kernels.
Measured measure(const Plan& plan, const std::vector<Tensor>& operands, double seconds);

}  // namespace ricci::cli
