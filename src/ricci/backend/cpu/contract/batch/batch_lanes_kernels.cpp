// The register tiles of products whose vectors run along the batch.
#include "ricci/backend/cpu/simd/targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ricci/backend/cpu/contract/batch/batch_lanes_kernels.cpp"
// Highway wants this order.
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/cache_control.h>
#include <hwy/highway.h>
// clang-format on

#include <algorithm>

#include "ricci/backend/cpu/contract/batch/batch_lanes.h"
#include "ricci/backend/cpu/simd/complex-inl.h"
#include "ricci/backend/cpu/simd/semiring-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ricci::cpu::HWY_NAMESPACE {
namespace {
#if HWY_TARGET != HWY_SCALAR  // whose vectors can't hold a complex number
namespace hn = hwy::HWY_NAMESPACE;

#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_NEON
inline constexpr int kSums = 16;  // of 32 registers
#else
inline constexpr int kSums = 8;  // of 16
#endif

template <class K>
inline constexpr int kLanes = static_cast<int>(HWY_LANES(real_type<K>)) / kParts<K>;
inline constexpr int kMaxRows = 4;
inline constexpr int kAhead = 4;  // vectors: 1 and 8 gained half as much
template <class K>
inline constexpr int kMaxColumns = kSums / (kMaxRows * kParts<K>);

/// One vector of the lanes from `lane` on, for R rows and C columns from (row, column) on.
template <Semiring S, class K, int R, int C>
HWY_INLINE void run_tile(const BatchLanes<K>& s, std::int64_t lane, std::int64_t row, std::int64_t column) {
  using T = real_type<K>;
  const hn::ScalableTag<T> d;
  hn::Vec<decltype(d)> sum[R][C], turned[is_complex_type<K> ? R : 1][C];
#pragma GCC unroll 4
  for (int i = 0; i < R; ++i)
#pragma GCC unroll 4
    for (int j = 0; j < C; ++j) {
      if constexpr (is_complex_type<K>)
        sum[i][j] = turned[i][j] = hn::Zero(d);
      else
        sum[i][j] = hn::Set(d, VectorRing<S>::template zero<T>());
    }
  const auto load = [&](const K* from) HWY_ATTR { return hn::LoadU(d, reinterpret_cast<const T*>(from)); };
  const K *a = s.a + row * s.a_row + lane, *b = s.b + column * s.b_column + lane;
  for (std::int64_t p = 0; p < s.k; ++p, a += s.a_step, b += s.b_step) {
    hn::Vec<decltype(d)> y[C];
#pragma GCC unroll 4
    for (int j = 0; j < C; ++j) y[j] = load(b + j * s.b_column);
#pragma GCC unroll 4
    for (int i = 0; i < R; ++i) {
      const auto x = load(a + i * s.a_row);
#pragma GCC unroll 4
      for (int j = 0; j < C; ++j) {
        if constexpr (is_complex_type<K>) {
          sum[i][j] = hn::MulAdd(hn::DupEven(x), y[j], sum[i][j]);
          turned[i][j] = hn::MulAdd(hn::DupOdd(x), y[j], turned[i][j]);
        } else {
          sum[i][j] = VectorRing<S>::multiply_add_nonzero(x, y[j], sum[i][j]);
        }
      }
    }
  }
  K* c = s.c + row * s.c_row + column * s.c_column + lane;
#pragma GCC unroll 4
  for (int i = 0; i < R; ++i)
#pragma GCC unroll 4
    for (int j = 0; j < C; ++j) {
      if constexpr (is_complex_type<K>) sum[i][j] = Turned(s.conjugates_a, s.conjugates_b, d)(sum[i][j], turned[i][j]);
      hn::StoreU(sum[i][j], d, reinterpret_cast<T*>(c + i * s.c_row + j * s.c_column));
    }
}

/// All columns of R rows.
template <Semiring S, class K, int R>
HWY_NOINLINE void run_rows(const BatchLanes<K>& s, std::int64_t lane, std::int64_t row) {
  constexpr int kMost = kMaxColumns<K>;
  std::int64_t column = 0;
  for (; column + kMost <= s.n; column += kMost) run_tile<S, K, R, kMost>(s, lane, row, column);
  switch (s.n - column) {
    case 1: run_tile<S, K, R, 1>(s, lane, row, column); break;
    case 2:
      if constexpr (kMost > 2) run_tile<S, K, R, 2>(s, lane, row, column);
      break;
    case 3:
      if constexpr (kMost > 3) run_tile<S, K, R, 3>(s, lane, row, column);
      break;
    default: break;
  }
}

/// Asks for the lines of a matrix (of lanes) that come after the next few vectors.
template <class K>
void prefetch(const K* at, std::int64_t rows, std::int64_t row, std::int64_t columns, std::int64_t column) {
  for (std::int64_t i = 0; i < rows; ++i)
    for (std::int64_t j = 0; j < columns; ++j)
      for (int v = 0; v < kAhead; ++v) hwy::Prefetch(at + i * row + j * column + v * kLanes<K>);
}

template <Semiring S, class K>
void run(const BatchLanes<K>& s) {
  constexpr std::int64_t kBlock = kAhead * kLanes<K>;
  for (std::int64_t lane = 0; lane < s.lanes; lane += kLanes<K>) {
    const std::int64_t at = std::min(lane, s.lanes - kLanes<K>), next = lane + kBlock;
    if (s.prefetches && lane % kBlock == 0 && next + kBlock <= s.lanes) {
      prefetch(s.a + next, s.m, s.a_row, s.k, s.a_step);
      prefetch(s.b + next, s.k, s.b_step, s.n, s.b_column);
      prefetch<K>(s.c + next, s.m, s.c_row, s.n, s.c_column);
    }
    std::int64_t row = 0;
    for (; row + kMaxRows <= s.m; row += kMaxRows) run_rows<S, K, kMaxRows>(s, at, row);
    switch (s.m - row) {
      case 1: run_rows<S, K, 1>(s, at, row); break;
      case 2: run_rows<S, K, 2>(s, at, row); break;
      case 3: run_rows<S, K, 3>(s, at, row); break;
      default: break;
    }
  }
}

template <Semiring S, class K>
constexpr BatchLanesKernel<K> kernel_of() {
  if constexpr (is_complex_type<K>)
    return {kLanes<K>, run<Semiring::sum_product, K>};
  else
    return {kLanes<K>, run<S, K>};
}
#else
template <Semiring S, class K>
constexpr BatchLanesKernel<K> kernel_of() {
  return {};
}
#endif
template <Semiring S, class... K>
constexpr std::tuple<BatchLanesKernel<K>...> kKernels{kernel_of<S, K>()...};

const BatchLanesKernels* find(Semiring semiring) {
  return in_semiring<float>(semiring, []<Semiring S>() -> const BatchLanesKernels* {
    return &kKernels<S, float, double, std::complex<float>, std::complex<double>, std::uint32_t, std::uint64_t>;
  });
}

}  // namespace
}  // namespace ricci::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ricci::cpu {

HWY_EXPORT(find);

const BatchLanesKernels& batch_lanes_kernels(Semiring semiring) { return *HWY_DYNAMIC_DISPATCH(find)(semiring); }

}  // namespace ricci::cpu
#endif
