// An outer product: one multiplication for each element of c, which is an elementwise map.
#pragma once

#include "ricci/backend/cpu/host_kernel.h"

namespace ricci::cpu {

/// Null where something is summed, scaled or converted.
const HostKernel* make_outer(const ContractStep& step, KernelSlot& slot);

}  // namespace ricci::cpu
