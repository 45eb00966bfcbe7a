// How host kernels spread work: tasks are cut by shape alone, so the bits do not depend on threads.
#pragma once

#include <algorithm>
#include <atomic>

#include "ricci/base/parallel.h"

namespace ricci::cpu {

/// Below about this many multiplications a second thread costs more than it brings.
inline constexpr double kParallelWork = 5e5;

/// At most so many tasks hold scratch at once: a bound that doesn't depend on threads.
inline constexpr std::int64_t kMaxSlots = 16;

inline std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }
inline std::int64_t round_up(std::int64_t a, std::int64_t b) { return ceil_div(a, b) * b; }

/// The size of equal pieces, none above `most`, that cover `extent`; a multiple of `unit`.
inline std::int64_t even_piece(std::int64_t extent, std::int64_t most, std::int64_t unit) {
  const std::int64_t pieces = std::max<std::int64_t>(1, ceil_div(extent, most));
  return std::max<std::int64_t>(unit, round_up(ceil_div(extent, pieces), unit));
}

/// body(i) for i in [0, n): in parallel or, below the threshold, one after another.
template <class F>
void each(std::int64_t n, bool parallel, F&& body) {
  if (parallel && n > 1) {
    parallel_for(n, body);
    return;
  }
  for (std::int64_t i = 0; i < n; ++i) body(i);
}

/// body(i) for i in [0, n): `group` neighbours are one task.
template <class F>
void each_in_groups(std::int64_t n, std::int64_t group, bool parallel, F&& body) {
  each(ceil_div(n, group), parallel, [&](std::int64_t task) {
    for (std::int64_t i = task * group; i < std::min(n, (task + 1) * group); ++i) body(i);
  });
}

/// body(first, count) for so many pieces of [0, n) or fewer, each a task.
template <class F>
void each_piece(std::int64_t n, std::int64_t pieces, bool parallel, F&& body) {
  const std::int64_t piece = ceil_div(n, pieces);
  each(ceil_div(n, piece), parallel, [&](std::int64_t i) { body(i * piece, std::min(piece, n - i * piece)); });
}

/// body(task, slot): at most `slots` tasks run at once, each slot in one of them, so that scratch is
/// one piece a slot. Which task meets which slot is open; tasks must not care.
template <class F>
void each_with_slot(std::int64_t tasks, std::int64_t slots, F&& body) {
  std::atomic<std::int64_t> next{0};
  each(slots, true, [&](std::int64_t slot) {
    for (std::int64_t task; (task = next.fetch_add(1, std::memory_order_relaxed)) < tasks;) body(task, slot);
  });
}

}  // namespace ricci::cpu
