// The naive loop in pieces that run at once, for what has no vector loop. The pieces follow from the shape alone.
#pragma once

#include "ricci/backend/cpu/host_kernel.h"

namespace ricci::cpu {

/// Null for dtypes and semirings that have tiles.
const HostKernel* make_naive(const ContractStep& step, KernelSlot& slot);

/// The naive loop of a step of one operand.
void reduce_naively(const ReduceStep& step);

}  // namespace ricci::cpu
