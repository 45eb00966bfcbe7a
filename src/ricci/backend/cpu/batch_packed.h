// Many tiny products of any strides and dtypes: pieces of the batch are packed with the batch innermost, multiplied in
// vectors along it, and written back. contract.cpp chooses it where no kernel reads the operands as they lie.
#pragma once

#include "ricci/backend/cpu/gemm.h"

namespace ricci::cpu {

/// Whether a batch is long enough for it and its products tiny. K is float, double, uint32 or uint64.
template <class K>
bool suits_batch_packed(const Product<K>& product);

template <class K>
void batch_packed(const Product<K>& product, WorkingMemory memory);

/// The memory that batch_packed() makes use of: at most `most`, but never less than one piece takes.
template <class K>
std::int64_t batch_packed_bytes(const Product<K>& product, std::int64_t most);

}  // namespace ricci::cpu
