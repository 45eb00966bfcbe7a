// Gather, scatter_add and positions of extremes on the host: indices checked first, rows at once, in parallel.
#pragma once

#include "ricci/backend/backend.h"

namespace ricci::cpu {

/// An index out of range is an IndexError, and then nothing is written.
void gather(const GatherStep& step);
void scatter_add(const GatherStep& step);
void arg_extreme(const ArgStep& step);

}  // namespace ricci::cpu
