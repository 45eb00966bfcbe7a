// Matrices turned through registers.
#include "ricci/backend/cpu/targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ricci/backend/cpu/permute_kernels.cpp"
// Highway wants this order.
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/cache_control.h>
#include <hwy/highway.h>
// clang-format on

#include <utility>

#include "ricci/backend/cpu/permute.h"

HWY_BEFORE_NAMESPACE();
namespace ricci::cpu::HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

struct Pair {
  std::uint64_t low, high;
};

template <class T>
void turn_one_by_one(const Transpose& t, std::int64_t row, std::int64_t rows, std::int64_t column,
                     std::int64_t columns) {
  const T* in = static_cast<const T*>(t.in) + row * t.in_row + column;
  T* out = static_cast<T*>(t.out) + column * t.out_row + row;
  for (std::int64_t j = 0; j < columns; ++j)
    for (std::int64_t i = 0; i < rows; ++i) out[j * t.out_row + i] = in[i * t.in_row + j];
}

#if HWY_TARGET != HWY_SCALAR
template <class T>
using Wider =
    std::conditional_t<sizeof(T) == 1, std::uint16_t, std::conditional_t<sizeof(T) == 2, std::uint32_t, std::uint64_t>>;

/// Turns the N x N matrix in each 16-byte block of v: rows are interleaved two by two into elements of
/// twice the size, whose halves are turned in the same way.
template <class T, int N, class D, class V>
HWY_INLINE void turn_blocks(D d, V* v) {
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
    turn_blocks<Wider<T>, N / 2>(wide, first);
    turn_blocks<Wider<T>, N / 2>(wide, second);
#pragma GCC unroll 16
    for (int i = 0; i < N / 2; ++i) v[i] = hn::BitCast(d, first[i]), v[N / 2 + i] = hn::BitCast(d, second[i]);
  }
}

/// A vector whose 16-byte blocks are at from, from + step, from + 2 * step ...
template <class D, class T = hn::TFromD<D>>
HWY_INLINE hn::Vec<D> load_blocks(D d, const T* from, std::int64_t step) {
  if constexpr (sizeof(T) * hn::MaxLanes(D()) <= 16) {
    return hn::LoadU(d, from);
  } else {
    const hn::Half<D> half;
    constexpr std::int64_t kBlocks = sizeof(T) * hn::MaxLanes(D()) / 32;
    return hn::Combine(d, load_blocks(half, from + kBlocks * step, step), load_blocks(half, from, step));
  }
}

/// 16 bytes of as many rows as fill a vector: element (i, j) of `in` to (j, i) of `out`.
template <bool Streams, class D, class T = hn::TFromD<D>>
HWY_INLINE void turn_tile(D d, const T* in, std::int64_t in_row, T* out, std::int64_t out_row) {
  constexpr int kSide = 16 / sizeof(T);
  hn::Vec<D> v[kSide];
#pragma GCC unroll 16
  for (int i = 0; i < kSide; ++i) v[i] = load_blocks(d, in + i * in_row, kSide * in_row);
  turn_blocks<T, kSide>(d, v);
#pragma GCC unroll 16
  for (int j = 0; j < kSide; ++j)
    if constexpr (Streams)
      hn::Stream(v[j], d, out + j * out_row);
    else
      hn::StoreU(v[j], d, out + j * out_row);
}

/// Rows row .. row + lanes of d - 1, all columns.
template <bool Streams, class D, class T = hn::TFromD<D>>
void turn_rows(D d, const Transpose& t, std::int64_t row) {
  constexpr std::int64_t kSide = 16 / sizeof(T);
  const T* in = static_cast<const T*>(t.in) + row * t.in_row;
  T* out = static_cast<T*>(t.out) + row;
  std::int64_t column = 0;
  for (; column + kSide <= t.columns; column += kSide)
    turn_tile<Streams>(d, in + column, t.in_row, out + column * t.out_row, t.out_row);
  turn_one_by_one<T>(t, row, static_cast<std::int64_t>(hn::Lanes(d)), column, t.columns - column);
}

template <class T, bool Streams>
void turn(const Transpose& t) {
  const hn::ScalableTag<T> d;
  const hn::Full128<T> block;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d)), least = static_cast<std::int64_t>(hn::Lanes(block));
  // Only whole lines may pass by the cache.
  const auto misfit =
      (reinterpret_cast<std::uintptr_t>(t.out) | static_cast<std::uintptr_t>(t.out_row) * sizeof(T)) % 64;
  const bool streams = Streams && sizeof(T) * static_cast<std::size_t>(lanes) == 64 && misfit == 0;
  std::int64_t row = 0;
  for (; row + lanes <= t.rows; row += lanes)
    if (streams)
      turn_rows<true>(d, t, row);
    else
      turn_rows<false>(d, t, row);
  for (; row + least <= t.rows; row += least) turn_rows<false>(block, t, row);
  turn_one_by_one<T>(t, row, t.rows - row, 0, t.columns);
  if (streams) hwy::FlushStream();
}
#else
template <class T, bool Streams>
void turn(const Transpose& t) {
  turn_one_by_one<T>(t, 0, t.rows, 0, t.columns);
}
#endif

void turn_pairs(const Transpose& t) { turn_one_by_one<Pair>(t, 0, t.rows, 0, t.columns); }

TransposeLoop find(std::size_t size, bool streams) {
  switch (size) {
    case 1: return turn<std::uint8_t, false>;
    case 2: return turn<std::uint16_t, false>;
    case 4: return streams ? turn<std::uint32_t, true> : turn<std::uint32_t, false>;
    case 8: return streams ? turn<std::uint64_t, true> : turn<std::uint64_t, false>;
    default: return turn_pairs;
  }
}

}  // namespace
}  // namespace ricci::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ricci::cpu {

HWY_EXPORT(find);

TransposeLoop transpose_loop(std::size_t size, bool streams) { return HWY_DYNAMIC_DISPATCH(find)(size, streams); }

}  // namespace ricci::cpu
#endif
