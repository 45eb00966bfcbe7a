// Sums, but not of exponentials, of the terms of one operand in any semiring, in the order of its memory: adjacent
// floats in vectors, the others one by one.
#pragma once

#include <tuple>

#include "ricci/backend/backend.h"

namespace ricci::cpu {

/// Runs a reduction of one or more terms.
void add_up(const ReduceStep& step);

/// The terms of some results: term i of result r is x[r * result_step + i * step]. There are one or more of both.
template <class T>
struct Terms {
  const T* x = nullptr;
  std::int64_t results = 1, result_step = 0;
  std::int64_t count = 1, step = 0;
};

/// Loops over elements T in one semiring; 16-bit floats are added up as floats. A NaN is more extreme than anything.
template <class T>
struct SumLoops {
  using Sum = accumulator<T>;
  /// sums[r] = the sum of the terms of result r; one result after another.
  void (*rows)(Sum* sums, const Terms<T>& terms);
  /// The terms of result r are added to sums[r], which has nothing yet where this `begins`; one term after another.
  void (*columns)(Sum* sums, const Terms<T>& terms, bool begins);
  /// parts[i] is added to sums[i].
  void (*join)(Sum* sums, const Sum* parts, std::int64_t n);
};
/// Those of an instruction set, for rows of adjacent terms and columns of adjacent results.
using VectorSums = std::tuple<SumLoops<float16>, SumLoops<bfloat16>, SumLoops<float>, SumLoops<double>>;
const VectorSums& vector_sums(Semiring semiring);

}  // namespace ricci::cpu
