// The packed product of two operands of any strides: five loops around a register tile, batches and
// blocks in parallel. contract.cpp chooses it and prepares the Product.
#pragma once

#include "ricci/backend/backend.h"
#include "ricci/backend/cpu/gemm_table.h"
#include "ricci/backend/cpu/scratch.h"

namespace ricci::cpu {

/// c[batch, rows, lanes] = alpha * sum over contracted of rows * lanes + beta * c. Of each Axis, `a`
/// is the stride in the operand `rows`, `b` in `lanes`.
template <class K>
struct Product {
  Axes batch, rows, lanes, contracted;
  Source row_source, lane_source;
  Target c;
  K alpha = K(1), beta = K(0);
  bool reads = false;                         // beta is not 0
  Semiring semiring = Semiring::sum_product;  // one that gemm_table<K>() has, or log_sum_exp
};

/// Runs in blocks as large, and as many products of the batch at once, as `memory` has room for.
template <class K>
void gemm(const Product<K>& product, WorkingMemory memory);

/// The memory that gemm() makes use of: at most `most`, but never less than one product in the
/// smallest blocks takes.
template <class K>
std::int64_t gemm_bytes(const Product<K>& product, std::int64_t most);

}  // namespace ricci::cpu
