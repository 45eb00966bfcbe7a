// A long contraction over a short result: pieces of the contracted labels run at once, each into sums of its
// own, which are then added up. The pieces follow from the shape, so that the bits don't depend on threads.
#pragma once

#include "ricci/backend/backend.h"
#include "ricci/backend/cpu/scratch.h"

namespace ricci::cpu {

/// Whether the shape asks for it.
bool is_split_k(const ContractStep& step);
/// Runs the step by contract() on its pieces and reduce() on their sums.
void run_split_k(const ContractStep& step, WorkingMemory memory);

/// The memory that run_split_k() makes use of: the sums, and that of at most as many pieces at once as fit into
/// `most`, but never of less than one.
std::int64_t split_k_bytes(const ContractStep& step, std::int64_t most);

}  // namespace ricci::cpu
