// Contraction of two operands on the host: which family of kernels runs a step.
#pragma once

#include "ricci/backend/cpu/host_kernel.h"

namespace ricci::cpu {

/// The kernel of any step.
const Kernel* make_contract(const ContractStep& step, KernelSlot& slot);

/// The kernel of a step that writes no diagonal and has no axes of c alone: a pure function of the folded shape, the
/// strides, the dtypes, the semiring and the instruction set.
const HostKernel* choose(const ContractStep& step, KernelSlot& slot);
/// The same for a piece of a split step, which does not split again.
const HostKernel* make_unsplit(const ContractStep& step, KernelSlot& slot);

}  // namespace ricci::cpu
