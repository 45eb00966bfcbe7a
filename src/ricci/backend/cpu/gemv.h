// A matrix of any axes times a vector, or a few: the matrix is read once, in its own order, and nothing is packed.
#pragma once

#include <complex>

#include "ricci/backend/backend.h"

namespace ricci::cpu {

/// Whether gemv() takes this step: one dtype of 32 bits or more, any semiring but log_sum_exp, one of left and right of
/// extent 4 or less (8 where their terms are adjacent and summed), and a line's worth of the matrix's elements
/// adjacent, all terms or all results.
bool is_gemv(const ContractStep& step);
void gemv(const ContractStep& step);

/// Rows of a matrix that are multiplied by several vectors at once.
inline constexpr int kDotRows = 4;

/// Loops over adjacent elements in vectors, in one semiring.
template <class K>
struct VectorLoops {
  /// `sum` and all x[i] * y[i].
  K (*dot)(K sum, const K* x, const K* y, std::int64_t n);
  /// sums[r][c] and all x[r][i] * y[c][i], of kDotRows rows r and `count` columns c.
  void (*dots)(K* const* sums, const K* const* x, const K* const* y, int count, std::int64_t n);
  /// sums[i] and x[j][i] * y[j] of all `count` j, 4 at most.
  void (*add_columns)(K* sums, const K* const* x, const K* y, int count, std::int64_t n);
  K (*add)(K x, K y);
  K (*zero)();
};
/// K is float, double, complex of them, uint32 or uint64, with the semirings of gemm_table<K>().
template <class K>
const VectorLoops<K>& vector_loops(Semiring semiring);

}  // namespace ricci::cpu
