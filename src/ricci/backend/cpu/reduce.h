// Contraction of one operand on the host: permute, reduce, diagonal, broadcast, any mix.
#pragma once

#include "ricci/backend/backend.h"

namespace ricci::cpu {

void reduce(const ReduceStep& step);

/// How the elements of one sum are added, on adjacent elements.
enum class Fold : std::uint8_t { sum, maximum, minimum };

/// Loops over adjacent elements for one dtype in vectors.
template <class T>
struct FoldLoops {
  T (*row)(const T* x, std::int64_t n);               // the fold of n >= 1 elements
  void (*rows)(T* sums, const T* x, std::int64_t n);  // sums[i] = fold(sums[i], x[i])
};
/// T is float or double.
template <class T>
const FoldLoops<T>& fold_loops(Fold fold);

}  // namespace ricci::cpu
