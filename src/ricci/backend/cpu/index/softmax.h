// Softmax and its derivative on the host: a row is read from memory once and all that is done to it is done while it
// is in the caches. Rows that aren't adjacent, or are 16 bits wide, are transposed and widened some at a time.
#pragma once

#include <tuple>

#include "ricci/backend/backend.h"

namespace ricci::cpu {

void softmax(const SoftmaxStep& step);

/// The loops of an instruction set over n >= 1 adjacent elements. T is float or double.
template <class T>
struct SoftmaxLoops {
  /// out = exp(x) / sum(exp(x)); out may be x. False, and out is as it was, where the largest x is no finite number.
  bool (*value)(const T* x, T* out, std::int64_t n);
  /// out = y (x - sum(y x)); out may be x.
  void (*derivative)(const T* y, const T* x, T* out, std::int64_t n);
};
using AllSoftmaxLoops = std::tuple<SoftmaxLoops<float>, SoftmaxLoops<double>>;
const AllSoftmaxLoops& softmax_loops();

}  // namespace ricci::cpu
