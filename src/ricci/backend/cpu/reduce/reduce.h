// Contraction of one operand on the host: permute, reduce, diagonal, broadcast, any mix.
#pragma once

#include "ricci/backend/backend.h"

namespace ricci::cpu {

/// The kernel of any step. `may_split`: few results of many terms may run in pieces, in working memory; the same bits
/// need the same choice.
const Kernel* make_reduce(const ReduceStep& step, KernelSlot& slot, bool may_split = true);
/// Runs a step once.
void reduce(const ReduceStep& step, bool may_split = true);

}  // namespace ricci::cpu
