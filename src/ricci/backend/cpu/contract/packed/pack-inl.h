// Packing: lines of an operand, wherever its strides put them, into the panels a register tile reads.
// Compiled once per instruction set (see gemm_table.h).
#if defined(RICCI_PACK_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef RICCI_PACK_INL_H_
#undef RICCI_PACK_INL_H_
#else
#define RICCI_PACK_INL_H_
#endif

#include <hwy/highway.h>

#include "ricci/backend/cpu/contract/packed/pack_transposed-inl.h"
#include "ricci/backend/cpu/contract/packed/panel-inl.h"
#include "ricci/backend/cpu/simd/load_store-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ricci::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

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
  } else if constexpr (std::is_integral_v<S>) {
    const hn::RebindToSigned<decltype(d)> number;
    const hn::Rebind<S, decltype(d)> narrow;
    for (; line + kLanes <= count; line += kLanes)
      hn::StoreU(hn::BitCast(d, hn::PromoteTo(number, hn::LoadU(narrow, from + line))), d, out + line);
  } else {
    for (; line + kLanes <= count; line += kLanes) hn::StoreU(load(d, from + line), d, out + line);
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
// Elements of 8 and 16 bits whose steps lie together: a few steps of a panel are widened first, then transposed from
// there.
template <class K, class S>
void pack_widened(const Pack<K>& pack) {
  constexpr std::int64_t kRun = 64;
  constexpr int kLines = 64;
  K wide[kLines * kRun];
  std::int64_t lines[kLines], steps[kRun];
  for (std::int64_t i = 0; i < kLines; ++i) lines[i] = i * kRun;
  for (std::int64_t i = 0; i < kRun; ++i) steps[i] = i;
  for (std::int64_t index = 0; index < panel_count(pack); ++index) {
    const Panel<K> panel = panel_of(pack, index);
    for (std::int64_t p = 0; p < pack.k;) {
      const int count = run_length(pack.steps + p, static_cast<int>(std::min(kRun, pack.k - p)));
      const S* source = static_cast<const S*>(pack.source) + pack.steps[p];
      for (int first = 0; first < panel.count; first += kLines) {
        Pack<K> part;
        part.source = wide;
        part.lines = lines;
        part.steps = steps;
        part.step_run = 1;
        part.line_count = std::min(kLines, panel.count - first);
        part.k = count;
        part.width = part.last_width = panel.width;
        part.out = panel.out + p * panel.width + first;
        for (int line = 0; line < part.line_count; ++line)
          copy_lines<K, S>(source + panel.lines[first + line], count, 0, false, wide + line * kRun);
        pack_transposed_steps(part);
      }
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
    if (pack.step_run > 0) return pack_transposed_steps(pack);
    if (pack.line_run > 0) return pack_transposed_lines(pack);
  }
  if constexpr (!is_complex_type<K> && sizeof(S) < sizeof(K))
    if (pack.step_run == 1) return pack_widened<K, S>(pack);
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
