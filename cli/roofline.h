// The machine's limits on the threads in use: multiply-adds in registers, and a copy of more than most
// caches hold (Williams, Waterman and Patterson, "Roofline", 2009).
#pragma once

#include "ricci/ricci.h"

namespace ricci::cli {

struct Roofline {
  double f32 = 0, f64 = 0;  ///< FLOP/s
  double bandwidth = 0;     ///< bytes/s, read and written

  /// The least time for so many scalar multiplications of `dtype`, each with its addition, and bytes moved.
  double seconds(DType dtype, double multiplications, double bytes) const;
};

/// Takes a second.
Roofline measure_roofline();

}  // namespace ricci::cli
