// A long contraction over a short result: pieces of the contracted labels run at once, each into sums of its
// own, which are then added up. The pieces follow from the shape, so that the bits don't depend on threads.
#pragma once

#include "ricci/backend/backend.h"

namespace ricci::cpu {

/// Whether the shape asks for it.
bool is_split_k(const ContractStep& step);
/// Runs the step by contract() on its pieces and reduce() on their sums.
void run_split_k(const ContractStep& step);

/// What the sums of the pieces take; 0 for shapes that are not split.
std::int64_t split_k_bytes(std::int64_t batch, std::int64_t left, std::int64_t right, std::int64_t contracted,
                           DType dtype);

}  // namespace ricci::cpu
