// A matrix of any axes times a vector: the matrix is read once, in its own order, and nothing is packed.
#pragma once

#include "ricci/backend/backend.h"

namespace ricci::cpu {

/// Whether gemv() takes this step: float or double, sum_product, one of left and right of extent 1, and a line's
/// worth of the matrix's elements adjacent, all terms or all results.
bool is_gemv(const ContractStep& step);
void gemv(const ContractStep& step);

/// Loops over adjacent elements in vectors. T is float or double.
template <class T>
struct VectorLoops {
  T (*dot)(const T* x, const T* y, std::int64_t n);
  /// sums[i] += x0[i] y[0] + x1[i] y[1] + x2[i] y[2] + x3[i] y[3], where xj is x[j].
  void (*add_four)(T* sums, const T* const* x, const T* y, std::int64_t n);
};
template <class T>
const VectorLoops<T>& vector_loops();

}  // namespace ricci::cpu
