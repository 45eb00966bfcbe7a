// Packing: lines of an operand, wherever its strides put them, into the panels a register tile reads.
// Compiled once per instruction set (see gemm_table.h).
#if defined(RICCI_PACK_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef RICCI_PACK_INL_H_
#undef RICCI_PACK_INL_H_
#else
#define RICCI_PACK_INL_H_
#endif

#include <hwy/highway.h>

#include <algorithm>

#include "ricci/backend/cpu/gemm_table.h"
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

template <class K>
inline constexpr int kParts = is_complex_type<K> ? 2 : 1;

// Lines one by one: right for any strides.
template <class K, class S>
void pack_scattered(const Pack<K>& pack, const Panel<K>& panel, std::int64_t k0, std::int64_t k1) {
  const S* source = static_cast<const S*>(pack.source);
  const std::int64_t step = static_cast<std::int64_t>(panel.width) * kParts<K>;
  for (std::int64_t p = k0; p < k1; ++p) {
    const S* from = source + pack.steps[p];
    real_type<K>* out = panel.out + p * step;
    for (int line = 0; line < panel.count; ++line)
      put<K>(out, panel.width, line, widen<K>(from[panel.lines[line]], pack.conjugated));
  }
}

// Each k's lines lie together: copied as vectors.
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

// A 4x4 block of floats or a 2x2 block of doubles through registers: from[i] holds the k of line i.
#if HWY_TARGET != HWY_SCALAR
HWY_INLINE void transpose_block(const float* const* HWY_RESTRICT from, std::int64_t p, float* HWY_RESTRICT out,
                                std::int64_t step) {
  const hn::Full128<float> d;
  const hn::Full128<double> wide;
  const auto r0 = hn::LoadU(d, from[0] + p), r1 = hn::LoadU(d, from[1] + p);
  const auto r2 = hn::LoadU(d, from[2] + p), r3 = hn::LoadU(d, from[3] + p);
  const auto low01 = hn::BitCast(wide, hn::InterleaveLower(d, r0, r1));
  const auto low23 = hn::BitCast(wide, hn::InterleaveLower(d, r2, r3));
  const auto high01 = hn::BitCast(wide, hn::InterleaveUpper(d, r0, r1));
  const auto high23 = hn::BitCast(wide, hn::InterleaveUpper(d, r2, r3));
  hn::StoreU(hn::BitCast(d, hn::InterleaveLower(wide, low01, low23)), d, out);
  hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(wide, low01, low23)), d, out + step);
  hn::StoreU(hn::BitCast(d, hn::InterleaveLower(wide, high01, high23)), d, out + 2 * step);
  hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(wide, high01, high23)), d, out + 3 * step);
}
HWY_INLINE void transpose_block(const double* const* HWY_RESTRICT from, std::int64_t p, double* HWY_RESTRICT out,
                                std::int64_t step) {
  const hn::Full128<double> d;
  const auto r0 = hn::LoadU(d, from[0] + p), r1 = hn::LoadU(d, from[1] + p);
  hn::StoreU(hn::InterleaveLower(d, r0, r1), d, out);
  hn::StoreU(hn::InterleaveUpper(d, r0, r1), d, out + step);
}

// Each line's k lie together: blocks through registers, the last block overlapping the one before.
template <class T>
void pack_transposed(const Pack<T>& pack, const Panel<T>& panel) {
  constexpr int kBlock = 16 / sizeof(T);
  const T* source = static_cast<const T*>(pack.source) + pack.steps[0];
  const std::int64_t even = pack.k / kBlock * kBlock;
  int block = 0;
  for (; panel.count >= kBlock && block < panel.count; block += kBlock) {
    const int first = std::min(block, panel.count - kBlock);
    const T* from[kBlock];
    for (int i = 0; i < kBlock; ++i) from[i] = source + panel.lines[first + i];
    for (std::int64_t p = 0; p < even; p += kBlock)
      transpose_block(from, p, panel.out + p * panel.width + first, panel.width);
  }
  pack_scattered<T, T>(pack, panel, panel.count >= kBlock ? even : 0, pack.k);
}
#endif

#if HWY_TARGET != HWY_SCALAR
// The same for 16-bit floats: a few k of every line are widened first, then transposed from there.
template <class S>
void pack_widened(const Pack<float>& pack, const Panel<float>& panel) {
  constexpr std::int64_t kRun = 64;
  constexpr int kLines = 64;
  float wide[kLines * kRun];
  std::int64_t lines[kLines], steps[kRun];
  for (std::int64_t i = 0; i < kLines; ++i) lines[i] = i * kRun;
  for (std::int64_t i = 0; i < kRun; ++i) steps[i] = i;
  const S* source = static_cast<const S*>(pack.source) + pack.steps[0];
  for (std::int64_t p = 0; p < pack.k; p += kRun) {
    Pack<float> part;
    part.source = wide;
    part.steps = steps;
    part.k = std::min(kRun, pack.k - p);
    for (int line = 0; line < panel.count; ++line)
      copy_lines<float, S>(source + panel.lines[line] + p, static_cast<int>(part.k), 0, false, wide + line * kRun);
    pack_transposed(part, Panel<float>{lines, panel.count, panel.width, panel.out + p * panel.width});
  }
}
#endif

template <class K>
void zero_rest(const Panel<K>& panel, std::int64_t k) {
  if (panel.count == panel.width) return;
  for (std::int64_t p = 0; p < k * kParts<K>; ++p)
    std::fill(panel.out + p * panel.width + panel.count, panel.out + (p + 1) * panel.width, real_type<K>(0));
}

template <class K>
Panel<K> panel_of(const Pack<K>& pack, std::int64_t index) {
  const std::int64_t first = index * pack.width;
  const bool last = first + pack.width >= pack.line_count;
  return {pack.lines + first, static_cast<int>(std::min<std::int64_t>(pack.width, pack.line_count - first)),
          last ? pack.last_width : pack.width, pack.out + first * pack.k * kParts<K>};
}

template <class K, class S>
void pack_from(const Pack<K>& pack) {
  const std::int64_t panels = (pack.line_count + pack.width - 1) / pack.width;
  if (pack.lines_adjacent) {  // k outermost: the source is read in its own order
    for (std::int64_t p = 0; p < pack.k; ++p) {
      const S* from = static_cast<const S*>(pack.source) + pack.lines[0] + pack.steps[p];
      for (std::int64_t i = 0; i < panels; ++i) {
        const Panel<K> panel = panel_of(pack, i);
        copy_lines<K, S>(from + i * pack.width, panel.count, panel.width, pack.conjugated,
                         panel.out + p * panel.width * kParts<K>);
      }
    }
  }
  for (std::int64_t i = 0; i < panels; ++i) {
    const Panel<K> panel = panel_of(pack, i);
#if HWY_TARGET != HWY_SCALAR
    if constexpr (std::is_floating_point_v<K> && std::is_same_v<K, S>)
      if (!pack.lines_adjacent && pack.steps_adjacent) {
        pack_transposed<K>(pack, panel);
        zero_rest(panel, pack.k);
        continue;
      }
    if constexpr (is_half_type<S>)
      if (!pack.lines_adjacent && pack.steps_adjacent) {
        pack_widened<S>(pack, panel);
        zero_rest(panel, pack.k);
        continue;
      }
#endif
    if (!pack.lines_adjacent) pack_scattered<K, S>(pack, panel, 0, pack.k);
    zero_rest(panel, pack.k);
  }
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
