// Softmax of adjacent floats and doubles in vectors. What is left of a row goes through a whole vector too, so that an
// element's bits do not depend on its place.
#include "ricci/backend/cpu/simd/targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ricci/backend/cpu/index/softmax_kernels.cpp"
// Highway wants this order.
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
#include <hwy/contrib/math/math-inl.h>
// clang-format on

#include <cmath>

#include "ricci/backend/cpu/index/softmax.h"
#include "ricci/backend/cpu/simd/extremes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ricci::cpu::HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

constexpr std::int64_t kRun = 4096;  // elements added before sums are added to sums

// Whether masked loads and stores leave the memory of other lanes alone.
constexpr bool kMasksMemory = HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3;

// The last elements of a row, fewer than a vector has, and `fill` after them.
template <class D, class T = hn::TFromD<D>>
HWY_INLINE hn::Vec<D> load_rest(D d, const T* x, std::int64_t n, T fill) {
  if constexpr (kMasksMemory) {
    const auto mask = hn::FirstN(d, static_cast<std::size_t>(n));
    return hn::IfThenElse(mask, hn::MaskedLoad(mask, d, x), hn::Set(d, fill));
  }
  HWY_ALIGN T rest[HWY_LANES(T)];
  hn::Store(hn::Set(d, fill), d, rest);
  for (std::int64_t i = 0; i < n; ++i) rest[i] = x[i];
  return hn::Load(d, rest);
}

template <class D, class T = hn::TFromD<D>>
HWY_INLINE void store_rest(D d, hn::Vec<D> v, T* out, std::int64_t n) {
  if constexpr (kMasksMemory) return hn::BlendedStore(v, hn::FirstN(d, static_cast<std::size_t>(n)), d, out);
  HWY_ALIGN T rest[HWY_LANES(T)];
  hn::Store(v, d, rest);
  for (std::int64_t i = 0; i < n; ++i) out[i] = rest[i];
}

// f(position) for the whole vectors of a row by fours, with four sums, then one by one with the first of them.
template <class D, class V, class F>
HWY_INLINE std::int64_t each_vector(D d, std::int64_t n, V (&sums)[4], F&& f) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  std::int64_t i = 0;
  for (; i + 4 * lanes <= n; i += 4 * lanes) {
    f(sums[0], i);
    f(sums[1], i + lanes);
    f(sums[2], i + 2 * lanes);
    f(sums[3], i + 3 * lanes);
  }
  for (; i + lanes <= n; i += lanes) f(sums[0], i);
  return i;
}

template <class D, class V>
HWY_INLINE hn::TFromD<D> total(D d, const V (&sums)[4]) {
  return hn::GetLane(hn::SumOfLanes(d, hn::Add(hn::Add(sums[0], sums[1]), hn::Add(sums[2], sums[3]))));
}

// The largest element of a row; false where it is a NaN or infinite.
template <class T>
HWY_INLINE bool finite_top(const T* x, std::int64_t n, T& top) {
  const hn::ScalableTag<T> d;
  using V = hn::Vec<decltype(d)>;
  V most[4];
  for (V& each : most) each = hn::Set(d, x[0]);
  const std::int64_t done =
      each_vector(d, n, most, [&](V& m, std::int64_t i) HWY_ATTR { m = maximum(m, hn::LoadU(d, x + i)); });
  if (done < n) most[1] = maximum(most[1], load_rest(d, x + done, n - done, x[0]));
  for (int k = 1; k < 4; ++k) most[0] = maximum(most[0], most[k]);
  top = hn::GetLane(hn::MaxOfLanes(d, most[0]));
  return hn::AllFalse(d, hn::IsNaN(most[0])) && std::isfinite(top);
}

// out = exp(x - top) for n elements; their sum.
template <class T>
HWY_INLINE T exponentials(const T* x, T* out, std::int64_t n, T top) {
  const hn::ScalableTag<T> d;
  using V = hn::Vec<decltype(d)>;
  const V shift = hn::Set(d, top);
  V sums[4];
  for (V& each : sums) each = hn::Zero(d);
  const std::int64_t done = each_vector(d, n, sums, [&](V& sum, std::int64_t i) HWY_ATTR {
    const V e = hn::Exp(d, hn::Sub(hn::LoadU(d, x + i), shift));
    sum = hn::Add(sum, e);
    hn::StoreU(e, d, out + i);
  });
  if (done < n) {
    const V e = hn::Exp(d, hn::Sub(load_rest(d, x + done, n - done, top), shift));
    sums[1] = hn::Add(sums[1], hn::IfThenElseZero(hn::FirstN(d, static_cast<std::size_t>(n - done)), e));
    store_rest(d, e, out + done, n - done);
  }
  return total(d, sums);
}

template <class T>
bool value(const T* x, T* out, std::int64_t n) {
  T top, sum = 0;
  if (!finite_top(x, n, top)) return false;
  for (std::int64_t i = 0; i < n; i += kRun) sum += exponentials(x + i, out + i, HWY_MIN(kRun, n - i), top);
  const hn::ScalableTag<T> d;
  const auto scale = hn::Set(d, 1 / sum);  // a division costs ten products
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  std::int64_t i = 0;
  for (; i + lanes <= n; i += lanes) hn::StoreU(hn::Mul(hn::LoadU(d, out + i), scale), d, out + i);
  if (i < n) store_rest(d, hn::Mul(load_rest(d, out + i, n - i, T(0)), scale), out + i, n - i);
  return true;
}

template <class T>
HWY_INLINE T dot(const T* x, const T* y, std::int64_t n) {
  const hn::ScalableTag<T> d;
  using V = hn::Vec<decltype(d)>;
  V sums[4];
  for (V& each : sums) each = hn::Zero(d);
  const std::int64_t done = each_vector(d, n, sums, [&](V& sum, std::int64_t i) HWY_ATTR {
    sum = hn::MulAdd(hn::LoadU(d, x + i), hn::LoadU(d, y + i), sum);
  });
  if (done < n)
    sums[1] = hn::MulAdd(load_rest(d, x + done, n - done, T(0)), load_rest(d, y + done, n - done, T(0)), sums[1]);
  return total(d, sums);
}

template <class T>
void derivative(const T* y, const T* x, T* out, std::int64_t n) {
  T sum = 0;
  for (std::int64_t i = 0; i < n; i += kRun) sum += dot(y + i, x + i, HWY_MIN(kRun, n - i));
  const hn::ScalableTag<T> d;
  const hn::Vec<decltype(d)> shift = hn::Set(d, sum);
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  std::int64_t i = 0;
  for (; i + lanes <= n; i += lanes)
    hn::StoreU(hn::Mul(hn::LoadU(d, y + i), hn::Sub(hn::LoadU(d, x + i), shift)), d, out + i);
  if (i == n) return;
  const auto rest = hn::Sub(load_rest(d, x + i, n - i, T(0)), shift);
  store_rest(d, hn::Mul(load_rest(d, y + i, n - i, T(0)), rest), out + i, n - i);
}

template <class... T>
constexpr std::tuple<SoftmaxLoops<T>...> kLoops{SoftmaxLoops<T>{value<T>, derivative<T>}...};

const AllSoftmaxLoops* find() { return &kLoops<float, double>; }

}  // namespace
}  // namespace ricci::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ricci::cpu {

HWY_EXPORT(find);

const AllSoftmaxLoops& softmax_loops() { return *HWY_DYNAMIC_DISPATCH(find)(); }

}  // namespace ricci::cpu
#endif
