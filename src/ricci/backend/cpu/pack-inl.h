// Packing: lines of an operand, wherever its strides put them, into the panels a register tile reads.
// Compiled once per instruction set (see gemm_table.h).
#if defined(RICCI_PACK_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef RICCI_PACK_INL_H_
#undef RICCI_PACK_INL_H_
#else
#define RICCI_PACK_INL_H_
#endif

#include <hwy/cache_control.h>
#include <hwy/highway.h>

#include <algorithm>

#include "ricci/backend/cpu/gemm_table.h"
#include "ricci/backend/cpu/tasks.h"
#include "ricci/backend/cpu/turn-inl.h"
#include "ricci/backend/element.h"

HWY_BEFORE_NAMESPACE();
namespace ricci::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// A panel of a Pack: `count` of its `width` lines exist.
template <class K>
struct Panel {
  const std::int64_t* lines;
  int count, width;
  real_type<K>* out;
};

template <class K>
Panel<K> panel_of(const Pack<K>& pack, std::int64_t index) {
  const std::int64_t first = index * pack.width;
  const bool last = first + pack.width >= pack.line_count;
  return {pack.lines + first, static_cast<int>(std::min<std::int64_t>(pack.width, pack.line_count - first)),
          last ? pack.last_width : pack.width, pack.out + first * pack.k * kParts<K>};
}

template <class K>
std::int64_t panel_count(const Pack<K>& pack) {
  return ceil_div(pack.line_count, pack.width);
}

template <class K, class S>
HWY_INLINE K widen(S value, bool conjugated) {
  if constexpr (is_complex_type<K>)
    return conjugated ? std::conj(value) : value;
  else
    return element::convert<K>(value);
}

template <class K>
HWY_INLINE void put(real_type<K>* HWY_RESTRICT out, int width, int line, K value) {
  if constexpr (is_complex_type<K>) {
    out[line] = value.real();
    out[width + line] = value.imag();
  } else {
    out[line] = value;
  }
}

// Some lines of a panel one by one: right for any strides.
template <class K, class S>
void put_lines(const Pack<K>& pack, const Panel<K>& panel, int first, int end, Range steps) {
  const S* source = static_cast<const S*>(pack.source);
  const std::int64_t step = static_cast<std::int64_t>(panel.width) * kParts<K>;
  for (std::int64_t p = steps.first; p < steps.first + steps.count; ++p) {
    const S* from = source + pack.steps[p];
    real_type<K>* out = panel.out + p * step;
    for (int line = first; line < end; ++line)
      put<K>(out, panel.width, line, widen<K>(from[panel.lines[line]], pack.conjugated));
  }
}

// The same of any lines, a few steps at a time: what lies beside a step in the source stays near until it is its turn.
template <class K, class S>
void pack_scattered(const Pack<K>& pack, Range lines, Range steps) {
  constexpr std::int64_t kSteps = 32;
  const std::int64_t end = lines.first + lines.count;
  for (std::int64_t p = steps.first; p < steps.first + steps.count; p += kSteps)
    for (std::int64_t first = lines.first; first < end;) {
      const std::int64_t index = first / pack.width, base = index * pack.width;
      const std::int64_t stop = std::min(end, base + pack.width);
      put_lines<K, S>(pack, panel_of(pack, index), static_cast<int>(first - base), static_cast<int>(stop - base),
                      {p, std::min(kSteps, steps.first + steps.count - p)});
      first = stop;
    }
}

// Lines that lie together, as vectors.
template <class K, class S>
HWY_INLINE void copy_lines(const S* HWY_RESTRICT from, int count, int width, bool conjugated,
                           real_type<K>* HWY_RESTRICT out) {
  using T = real_type<K>;
  [[maybe_unused]] const hn::ScalableTag<T> d;
  [[maybe_unused]] constexpr int kLanes = static_cast<int>(HWY_LANES(T));
  int line = 0;
  if constexpr (is_complex_type<K>) {
    const auto flip = hn::Set(d, conjugated ? T(-0.0) : T(0));
    for (; line + kLanes <= count; line += kLanes) {
      hn::Vec<decltype(d)> re, im;
      hn::LoadInterleaved2(d, reinterpret_cast<const T*>(from + line), re, im);
      hn::StoreU(re, d, out + line);
      hn::StoreU(hn::Xor(im, flip), d, out + width + line);
    }
  } else if constexpr (std::is_same_v<K, S>) {
    for (; line + kLanes <= count; line += kLanes) hn::StoreU(hn::LoadU(d, from + line), d, out + line);
#if HWY_TARGET == HWY_AVX3  // elsewhere a store of some lanes is slow, or none
    const auto rest = hn::FirstN(d, static_cast<std::size_t>(count - line));
    hn::BlendedStore(hn::MaskedLoad(rest, d, from + line), rest, d, out + line);
    return;
#endif
#if HWY_TARGET != HWY_SCALAR
  } else if constexpr (is_half_type<S>) {
    using Half = std::conditional_t<std::is_same_v<S, float16>, hwy::float16_t, hwy::bfloat16_t>;
    const hn::Rebind<Half, decltype(d)> half;
    for (; line + kLanes <= count; line += kLanes)
      hn::StoreU(hn::PromoteTo(d, hn::LoadU(half, reinterpret_cast<const Half*>(from + line))), d, out + line);
#endif
  }
  for (; line < count; ++line) put<K>(out, width, line, widen<K>(from[line], conjugated));
}

// How many lie together from here on.
inline int run_length(const std::int64_t* lines, int count) {
  int end = 1;
  while (end < count && lines[end] == lines[end - 1] + 1) ++end;
  return end;
}

// Runs of lines lie together: the source is read step by step.
template <class K, class S>
void pack_runs(const Pack<K>& pack) {
  struct Run {
    std::int64_t from;
    int count, width;
    real_type<K>* out;
  };
  constexpr int kMost = 256;
  Run runs[kMost];
  for (std::int64_t index = 0; index < panel_count(pack);) {
    int count = 0;
    for (; index < panel_count(pack) && count + pack.width <= kMost; ++index) {
      const Panel<K> panel = panel_of(pack, index);
      for (int line = 0; line < panel.count; line += runs[count++].count)
        runs[count] = {panel.lines[line], run_length(panel.lines + line, panel.count - line), panel.width,
                       panel.out + line};
    }
    for (std::int64_t p = 0; p < pack.k; ++p) {
      const S* from = static_cast<const S*>(pack.source) + pack.steps[p];
      for (int i = 0; i < count; ++i)
        copy_lines<K, S>(from + runs[i].from, runs[i].count, runs[i].width, pack.conjugated,
                         runs[i].out + p * runs[i].width * kParts<K>);
    }
  }
}

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
void turn_steps(D d, const Pack<K>& pack, const Panel<K>& panel, int line, const Repeats& steps) {
  using T = hn::TFromD<D>;
  constexpr std::int64_t kLanes = static_cast<std::int64_t>(hn::MaxLanes(D()));
  const T* source = static_cast<const T*>(pack.source);
  const std::int64_t* lines = panel.lines + line;
  T* out = reinterpret_cast<T*>(panel.out) + line;
  for (std::int64_t p = steps.first; p < steps.first + steps.run; ++p) {
    std::int64_t s = 0;
    const auto from = [&](int i) { return source + lines[i] + pack.steps[p] + s; };
    const auto to = [&](int j, hn::Vec<D> v) { hn::StoreU(v, d, out + (p + (s + j) * steps.run) * panel.width); };
    for (; s + kLanes <= steps.times; s += kLanes) turn_square(d, from, to);
    for (; s + kTurned<T> <= steps.times; s += kTurned<T>) turn_tile(d, from, to);
  }
}

template <class K>
void pack_turned_steps(const Pack<K>& pack) {
  using T = BitsOf<K>;
  const hn::ScalableTag<T> d;
  const hn::Full128<T> block;
  constexpr int kLanes = static_cast<int>(HWY_LANES(T)), kBlock = kTurned<T>;
  for (std::int64_t first = 0; first < pack.k;) {
    const Repeats steps = repeats_from(pack.steps, pack.k, pack.step_run, first);
    for (std::int64_t index = 0; index < panel_count(pack); ++index) {
      const Panel<K> panel = panel_of(pack, index);
      int line = 0;
      for (; line + kLanes <= panel.count; line += kLanes) turn_steps(d, pack, panel, line, steps);
      for (; line + kBlock <= panel.count; line += kBlock) turn_steps(block, pack, panel, line, steps);
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
void turn_lines(D d, const Pack<K>& pack, const Repeats& lines, std::int64_t i) {
  using T = hn::TFromD<D>;
  constexpr std::int64_t kLanes = static_cast<std::int64_t>(hn::MaxLanes(D())), kLine = 64 / sizeof(T);
  constexpr std::int64_t kAhead = 8;  // steps fetched ahead: these are lines too far apart for the machine to foresee
  const T* source = static_cast<const T*>(pack.source);
  const std::int64_t* from = pack.lines + lines.first + i;
  for (std::int64_t s = 0; s < lines.times; s += kLine) {
    const std::int64_t times = std::min(kLine, lines.times - s) / kTurned<T> * kTurned<T>;
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
      for (std::int64_t t = 0; t < times; t += kTurned<T>)
        turn_tile(
            d, [&](int lane) { return source + from[lane] + pack.steps[p] + s + t; },
            [&](int j, hn::Vec<D> v) { hn::StoreU(v, d, places[t + j].out + p * places[t + j].step); });
    }
  }
}

// Vectors as wide as divide the run, the panels and where the lines begin, so that none is split between panels.
template <class D, class K>
void turn_runs(D d, const Pack<K>& pack, const Repeats& lines) {
  using T = hn::TFromD<D>;
  constexpr std::int64_t kLanes = static_cast<std::int64_t>(hn::MaxLanes(D()));
  if ((lines.run | lines.first | pack.width) % kLanes == 0) {
    for (std::int64_t i = 0; i < lines.run; i += kLanes) turn_lines(d, pack, lines, i);
    pack_scattered<K, K>(pack, lines.rest(kTurned<T>), {0, pack.k});
  } else if constexpr (kLanes > kTurned<T>) {
    turn_runs(hn::Half<D>(), pack, lines);
  } else {
    pack_scattered<K, K>(pack, {lines.first, lines.run * lines.times}, {0, pack.k});
  }
}

template <class K>
void pack_turned_lines(const Pack<K>& pack) {
  for (std::int64_t first = 0; first < pack.line_count;) {
    const Repeats lines = repeats_from(pack.lines, pack.line_count, pack.line_run, first);
    turn_runs(hn::ScalableTag<BitsOf<K>>(), pack, lines);
    first = lines.end();
  }
}
#endif

#if HWY_TARGET != HWY_SCALAR
// 16-bit floats whose steps lie together: a few steps of a panel are widened first, then turned from there.
template <class S>
void pack_widened(const Pack<float>& pack) {
  constexpr std::int64_t kRun = 64;
  constexpr int kLines = 64;
  float wide[kLines * kRun];
  std::int64_t lines[kLines], steps[kRun];
  for (std::int64_t i = 0; i < kLines; ++i) lines[i] = i * kRun;
  for (std::int64_t i = 0; i < kRun; ++i) steps[i] = i;
  for (std::int64_t index = 0; index < panel_count(pack); ++index) {
    const Panel<float> panel = panel_of(pack, index);
    for (std::int64_t p = 0; p < pack.k;) {
      const int count = run_length(pack.steps + p, static_cast<int>(std::min(kRun, pack.k - p)));
      const S* source = static_cast<const S*>(pack.source) + pack.steps[p];
      for (int line = 0; line < panel.count; ++line)
        copy_lines<float, S>(source + panel.lines[line], count, 0, false, wide + line * kRun);
      Pack<float> part;
      part.source = wide;
      part.lines = lines;
      part.steps = steps;
      part.step_run = 1;
      part.line_count = panel.count;
      part.k = count;
      part.width = part.last_width = panel.width;
      part.out = panel.out + p * panel.width;
      pack_turned_steps(part);
      p += count;
    }
  }
}
#endif

// Lines that only fill the last panel up.
template <class K>
void zero_rest(const Pack<K>& pack) {
  const Panel<K> panel = panel_of(pack, panel_count(pack) - 1);
  if (panel.count == panel.width) return;
  for (std::int64_t p = 0; p < pack.k * kParts<K>; ++p)
    std::fill(panel.out + p * panel.width + panel.count, panel.out + (p + 1) * panel.width, real_type<K>(0));
}

template <class K, class S>
void pack_lines(const Pack<K>& pack) {
  if (pack.line_run == 1) return pack_runs<K, S>(pack);
#if HWY_TARGET != HWY_SCALAR
  if constexpr (!is_complex_type<K> && std::is_same_v<K, S>) {
    if (pack.step_run > 0) return pack_turned_steps(pack);
    if (pack.line_run > 0) return pack_turned_lines(pack);
  }
  if constexpr (is_half_type<S>)
    if (pack.step_run == 1) return pack_widened<S>(pack);
#endif
  pack_scattered<K, S>(pack, {0, pack.line_count}, {0, pack.k});
}

template <class K, class S>
void pack_from(const Pack<K>& pack) {
  pack_lines<K, S>(pack);
  zero_rest(pack);
}

template <class K>
void pack_any(const Pack<K>& pack) {
  if constexpr (std::is_same_v<K, float>) {
    if (pack.dtype == DType::f16) return pack_from<K, float16>(pack);
    if (pack.dtype == DType::bf16) return pack_from<K, bfloat16>(pack);
  }
  if constexpr (std::is_same_v<K, std::uint32_t>) {
    if (pack.dtype == DType::i8) return pack_from<K, std::int8_t>(pack);
    if (pack.dtype == DType::i16) return pack_from<K, std::int16_t>(pack);
    if (pack.dtype == DType::u8 || pack.dtype == DType::b8) return pack_from<K, std::uint8_t>(pack);
  }
  pack_from<K, K>(pack);
}

}  // namespace ricci::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
