// Dot products, and multiples of rows added up, of adjacent floats and doubles in vectors.
#include "ricci/backend/cpu/targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ricci/backend/cpu/vector_loops.cpp"
// Highway wants this order.
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on

#include "ricci/backend/cpu/gemv.h"

HWY_BEFORE_NAMESPACE();
namespace ricci::cpu::HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

template <class T>
T dot(const T* HWY_RESTRICT x, const T* HWY_RESTRICT y, std::int64_t n) {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  constexpr int kChains = 4;  // independent ones, to hide the latency of a multiply-add
  hn::Vec<decltype(d)> sums[kChains];
  for (int c = 0; c < kChains; ++c) sums[c] = hn::Zero(d);
  std::int64_t i = 0;
  for (; i + kChains * lanes <= n; i += kChains * lanes)
    for (int c = 0; c < kChains; ++c)
      sums[c] = hn::MulAdd(hn::LoadU(d, x + i + c * lanes), hn::LoadU(d, y + i + c * lanes), sums[c]);
  for (; i + lanes <= n; i += lanes) sums[0] = hn::MulAdd(hn::LoadU(d, x + i), hn::LoadU(d, y + i), sums[0]);
  T sum = hn::GetLane(hn::SumOfLanes(d, hn::Add(hn::Add(sums[0], sums[1]), hn::Add(sums[2], sums[3]))));
  for (; i < n; ++i) sum += x[i] * y[i];
  return sum;
}

template <class T>
void add_four(T* HWY_RESTRICT sums, const T* const* x, const T* y, std::int64_t n) {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const T *x0 = x[0], *x1 = x[1], *x2 = x[2], *x3 = x[3];
  const auto y0 = hn::Set(d, y[0]), y1 = hn::Set(d, y[1]), y2 = hn::Set(d, y[2]), y3 = hn::Set(d, y[3]);
  std::int64_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    auto sum = hn::MulAdd(hn::LoadU(d, x0 + i), y0, hn::LoadU(d, sums + i));
    sum = hn::MulAdd(hn::LoadU(d, x1 + i), y1, sum);
    sum = hn::MulAdd(hn::LoadU(d, x2 + i), y2, sum);
    hn::StoreU(hn::MulAdd(hn::LoadU(d, x3 + i), y3, sum), d, sums + i);
  }
  for (; i < n; ++i) sums[i] += x0[i] * y[0] + x1[i] * y[1] + x2[i] * y[2] + x3[i] * y[3];
}

template <class T>
constexpr VectorLoops<T> kVectorLoops{dot<T>, add_four<T>};

const VectorLoops<float>* find_float_loops() { return &kVectorLoops<float>; }
const VectorLoops<double>* find_double_loops() { return &kVectorLoops<double>; }

}  // namespace
}  // namespace ricci::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ricci::cpu {

HWY_EXPORT(find_float_loops);
HWY_EXPORT(find_double_loops);

template <>
const VectorLoops<float>& vector_loops<float>() {
  return *HWY_DYNAMIC_DISPATCH(find_float_loops)();
}
template <>
const VectorLoops<double>& vector_loops<double>() {
  return *HWY_DYNAMIC_DISPATCH(find_double_loops)();
}

}  // namespace ricci::cpu
#endif
