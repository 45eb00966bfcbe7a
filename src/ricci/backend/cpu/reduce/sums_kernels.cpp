// Sums and extremes of adjacent floating-point elements in vectors.
#include "ricci/backend/cpu/simd/targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ricci/backend/cpu/reduce/sums_kernels.cpp"
// Highway wants this order.
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on

#include "ricci/backend/cpu/reduce/sums.h"
#include "ricci/backend/cpu/simd/load_store-inl.h"
#include "ricci/backend/element.h"

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
HWY_INLINE accumulator<T> row(const T* HWY_RESTRICT x, std::int64_t n) {
  using C = accumulator<T>;
  const hn::ScalableTag<C> d;
  const hn::CappedTag<C, 1> one;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  constexpr int kChains = 4;  // independent ones, to hide the latency of an addition
  const auto fold = [&](C a, C b) HWY_ATTR { return hn::GetLane(combine<F>(hn::Set(one, a), hn::Set(one, b))); };
  const auto at = [&](std::int64_t i) HWY_ATTR { return element::convert<C>(x[i]); };
  if (n < lanes) {
    C sum = at(0);
    for (std::int64_t i = 1; i < n; ++i) sum = fold(sum, at(i));
    return sum;
  }
  HWY_ALIGN C last[HWY_LANES(C)];
  auto all = load(d, x);
  std::int64_t i = lanes;
  if (n >= kChains * lanes) {
    hn::Vec<decltype(d)> sums[kChains];
    for (int c = 0; c < kChains; ++c) sums[c] = load(d, x + c * lanes);
    for (i = kChains * lanes; i + kChains * lanes <= n; i += kChains * lanes)
      for (int c = 0; c < kChains; ++c) sums[c] = combine<F>(sums[c], load(d, x + i + c * lanes));
    all = combine<F>(combine<F>(sums[0], sums[1]), combine<F>(sums[2], sums[3]));
  }
  for (; i + lanes <= n; i += lanes) all = combine<F>(all, load(d, x + i));
  if constexpr (F == Fold::sum) {
    C sum = hn::GetLane(hn::SumOfLanes(d, all));
    for (; i < n; ++i) sum += at(i);
    return sum;
  }
  hn::Store(all, d, last);
  for (std::int64_t width = lanes / 2; width > 0; width /= 2)
    for (std::int64_t k = 0; k < width; ++k) last[k] = fold(last[k], last[k + width]);
  for (; i < n; ++i) last[0] = fold(last[0], at(i));
  return last[0];
}

template <Fold F, class T>
void rows(accumulator<T>* HWY_RESTRICT sums, const T* HWY_RESTRICT x, std::int64_t count, std::int64_t stride,
          std::int64_t n) {
  for (std::int64_t r = 0; r < count; ++r) sums[r] = row<F>(x + r * stride, n);
}

// f(tag, i) for all n results, in whole vectors and then one by one.
template <class C, class Each>
HWY_INLINE void each_vector(std::int64_t n, Each&& f) {
  const hn::ScalableTag<C> d;
  const hn::CappedTag<C, 1> one;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  std::int64_t i = 0;
  for (; i + lanes <= n; i += lanes) f(d, i);
  for (; i < n; ++i) f(one, i);
}

template <class T>
void begin(accumulator<T>* HWY_RESTRICT sums, const T* HWY_RESTRICT x, std::int64_t n) {
  each_vector<accumulator<T>>(n, [&](auto d, std::int64_t i) HWY_ATTR { hn::StoreU(load(d, x + i), d, sums + i); });
}

template <Fold F, class T>
void columns(accumulator<T>* HWY_RESTRICT sums, const T* HWY_RESTRICT x, std::int64_t count, std::int64_t stride,
             std::int64_t n) {
  const auto lanes = static_cast<std::int64_t>(HWY_LANES(accumulator<T>));
  const std::int64_t together = n <= 4 * lanes ? 64 : 4;  // rows that stay in L1 until all results have read them
  for (std::int64_t r = 0; r < count; r += together) {
    const std::int64_t some = HWY_MIN(together, count - r);
    each_vector<accumulator<T>>(n, [&](auto d, std::int64_t i) HWY_ATTR {
      auto sum = hn::LoadU(d, sums + i);
      for (std::int64_t k = 0; k < some; ++k) sum = combine<F>(sum, load(d, x + (r + k) * stride + i));
      hn::StoreU(sum, d, sums + i);
    });
  }
}

template <Fold F, class T>
constexpr FoldLoops<T> kLoops{rows<F, T>, begin<T>, columns<F, T>};

template <class T>
const FoldLoops<T>* find(Fold fold) {
  switch (fold) {
    case Fold::sum: return &kLoops<Fold::sum, T>;
    case Fold::maximum: return &kLoops<Fold::maximum, T>;
    default: return &kLoops<Fold::minimum, T>;
  }
}
const FoldLoops<float16>* find_f16(Fold fold) { return find<float16>(fold); }
const FoldLoops<bfloat16>* find_bf16(Fold fold) { return find<bfloat16>(fold); }
const FoldLoops<float>* find_f32(Fold fold) { return find<float>(fold); }
const FoldLoops<double>* find_f64(Fold fold) { return find<double>(fold); }

}  // namespace
}  // namespace ricci::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ricci::cpu {

#define RICCI_FOLD_LOOPS(T, find)                \
  HWY_EXPORT(find);                              \
  template <>                                    \
  const FoldLoops<T>& fold_loops<T>(Fold fold) { \
    return *HWY_DYNAMIC_DISPATCH(find)(fold);    \
  }
RICCI_FOLD_LOOPS(float16, find_f16)
RICCI_FOLD_LOOPS(bfloat16, find_bf16)
RICCI_FOLD_LOOPS(float, find_f32)
RICCI_FOLD_LOOPS(double, find_f64)
#undef RICCI_FOLD_LOOPS

}  // namespace ricci::cpu
#endif
