// Small matrices transposed in registers. Compiled once per instruction set.
#if defined(RICCI_TRANSPOSE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef RICCI_TRANSPOSE_INL_H_
#undef RICCI_TRANSPOSE_INL_H_
#else
#define RICCI_TRANSPOSE_INL_H_
#endif

#include <hwy/highway.h>

#include <cstdint>
#include <type_traits>

HWY_BEFORE_NAMESPACE();
namespace ricci::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

#if HWY_TARGET != HWY_SCALAR
template <class T>
using Wider =
    std::conditional_t<sizeof(T) == 1, std::uint16_t, std::conditional_t<sizeof(T) == 2, std::uint32_t, std::uint64_t>>;

/// Columns of a tile: what fills 16 bytes.
template <class T>
inline constexpr int kTransposed = 16 / sizeof(T);

/// Turns the N x N matrix in each 16-byte block of v: rows are interleaved two by two into elements of
/// twice the size, whose halves are transposed in the same way.
template <class T, int N, class D, class V>
HWY_INLINE void transpose_blocks(D d, V* v) {
  if constexpr (N > 1) {
    V low[N / 2], high[N / 2];
#pragma GCC unroll 16
    for (int i = 0; i < N / 2; ++i) {
      low[i] = hn::InterleaveLower(d, v[2 * i], v[2 * i + 1]);
      high[i] = hn::InterleaveUpper(d, v[2 * i], v[2 * i + 1]);
    }
    const hn::Repartition<Wider<T>, D> wide;
    using W = hn::Vec<decltype(wide)>;
    W first[N / 2], second[N / 2];
#pragma GCC unroll 16
    for (int i = 0; i < N / 2; ++i) first[i] = hn::BitCast(wide, low[i]), second[i] = hn::BitCast(wide, high[i]);
    transpose_blocks<Wider<T>, N / 2>(wide, first);
    transpose_blocks<Wider<T>, N / 2>(wide, second);
#pragma GCC unroll 16
    for (int i = 0; i < N / 2; ++i) v[i] = hn::BitCast(d, first[i]), v[N / 2 + i] = hn::BitCast(d, second[i]);
  }
}

/// A vector of 16-byte blocks: those at from(row), from(row + step), from(row + 2 * step) ...
template <class D, class From>
HWY_INLINE hn::Vec<D> load_blocks(D d, const From& from, int row, int step) {
  if constexpr (sizeof(hn::TFromD<D>) * hn::MaxLanes(D()) <= 16) {
    return hn::LoadU(d, from(row));
  } else {
    const hn::Half<D> half;
    constexpr int kBlocks = sizeof(hn::TFromD<D>) * hn::MaxLanes(D()) / 32;
    return hn::Combine(d, load_blocks(half, from, row + kBlocks * step, step), load_blocks(half, from, row, step));
  }
}

/// 16 bytes of as many rows as fill a vector: from(i) is where those of row i are, and to(j, v) gets column j.
template <class D, class From, class To>
HWY_INLINE void transpose_tile(D d, const From& from, const To& to) {
  using T = hn::TFromD<D>;
  hn::Vec<D> v[kTransposed<T>];
#pragma GCC unroll 16
  for (int i = 0; i < kTransposed<T>; ++i) v[i] = load_blocks(d, from, i, kTransposed<T>);
  transpose_blocks<T, kTransposed<T>>(d, v);
#pragma GCC unroll 16
  for (int j = 0; j < kTransposed<T>; ++j) to(j, v[j]);
}

/// Turns the N x N matrix of 16-byte blocks in v[0], v[step], v[2 * step] ...
template <int N, class D, class V>
HWY_INLINE void turn_matrix_of_blocks(D d, V* v, int step) {
  if constexpr (N == 2) {
    const V first = v[0], second = v[step];
    v[0] = hn::ConcatLowerLower(d, second, first);
    v[step] = hn::ConcatUpperUpper(d, second, first);
  } else if constexpr (N == 4) {
    const V low02 = hn::ConcatLowerLower(d, v[2 * step], v[0]), high02 = hn::ConcatUpperUpper(d, v[2 * step], v[0]);
    const V low13 = hn::ConcatLowerLower(d, v[3 * step], v[step]);
    const V high13 = hn::ConcatUpperUpper(d, v[3 * step], v[step]);
    v[0] = hn::OddEvenBlocks(hn::SwapAdjacentBlocks(low13), low02);
    v[step] = hn::OddEvenBlocks(low13, hn::SwapAdjacentBlocks(low02));
    v[2 * step] = hn::OddEvenBlocks(hn::SwapAdjacentBlocks(high13), high02);
    v[3 * step] = hn::OddEvenBlocks(high13, hn::SwapAdjacentBlocks(high02));
  }
}

/// A vector of as many rows as it has lanes: from(i) is where that of row i is, and to(j, v) gets column j.
template <class D, class From, class To>
HWY_INLINE void transpose_square(D d, const From& from, const To& to) {
  using T = hn::TFromD<D>;
  constexpr int kLanes = static_cast<int>(hn::MaxLanes(D())), kSide = kTransposed<T>, kBlocks = kLanes / kSide;
  hn::Vec<D> v[kLanes];
#pragma GCC unroll 16
  for (int i = 0; i < kLanes; ++i) v[i] = hn::LoadU(d, from(i));
#pragma GCC unroll 4
  for (int group = 0; group < kBlocks; ++group) transpose_blocks<T, kSide>(d, v + group * kSide);
#pragma GCC unroll 4
  for (int j = 0; j < kSide; ++j) turn_matrix_of_blocks<kBlocks>(d, v + j, kSide);
#pragma GCC unroll 16
  for (int j = 0; j < kLanes; ++j) to(j, v[j / kSide * kSide + j % kSide]);
}
#endif

}  // namespace ricci::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
