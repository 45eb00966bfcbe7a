// Sums and extremes of floating-point elements whose terms, or whose results, are adjacent: in vectors, in the
// order of the operand's memory. reduce.cpp calls it first.
#pragma once

#include "ricci/backend/backend.h"

namespace ricci::cpu {

/// How the elements of one sum are added. A NaN is more extreme than anything.
enum class Fold : std::uint8_t { sum, maximum, minimum };

/// The loops of an instruction set; strides in elements, n >= 1 elements adjacent. Sums of 16-bit floats are floats.
template <class T>
struct FoldLoops {
  using Sum = accumulator<T>;
  /// sums[r] = the fold of the n elements from x + r * stride on.
  void (*rows)(Sum* sums, const T* x, std::int64_t count, std::int64_t stride, std::int64_t n);
  /// sums[i] = x[i].
  void (*begin)(Sum* sums, const T* x, std::int64_t n);
  /// sums[i] = the fold of sums[i] and x[i + r * stride] for all r < count.
  void (*columns)(Sum* sums, const T* x, std::int64_t count, std::int64_t stride, std::int64_t n);
};
/// T is float16, bfloat16, float or double.
template <class T>
const FoldLoops<T>& fold_loops(Fold fold);

/// Runs a reduction of one or more terms, if these loops have it; false if not.
bool run_fold(const ReduceStep& step);

}  // namespace ricci::cpu
