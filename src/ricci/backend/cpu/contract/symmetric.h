// An operand contracted with itself gives a result that is its own mirror image: one half is computed, the
// other copied.
#pragma once

#include "ricci/backend/backend.h"

namespace ricci::cpu {

/// Null unless both operands are read alike, no element of c is read, and half the work is worth it. The kernel looks
/// whether it is given the same operand twice.
const Kernel* make_symmetric(const ContractStep& step, KernelSlot& slot);

}  // namespace ricci::cpu
