#include "ricci/backend/cpu/contract/packed/exp_panel.h"

#include <algorithm>
#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ricci/backend/cpu/contract/packed/exp_panel.cpp"
#include "ricci/backend/cpu/simd/targets.h"
// Highway wants this order.
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
#include <hwy/contrib/math/math-inl.h>
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace ricci::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;
namespace {

template <class T>
inline constexpr T kLeast = sizeof(T) == 4 ? T(-87.33654) : T(-708.39641);  // log of the least normal number

template <class V>
HWY_INLINE V exp_below(V x, V shift) {
  const hn::DFromV<V> d;
  const V low = hn::Set(d, kLeast<hn::TFromV<V>>), y = hn::Sub(x, shift);
  return hn::IfThenElseZero(hn::Ge(y, low), hn::Exp(d, hn::Max(y, low)));
}

// `width` vectors are so many whole steps of the panel: the shifts repeat after them.
template <class T>
void exp_lines(T* HWY_RESTRICT panel, const T* HWY_RESTRICT shifts, int width, std::int64_t k) {
  const hn::ScalableTag<T> d;
  constexpr int kLanes = static_cast<int>(HWY_LANES(T));
  T pattern[64 * kLanes], last[kLanes];
  for (int i = 0; i < width * kLanes; ++i) pattern[i] = shifts[i % width];
  const std::int64_t count = width * k;
  std::int64_t i = 0;
  for (int at = 0; i + kLanes <= count; i += kLanes) {
    hn::StoreU(exp_below(hn::LoadU(d, panel + i), hn::LoadU(d, pattern + at)), d, panel + i);
    at += kLanes;
    if (at == width * kLanes) at = 0;
  }
  if (i == count) return;
  const int at = static_cast<int>(i % width);
  std::fill_n(last, kLanes, T(0));
  std::copy(panel + i, panel + count, last);
  // The pattern from `at` on, which a step of it holds.
  T rest[kLanes];
  for (int lane = 0; lane < kLanes; ++lane) rest[lane] = shifts[(at + lane) % width];
  hn::StoreU(exp_below(hn::LoadU(d, last), hn::LoadU(d, rest)), d, last);
  std::copy(last, last + (count - i), panel + i);
}

void exp_lines_f32(float* panel, const float* shifts, int width, std::int64_t k) { exp_lines(panel, shifts, width, k); }
void exp_lines_f64(double* panel, const double* shifts, int width, std::int64_t k) {
  exp_lines(panel, shifts, width, k);
}

}  // namespace
}  // namespace ricci::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ricci::cpu {

HWY_EXPORT(exp_lines_f32);
HWY_EXPORT(exp_lines_f64);

template <>
void exp_panel(float* panel, const float* shifts, int width, std::int64_t k) {
  HWY_DYNAMIC_DISPATCH(exp_lines_f32)(panel, shifts, width, k);
}
template <>
void exp_panel(double* panel, const double* shifts, int width, std::int64_t k) {
  HWY_DYNAMIC_DISPATCH(exp_lines_f64)(panel, shifts, width, k);
}

}  // namespace ricci::cpu
#endif
