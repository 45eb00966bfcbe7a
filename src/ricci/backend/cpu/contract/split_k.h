// A long contraction over a short result: pieces of the contracted labels run at once, each into sums of its
// own, which are then added up. The pieces follow from the shape, so that the bits don't depend on threads.
#pragma once

#include "ricci/backend/cpu/host_kernel.h"

namespace ricci::cpu {

/// Null unless the sums are long and their results few.
const HostKernel* make_split_k(const ContractStep& step, KernelSlot& slot);

}  // namespace ricci::cpu
