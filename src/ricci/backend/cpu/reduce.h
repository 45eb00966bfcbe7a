// Contraction of one operand on the host: permute, reduce, diagonal, broadcast, any mix.
#pragma once

#include "ricci/backend/backend.h"

namespace ricci::cpu {

/// `may_split`: few results of many terms may run in pieces, in working memory; the same bits need the same choice.
void reduce(const ReduceStep& step, bool may_split = true);
std::string reduce_name(const ReduceStep& step);
/// What reduce() charges.
std::int64_t reduce_bytes(const ReduceStep& step);

}  // namespace ricci::cpu
