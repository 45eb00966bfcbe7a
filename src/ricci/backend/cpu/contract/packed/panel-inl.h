// The panels of a Pack, and filling them line by line. Compiled once per instruction set (see gemm_table.h).
#if defined(RICCI_PANEL_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef RICCI_PANEL_INL_H_
#undef RICCI_PANEL_INL_H_
#else
#define RICCI_PANEL_INL_H_
#endif

#include <hwy/highway.h>

#include <algorithm>

#include "ricci/backend/cpu/contract/packed/gemm_table.h"
#include "ricci/backend/cpu/tasks.h"
#include "ricci/backend/element.h"

HWY_BEFORE_NAMESPACE();
namespace ricci::cpu::HWY_NAMESPACE {

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
}  // namespace ricci::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
