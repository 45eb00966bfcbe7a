// The packed product of two operands of any strides: five loops around a register tile. Products of a batch run in
// parallel, or the packing and the tiles of a block, block after block. The last of the families: it has every dtype
// and semiring that has a tile.
#pragma once

#include "ricci/backend/cpu/host_kernel.h"

namespace ricci::cpu {

/// Never null for a dtype and semiring that has_tiles().
const HostKernel* make_packed(const ContractStep& step, KernelSlot& slot);
bool has_tiles(DType dtype, Semiring semiring);

}  // namespace ricci::cpu
