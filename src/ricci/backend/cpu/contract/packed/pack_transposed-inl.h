// Packing by transposition in registers: lines whose element beside is another step, or another line. Compiled once per
// instruction set (see gemm_table.h).
#if defined(RICCI_PACK_TRANSPOSED_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef RICCI_PACK_TRANSPOSED_INL_H_
#undef RICCI_PACK_TRANSPOSED_INL_H_
#else
#define RICCI_PACK_TRANSPOSED_INL_H_
#endif

#include <hwy/cache_control.h>
#include <hwy/highway.h>

#include <algorithm>

#include "ricci/backend/cpu/cache_line.h"
#include "ricci/backend/cpu/contract/packed/panel-inl.h"
#include "ricci/backend/cpu/simd/transpose-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ricci::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

#if HWY_TARGET != HWY_SCALAR
template <class T>
using BitsOf = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;

// Offsets first .. first + run - 1, and the same 1, 2 ... elements further on, each `run` after the one before:
// offsets[i + s * run] = offsets[i] + s for s < times.
struct Repeats {
  std::int64_t first, run, times;
  Range whole(std::int64_t unit) const { return {first, times / unit * unit * run}; }
  Range rest(std::int64_t unit) const { return {first + times / unit * unit * run, times % unit * run}; }
  std::int64_t end() const { return first + run * times; }
};

// Those from `first` on; without repetition up to where one begins.
inline Repeats repeats_from(const std::int64_t* offsets, std::int64_t count, std::int64_t run, std::int64_t first) {
  const auto repeated = [&](std::int64_t i) { return i + run < count && offsets[i + run] == offsets[i] + 1; };
  std::int64_t i = first;
  while (repeated(i)) ++i;
  if (i - first >= run) return {first, run, (i - first) / run + 1};
  for (i += i == first; i < count && !repeated(i);) ++i;
  return {first, i - first, 1};
}

// Some lines of a panel whose steps repeat: a square of them at a time, then 16 bytes of each.
template <class D, class K>
void transpose_steps(D d, const Pack<K>& pack, const Panel<K>& panel, int line, const Repeats& steps) {
  using T = hn::TFromD<D>;
  constexpr std::int64_t kLanes = static_cast<std::int64_t>(hn::MaxLanes(D()));
  const T* source = static_cast<const T*>(pack.source);
  const std::int64_t* lines = panel.lines + line;
  T* out = reinterpret_cast<T*>(panel.out) + line;
  for (std::int64_t p = steps.first; p < steps.first + steps.run; ++p) {
    std::int64_t s = 0;
    const auto from = [&](int i) { return source + lines[i] + pack.steps[p] + s; };
    const auto to = [&](int j, hn::Vec<D> v) { hn::StoreU(v, d, out + (p + (s + j) * steps.run) * panel.width); };
    for (; s + kLanes <= steps.times; s += kLanes) transpose_square(d, from, to);
    for (; s + kTransposed<T> <= steps.times; s += kTransposed<T>) transpose_tile(d, from, to);
  }
}

template <class K>
void pack_transposed_steps(const Pack<K>& pack) {
  using T = BitsOf<K>;
  const hn::ScalableTag<T> d;
  const hn::Full128<T> block;
  constexpr int kLanes = static_cast<int>(HWY_LANES(T)), kBlock = kTransposed<T>;
  for (std::int64_t first = 0; first < pack.k;) {
    const Repeats steps = repeats_from(pack.steps, pack.k, pack.step_run, first);
    for (std::int64_t index = 0; index < panel_count(pack); ++index) {
      const Panel<K> panel = panel_of(pack, index);
      int line = 0;
      for (; line + kLanes <= panel.count; line += kLanes) transpose_steps(d, pack, panel, line, steps);
      for (; line + kBlock <= panel.count; line += kBlock) transpose_steps(block, pack, panel, line, steps);
      put_lines<K, K>(pack, panel, line, panel.count, steps.whole(kBlock));
      put_lines<K, K>(pack, panel, 0, panel.count, steps.rest(kBlock));
    }
    first = steps.end();
  }
}

// Where a vector of lines goes: its place at step 0, and how far on the next step is.
template <class T>
struct Place {
  T* out;
  std::int64_t step;
};

// Lines that repeat, those from lines.first + i on that fill a vector: turned into as many panels, a line of the
// caches of each at a time.
template <class D, class K>
void transpose_lines(D d, const Pack<K>& pack, const Repeats& lines, std::int64_t i) {
  using T = hn::TFromD<D>;
  constexpr std::int64_t kLanes = static_cast<std::int64_t>(hn::MaxLanes(D())), kLine = kLineOf<T>;
  constexpr std::int64_t kAhead = 8;  // steps fetched ahead: these are lines too far apart for the machine to foresee
  const T* source = static_cast<const T*>(pack.source);
  const std::int64_t* from = pack.lines + lines.first + i;
  for (std::int64_t s = 0; s < lines.times; s += kLine) {
    const std::int64_t times = std::min(kLine, lines.times - s) / kTransposed<T> * kTransposed<T>;
    Place<T> places[kLine];
    for (std::int64_t j = 0; j < times; ++j) {
      const std::int64_t line = lines.first + i + (s + j) * lines.run, index = line / pack.width;
      const Panel<K> panel = panel_of(pack, index);
      places[j] = {reinterpret_cast<T*>(panel.out) + line - index * pack.width, panel.width};
    }
    for (std::int64_t p = 0; p < pack.k; ++p) {
      if (p + kAhead < pack.k)
        for (std::int64_t lane = 0; lane < kLanes; ++lane)
          hwy::Prefetch(source + from[lane] + pack.steps[p + kAhead] + s);
      for (std::int64_t t = 0; t < times; t += kTransposed<T>)
        transpose_tile(
            d, [&](int lane) { return source + from[lane] + pack.steps[p] + s + t; },
            [&](int j, hn::Vec<D> v) { hn::StoreU(v, d, places[t + j].out + p * places[t + j].step); });
    }
  }
}

// Vectors as wide as divide the run, the panels and where the lines begin, so that none is split between panels.
template <class D, class K>
void transpose_runs(D d, const Pack<K>& pack, const Repeats& lines) {
  using T = hn::TFromD<D>;
  constexpr std::int64_t kLanes = static_cast<std::int64_t>(hn::MaxLanes(D()));
  if ((lines.run | lines.first | pack.width) % kLanes == 0) {
    for (std::int64_t i = 0; i < lines.run; i += kLanes) transpose_lines(d, pack, lines, i);
    pack_scattered<K, K>(pack, lines.rest(kTransposed<T>), {0, pack.k});
  } else if constexpr (kLanes > kTransposed<T>) {
    transpose_runs(hn::Half<D>(), pack, lines);
  } else {
    pack_scattered<K, K>(pack, {lines.first, lines.run * lines.times}, {0, pack.k});
  }
}

template <class K>
void pack_transposed_lines(const Pack<K>& pack) {
  for (std::int64_t first = 0; first < pack.line_count;) {
    const Repeats lines = repeats_from(pack.lines, pack.line_count, pack.line_run, first);
    transpose_runs(hn::ScalableTag<BitsOf<K>>(), pack, lines);
    first = lines.end();
  }
}
#endif
}  // namespace ricci::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
