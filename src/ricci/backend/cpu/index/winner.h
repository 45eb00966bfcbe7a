// Which term is the extreme of a contraction, on the host: terms are computed again in vectors of adjacent results and
// held against the value that is known.
#pragma once

#include <tuple>

#include "ricci/backend/backend.h"

namespace ricci::cpu {

void winner(const WinnerStep& step);

/// An integer as wide as the element: positions are compared and kept in vectors beside the terms.
template <class T>
using Position = std::conditional_t<sizeof(T) == 4, std::int32_t, std::int64_t>;

/// Terms of n adjacent results: number k is a[k * a_step] (and a[k * a_step + i] for result i where `a_adjacent`)
/// with b[k * b_step + i].
template <class T>
struct WinnerRun {
  const T *a = nullptr, *b = nullptr;
  std::int64_t a_step = 0, b_step = 0;
  bool a_adjacent = false;
  std::int64_t count = 0;
  const T* y = nullptr;
  std::int64_t n = 0;
  Position<T> first = 0;  // the position of term 0
};

/// at[i] = the position of the run's first term that equals y[i], where there is one.
template <class T>
using WinnerLoop = void (*)(const WinnerRun<T>& run, Position<T>* at);
/// The loops of an instruction set for a semiring that selects.
using WinnerLoops = std::tuple<WinnerLoop<float>, WinnerLoop<double>>;
const WinnerLoops& winner_loops(Semiring semiring);

}  // namespace ricci::cpu
