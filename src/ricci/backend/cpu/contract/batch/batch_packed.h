// Many tiny products of any strides and dtypes: pieces of the batch are packed with the batch innermost, multiplied in
// vectors along it, and written back.
#pragma once

#include "ricci/backend/cpu/host_kernel.h"

namespace ricci::cpu {

/// Null unless the products are tiny and the batch is long enough to fill vectors.
const HostKernel* make_batch_packed(const ContractStep& step, KernelSlot& slot);

}  // namespace ricci::cpu
