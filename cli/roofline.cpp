#include "cli/roofline.h"

// Instruction sets as the kernels have them: SVE vectors can't be kept in arrays.
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SSE4 | HWY_AVX3_DL | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cli/roofline.cpp"
// Highway wants this order.
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on

#include <algorithm>
#include <chrono>
#include <cstring>
#include <vector>

#include "ricci/base/parallel.h"

HWY_BEFORE_NAMESPACE();
namespace ricci::cli::HWY_NAMESPACE {
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

}  // namespace ricci::cli::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ricci::cli {
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

double copied_bytes_per_second() {
  const std::size_t bytes = std::size_t{128} << 20, part = bytes / static_cast<std::size_t>(num_threads());
  std::vector<char> from(bytes, 1), to(bytes, 2);
  return best_rate([&](std::int64_t i) {
    const std::size_t first = static_cast<std::size_t>(i) * part;
    std::memcpy(to.data() + first, from.data() + first, part);
    return 2.0 * static_cast<double>(part);
  });
}

}  // namespace

Roofline measure_roofline() { return {best_rate(f32), best_rate(f64), copied_bytes_per_second()}; }

double Roofline::seconds(DType dtype, double multiplications, double bytes) const {
  const DType sum = accumulator_of(dtype);
  const bool wide = sum == DType::f64 || sum == DType::c128;
  const double operations = multiplications * (is_complex(dtype) ? 8 : 2);
  return std::max(operations / (wide ? f64 : f32), bytes / bandwidth);
}

}  // namespace ricci::cli
#endif
