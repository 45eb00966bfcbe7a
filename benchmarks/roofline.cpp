// The machine's limits on one thread or, with OMP_NUM_THREADS or the processors allowed, several: multiply-adds in
// registers, and a copy of more than the caches hold. Prints one line of JSON; benchmarks/run.py reads it.
#include "ricci/backend/cpu/targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "roofline.cpp"
// Highway wants this order.
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <vector>

#include "ricci/base/parallel.h"

HWY_BEFORE_NAMESPACE();
namespace ricci::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// Sums that don't wait for each other; gives the number of operations.
template <class T>
double multiply_adds(T* result) {
  constexpr int kChains = 12, kRounds = 2000000;
  const hn::ScalableTag<T> d;
  hn::Vec<decltype(d)> sum[kChains];
  const auto x = hn::Set(d, result[0]), y = hn::Set(d, result[1]);
#pragma GCC unroll 12
  for (int i = 0; i < kChains; ++i) sum[i] = hn::Set(d, T(i));
  for (int round = 0; round < kRounds; ++round)
#pragma GCC unroll 12
    for (int i = 0; i < kChains; ++i) sum[i] = hn::MulAdd(sum[i], x, y);
  for (int i = 1; i < kChains; ++i) sum[0] = hn::Add(sum[0], sum[i]);
  result[0] = hn::GetLane(sum[0]);
  return 2.0 * kChains * kRounds * static_cast<double>(hn::Lanes(d));
}
double multiply_adds_f32(float* result) { return multiply_adds(result); }
double multiply_adds_f64(double* result) { return multiply_adds(result); }

}  // namespace ricci::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ricci {
namespace {

HWY_EXPORT(multiply_adds_f32);
HWY_EXPORT(multiply_adds_f64);

/// The highest of a few samples of work(thread) / time on all threads.
template <class F>
double best_rate(F&& work) {
  const int threads = num_threads();
  double best = 0;
  for (int sample = 0; sample < 9; ++sample) {
    std::vector<double> done(static_cast<std::size_t>(threads));
    const auto start = std::chrono::steady_clock::now();
    parallel_for(threads, [&](std::int64_t i) { done[static_cast<std::size_t>(i)] = work(i); });
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
    double sum = 0;
    for (const double d : done) sum += d;
    best = std::max(best, sum / time.count());
  }
  return best;
}

double f32(std::int64_t) {
  float x[2] = {0.5f, 0.25f};
  return HWY_DYNAMIC_DISPATCH(multiply_adds_f32)(x);
}
double f64(std::int64_t) {
  double x[2] = {0.5, 0.25};
  return HWY_DYNAMIC_DISPATCH(multiply_adds_f64)(x);
}

}  // namespace
}  // namespace ricci

int main() {
  using namespace ricci;
  const std::size_t bytes = std::size_t{128} << 20, part = bytes / static_cast<std::size_t>(num_threads());
  std::vector<char> from(bytes, 1), to(bytes, 2);
  const double copied = best_rate([&](std::int64_t i) {
    std::memcpy(to.data() + static_cast<std::size_t>(i) * part, from.data() + static_cast<std::size_t>(i) * part, part);
    return 2.0 * static_cast<double>(part);
  });
  std::printf("{\"peak\": {\"float32\": %.4g, \"float64\": %.4g}, \"bandwidth\": %.4g}\n", best_rate(f32),
              best_rate(f64), copied);
}
#endif
