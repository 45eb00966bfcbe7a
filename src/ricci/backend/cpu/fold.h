// Sums and extremes of floats and doubles whose terms, or whose results, are adjacent: in vectors, in the
// order of the operand's memory. reduce.cpp calls it first.
#pragma once

#include "ricci/backend/backend.h"

namespace ricci::cpu {

/// How the elements of one sum are added. A NaN is more extreme than anything.
enum class Fold : std::uint8_t { sum, maximum, minimum };

/// The loops of an instruction set; strides in elements, n >= 1 elements adjacent.
template <class T>
struct FoldLoops {
  /// sums[r] = the fold of the n elements from x + r * stride on.
  void (*rows)(T* sums, const T* x, std::int64_t count, std::int64_t stride, std::int64_t n);
  /// sums[i] = the fold of sums[i] and x[i + r * stride] for all r < count.
  void (*columns)(T* sums, const T* x, std::int64_t count, std::int64_t stride, std::int64_t n);
};
/// T is float or double.
template <class T>
const FoldLoops<T>& fold_loops(Fold fold);

/// Runs a reduction of one or more terms, if these loops have it; false if not.
bool run_fold(const ReduceStep& step);

}  // namespace ricci::cpu
