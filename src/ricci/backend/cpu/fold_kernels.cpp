// Sums and extremes of adjacent floats and doubles in vectors.
#include "ricci/backend/cpu/targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ricci/backend/cpu/fold_kernels.cpp"
// Highway wants this order.
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on

#include "ricci/backend/cpu/fold.h"

HWY_BEFORE_NAMESPACE();
namespace ricci::cpu::HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

// A NaN on either side is the result of an extreme.
template <Fold F, class V>
HWY_INLINE V combine(V x, V y) {
  if constexpr (F == Fold::sum)
    return hn::Add(x, y);
  else if constexpr (F == Fold::maximum)
    return hn::IfThenElse(hn::Or(hn::Gt(y, x), hn::IsNaN(y)), y, x);
  else
    return hn::IfThenElse(hn::Or(hn::Lt(y, x), hn::IsNaN(y)), y, x);
}

template <Fold F, class T>
HWY_INLINE T row(const T* HWY_RESTRICT x, std::int64_t n) {
  const hn::ScalableTag<T> d;
  const hn::CappedTag<T, 1> one;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  constexpr int kChains = 4;  // independent ones, to hide the latency of an addition
  const auto fold = [&](T a, T b) HWY_ATTR { return hn::GetLane(combine<F>(hn::Set(one, a), hn::Set(one, b))); };
  if (n < lanes) {
    T sum = x[0];
    for (std::int64_t i = 1; i < n; ++i) sum = fold(sum, x[i]);
    return sum;
  }
  HWY_ALIGN T last[HWY_LANES(T)];
  auto all = hn::LoadU(d, x);
  std::int64_t i = lanes;
  if (n >= kChains * lanes) {
    hn::Vec<decltype(d)> sums[kChains];
    for (int c = 0; c < kChains; ++c) sums[c] = hn::LoadU(d, x + c * lanes);
    for (i = kChains * lanes; i + kChains * lanes <= n; i += kChains * lanes)
      for (int c = 0; c < kChains; ++c) sums[c] = combine<F>(sums[c], hn::LoadU(d, x + i + c * lanes));
    all = combine<F>(combine<F>(sums[0], sums[1]), combine<F>(sums[2], sums[3]));
  }
  for (; i + lanes <= n; i += lanes) all = combine<F>(all, hn::LoadU(d, x + i));
  if constexpr (F == Fold::sum) {
    T sum = hn::GetLane(hn::SumOfLanes(d, all));
    for (; i < n; ++i) sum += x[i];
    return sum;
  }
  hn::Store(all, d, last);
  for (std::int64_t width = lanes / 2; width > 0; width /= 2)
    for (std::int64_t k = 0; k < width; ++k) last[k] = fold(last[k], last[k + width]);
  for (; i < n; ++i) last[0] = fold(last[0], x[i]);
  return last[0];
}

template <Fold F, class T>
void rows(T* HWY_RESTRICT sums, const T* HWY_RESTRICT x, std::int64_t count, std::int64_t stride, std::int64_t n) {
  for (std::int64_t r = 0; r < count; ++r) sums[r] = row<F>(x + r * stride, n);
}

// `count` rows of one vector of results, or of one element.
template <Fold F, class D, class T>
HWY_INLINE void column(D d, T* HWY_RESTRICT sums, const T* HWY_RESTRICT x, std::int64_t count, std::int64_t stride) {
  auto sum = hn::LoadU(d, sums);
  for (std::int64_t r = 0; r < count; ++r) sum = combine<F>(sum, hn::LoadU(d, x + r * stride));
  hn::StoreU(sum, d, sums);
}
template <Fold F, class T>
void columns(T* HWY_RESTRICT sums, const T* HWY_RESTRICT x, std::int64_t count, std::int64_t stride, std::int64_t n) {
  const hn::ScalableTag<T> d;
  const hn::CappedTag<T, 1> one;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const std::int64_t together = n <= 4 * lanes ? 64 : 4;  // rows that stay in L1 until all results have read them
  for (std::int64_t r = 0; r < count; r += together) {
    const std::int64_t some = HWY_MIN(together, count - r);
    std::int64_t i = 0;
    for (; i + lanes <= n; i += lanes) column<F>(d, sums + i, x + r * stride + i, some, stride);
    for (; i < n; ++i) column<F>(one, sums + i, x + r * stride + i, some, stride);
  }
}

template <Fold F, class T>
constexpr FoldLoops<T> kLoops{rows<F, T>, columns<F, T>};

template <class T>
const FoldLoops<T>* find(Fold fold) {
  switch (fold) {
    case Fold::sum: return &kLoops<Fold::sum, T>;
    case Fold::maximum: return &kLoops<Fold::maximum, T>;
    default: return &kLoops<Fold::minimum, T>;
  }
}
const FoldLoops<float>* find_float(Fold fold) { return find<float>(fold); }
const FoldLoops<double>* find_double(Fold fold) { return find<double>(fold); }

}  // namespace
}  // namespace ricci::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ricci::cpu {

HWY_EXPORT(find_float);
HWY_EXPORT(find_double);

template <>
const FoldLoops<float>& fold_loops<float>(Fold fold) {
  return *HWY_DYNAMIC_DISPATCH(find_float)(fold);
}
template <>
const FoldLoops<double>& fold_loops<double>(Fold fold) {
  return *HWY_DYNAMIC_DISPATCH(find_double)(fold);
}

}  // namespace ricci::cpu
#endif
