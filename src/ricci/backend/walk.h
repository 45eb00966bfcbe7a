// Visits every position of a list of axes, outermost first, with the offsets in a, b and c there.
#pragma once

#include <algorithm>

#include "ricci/backend/loops.h"

namespace ricci {

struct Offsets {
  std::int64_t a = 0, b = 0, c = 0;
};

/// f(Offsets) at every position, the last axis fastest; once for no axes, never when an extent is 0.
template <class F>
void walk(const Axes& axes, Offsets at, F&& f) {
  for (const Axis& axis : axes)
    if (axis.extent == 0) return;
  SmallVector<std::int64_t, 8> index(axes.size(), 0);
  for (;;) {
    f(at);
    std::size_t k = axes.size();
    for (; k > 0; --k) {
      const Axis& axis = axes[k - 1];
      at.a += axis.a, at.b += axis.b, at.c += axis.c;
      if (++index[k - 1] < axis.extent) break;
      index[k - 1] = 0;
      at.a -= axis.a * axis.extent, at.b -= axis.b * axis.extent, at.c -= axis.c * axis.extent;
    }
    if (k == 0) return;
  }
}

/// The offsets of one position, counted with the last axis fastest.
inline Offsets offsets_at(const Axes& axes, std::int64_t position) {
  Offsets at;
  for (std::size_t k = axes.size(); k-- > 0; position /= axes[k].extent) {
    const std::int64_t i = position % axes[k].extent;
    at.a += i * axes[k].a, at.b += i * axes[k].b, at.c += i * axes[k].c;
  }
  return at;
}

/// Offsets of positions first .. first + count - 1 of `axes`, by the stride that `member` names.
inline void fill_offsets(const Axes& axes, std::int64_t Axis::*member, std::int64_t first, std::int64_t count,
                         std::int64_t* out) {
  if (axes.size() <= 1) {
    const std::int64_t stride = axes.empty() ? 0 : axes[0].*member;
    for (std::int64_t i = 0; i < count; ++i) out[i] = (first + i) * stride;
    return;
  }
  // Where each axis stands; divided once, then counted on.
  SmallVector<std::int64_t, 24> index(axes.size(), 0);
  std::int64_t base = 0;
  for (std::size_t k = axes.size(); k-- > 0; first /= axes[k].extent) {
    index[k] = first % axes[k].extent;
    base += index[k] * (axes[k].*member);
  }
  const std::int64_t extent = axes.back().extent, stride = axes.back().*member;
  for (std::int64_t i = 0; i < count;) {
    const std::int64_t end = std::min(count, i + extent - index.back());
    for (; i < end; ++i, base += stride) out[i] = base;
    base -= extent * stride;
    index.back() = 0;
    for (std::size_t k = axes.size() - 1; k-- > 0;) {
      base += axes[k].*member;
      if (++index[k] < axes[k].extent) break;
      index[k] = 0;
      base -= axes[k].extent * (axes[k].*member);
    }
  }
}

/// Steps `index` to the next position of the first `axes` axes of `shape`; false after the last one.
inline bool advance(Shape& index, const Shape& shape, std::size_t axes) {
  for (std::size_t k = axes; k-- > 0;) {
    if (++index[k] < shape[k]) return true;
    index[k] = 0;
  }
  return false;
}

inline std::int64_t offset_of(const Shape& index, const Strides& strides) {
  std::int64_t sum = 0;
  for (std::size_t k = 0; k < index.size(); ++k) sum += index[k] * strides[k];
  return sum;
}

inline bool has_elements(const Shape& shape) { return !contains(shape, std::int64_t{0}); }

}  // namespace ricci
