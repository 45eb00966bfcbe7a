// A matrix of any axes times a vector, or a few: the matrix is read once, in its own order, and nothing is packed.
#pragma once

#include <complex>
#include <tuple>

#include "ricci/backend/cpu/host_kernel.h"

namespace ricci::cpu {

/// Null unless there is one dtype of floats or of 32 bits or more, any semiring but log_sum_exp, one of left and right
/// of extent 4 or less (8 where their terms are adjacent and summed), and a cache line's worth of the matrix's elements
/// adjacent, all terms or all results.
const HostKernel* make_matvec(const ContractStep& step, KernelSlot& slot);

/// Rows of a matrix that are multiplied by several vectors at once.
inline constexpr int kDotRows = 4;

/// Loops over adjacent elements in vectors, in one semiring. The matrix is read as it is stored; 16-bit floats are
/// multiplied and summed as floats.
template <class K>
struct VectorLoops {
  using Sum = accumulator<K>;
  /// `sum` and all x[i] * y[i].
  Sum (*dot)(Sum sum, const K* x, const Sum* y, std::int64_t n);
  /// sums[r][c] and all x[r][i] * y[c][i], of kDotRows rows r and `count` columns c.
  void (*dots)(Sum* const* sums, const K* const* x, const Sum* const* y, int count, std::int64_t n);
  /// sums[i] and x[j][i] * y[j] of all `count` j, 4 at most.
  void (*add_columns)(Sum* sums, const K* const* x, const Sum* y, int count, std::int64_t n);
  Sum (*add)(Sum x, Sum y);
  Sum (*zero)();
};
/// K is a float, complex, uint32 or uint64; all but the complex ones have max_plus, min_plus and max_product too.
using AllVectorLoops = std::tuple<VectorLoops<float16>, VectorLoops<bfloat16>, VectorLoops<float>, VectorLoops<double>,
                                  VectorLoops<std::complex<float>>, VectorLoops<std::complex<double>>,
                                  VectorLoops<std::uint32_t>, VectorLoops<std::uint64_t>>;
const AllVectorLoops& all_vector_loops(Semiring semiring);
template <class K>
const VectorLoops<K>& vector_loops(Semiring semiring) {
  return std::get<VectorLoops<K>>(all_vector_loops(semiring));
}

}  // namespace ricci::cpu
