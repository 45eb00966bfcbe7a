// Contraction of one operand on the host: permute, reduce, diagonal, broadcast, any mix.
#pragma once

#include "ricci/backend/backend.h"

namespace ricci::cpu {

void reduce(const ReduceStep& step);
/// What reduce() charges.
std::int64_t reduce_bytes(const ReduceStep& step);

}  // namespace ricci::cpu
