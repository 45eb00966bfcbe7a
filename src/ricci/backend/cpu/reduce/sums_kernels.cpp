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
#include "ricci/backend/cpu/simd/semiring-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ricci::cpu::HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

// In a vector of one, lest the compiler takes a loop of few additions for one of many.
template <Semiring S, class C>
HWY_INLINE C add_one(C x, C y) {
  const hn::CappedTag<C, 1> one;
  return hn::GetLane(VectorRing<S>::add(hn::Set(one, x), hn::Set(one, y)));
}

template <Semiring S, class C, class D>
HWY_INLINE C total(D d, hn::Vec<D> all) {
  if constexpr (!selects(S)) return hn::GetLane(hn::SumOfLanes(d, all));
  HWY_ALIGN C last[HWY_LANES(C)];
  hn::Store(all, d, last);
  for (std::size_t width = hn::Lanes(d) / 2; width > 0; width /= 2)
    for (std::size_t k = 0; k < width; ++k) last[k] = add_one<S>(last[k], last[k + width]);
  return last[0];
}

template <Semiring S, class T>
HWY_INLINE accumulator<T> row(const T* HWY_RESTRICT x, std::int64_t n) {
  using C = accumulator<T>;
  using Ring = VectorRing<S>;
  const hn::ScalableTag<C> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  constexpr int kChains = 4;  // independent ones, to hide the latency of an addition
  if (n < lanes) {
    C sum = element::convert<C>(x[0]);
    for (std::int64_t i = 1; i < n; ++i) sum = add_one<S>(sum, element::convert<C>(x[i]));
    return sum;
  }
  auto all = load(d, x);
  std::int64_t i = lanes;
  if (n >= kChains * lanes) {
    hn::Vec<decltype(d)> sums[kChains];
    for (int c = 0; c < kChains; ++c) sums[c] = load(d, x + c * lanes);
    for (i = kChains * lanes; i + kChains * lanes <= n; i += kChains * lanes)
      for (int c = 0; c < kChains; ++c) sums[c] = Ring::add(sums[c], load(d, x + i + c * lanes));
    all = Ring::add(Ring::add(sums[0], sums[1]), Ring::add(sums[2], sums[3]));
  }
  for (; i + lanes <= n; i += lanes) all = Ring::add(all, load(d, x + i));
  C sum = total<S, C>(d, all);
  for (; i < n; ++i) sum = add_one<S>(sum, element::convert<C>(x[i]));
  return sum;
}

template <Semiring S, class T>
void rows(accumulator<T>* HWY_RESTRICT sums, const Terms<T>& terms) {
  for (std::int64_t r = 0; r < terms.results; ++r) sums[r] = row<S>(terms.x + r * terms.result_step, terms.count);
}

// f(tag, i) for results i .. n - 1 in whole vectors, those left over in ever smaller ones.
template <class D, class Each>
HWY_INLINE void each_vector(D d, std::int64_t i, std::int64_t n, const Each& f) {
  constexpr auto kLanes = static_cast<std::int64_t>(hn::MaxLanes(D()));
  for (; i + kLanes <= n; i += kLanes) f(d, i);
  if constexpr (kLanes > 1)
    if (i < n) each_vector(hn::Half<D>(), i, n, f);
}

template <Semiring S, class T>
void columns(accumulator<T>* HWY_RESTRICT sums, const Terms<T>& terms, bool begins) {
  const auto lanes = static_cast<std::int64_t>(HWY_LANES(accumulator<T>));
  const std::int64_t results = terms.results, count = terms.count, step = terms.step;
  const std::int64_t together = results <= 4 * lanes ? 64 : 4;  // terms that stay in L1 until all have been added
  for (std::int64_t k = 0; k < count; k += together, begins = false) {
    const std::int64_t some = HWY_MIN(together, count - k);
    const T* HWY_RESTRICT x = terms.x + k * step;
    each_vector(hn::ScalableTag<accumulator<T>>(), 0, results, [&](auto d, std::int64_t i) HWY_ATTR {
      auto sum = begins ? load(d, x + i) : hn::LoadU(d, sums + i);
      for (std::int64_t t = begins; t < some; ++t) sum = VectorRing<S>::add(sum, load(d, x + t * step + i));
      hn::StoreU(sum, d, sums + i);
    });
  }
}

template <Semiring S, class C>
void join(C* HWY_RESTRICT sums, const C* HWY_RESTRICT parts, std::int64_t n) {
  each_vector(hn::ScalableTag<C>(), 0, n, [&](auto d, std::int64_t i) HWY_ATTR {
    hn::StoreU(VectorRing<S>::add(hn::LoadU(d, sums + i), hn::LoadU(d, parts + i)), d, sums + i);
  });
}

template <Semiring S, class... T>
constexpr std::tuple<SumLoops<T>...> kLoops{SumLoops<T>{rows<S, T>, columns<S, T>, join<S, accumulator<T>>}...};

const VectorSums* find(Semiring semiring) {
  return in_semiring<float>(
      semiring, []<Semiring S>() -> const VectorSums* { return &kLoops<S, float16, bfloat16, float, double>; });
}

}  // namespace
}  // namespace ricci::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ricci::cpu {

HWY_EXPORT(find);

const VectorSums& vector_sums(Semiring semiring) { return *HWY_DYNAMIC_DISPATCH(find)(semiring); }

}  // namespace ricci::cpu
#endif
