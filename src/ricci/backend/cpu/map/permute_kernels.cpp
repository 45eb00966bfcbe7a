// Matrices transposed in registers.
#include "ricci/backend/cpu/simd/targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ricci/backend/cpu/map/permute_kernels.cpp"
// Highway wants this order.
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on

#include <utility>

#include "ricci/backend/cpu/cache_line.h"
#include "ricci/backend/cpu/map/permute.h"
#include "ricci/backend/cpu/simd/transpose-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ricci::cpu::HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

[[maybe_unused]] constexpr std::int64_t kFar = 4096;  // bytes

struct Pair {
  std::uint64_t low, high;
};

template <class T>
void transpose_one_by_one(const Transpose& t, std::int64_t row, std::int64_t rows, std::int64_t column,
                          std::int64_t columns) {
  const T* in = static_cast<const T*>(t.in) + row * t.in_row + column;
  T* out = static_cast<T*>(t.out) + column * t.out_row + row;
  for (std::int64_t j = 0; j < columns; ++j)
    for (std::int64_t i = 0; i < rows; ++i) out[j * t.out_row + i] = in[i * t.in_row + j];
}

#if HWY_TARGET != HWY_SCALAR
/// Rows row .. row + lanes of d - 1, all columns, 16 bytes of each at a time; squares where the rows are so far apart
/// that their lines drive each other out of the caches.
template <bool Streams, class D, class T = hn::TFromD<D>>
void transpose_rows(D d, const Transpose& t, std::int64_t row) {
  constexpr std::int64_t kLanes = static_cast<std::int64_t>(hn::MaxLanes(D()));
  const T* in = static_cast<const T*>(t.in) + row * t.in_row;
  T* out = static_cast<T*>(t.out) + row;
  std::int64_t column = 0;
  const auto from = [&](int i) { return in + i * t.in_row + column; };
  const auto to = [&](int j, hn::Vec<D> v) {
    if constexpr (Streams)
      hn::Stream(v, d, out + (column + j) * t.out_row);
    else
      hn::StoreU(v, d, out + (column + j) * t.out_row);
  };
  if constexpr (kLanes <= 16)
    if (t.in_row * static_cast<std::int64_t>(sizeof(T)) >= kFar)
      for (; column + kLanes <= t.columns; column += kLanes) transpose_square(d, from, to);
  for (; column + kTransposed<T> <= t.columns; column += kTransposed<T>) transpose_tile(d, from, to);
  transpose_one_by_one<T>(t, row, kLanes, column, t.columns - column);
}

template <class T, bool Streams>
void turn(const Transpose& t) {
  const hn::ScalableTag<T> d;
  const hn::Full128<T> block;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d)), least = static_cast<std::int64_t>(hn::Lanes(block));
  // Only whole lines may pass by the cache.
  const auto misfit =
      (reinterpret_cast<std::uintptr_t>(t.out) | static_cast<std::uintptr_t>(t.out_row) * sizeof(T)) % kLineBytes;
  const bool streams = Streams && sizeof(T) * static_cast<std::size_t>(lanes) == kLineBytes && misfit == 0;
  std::int64_t row = 0;
  for (; row + lanes <= t.rows; row += lanes)
    if (streams)
      transpose_rows<true>(d, t, row);
    else
      transpose_rows<false>(d, t, row);
  for (; row + least <= t.rows; row += least) transpose_rows<false>(block, t, row);
  transpose_one_by_one<T>(t, row, t.rows - row, 0, t.columns);
}
#else
template <class T, bool Streams>
void turn(const Transpose& t) {
  transpose_one_by_one<T>(t, 0, t.rows, 0, t.columns);
}
#endif

void transpose_pairs(const Transpose& t) { transpose_one_by_one<Pair>(t, 0, t.rows, 0, t.columns); }

TransposeLoop find(std::size_t size, bool streams) {
  switch (size) {
    case 1: return turn<std::uint8_t, false>;
    case 2: return turn<std::uint16_t, false>;
    case 4: return streams ? turn<std::uint32_t, true> : turn<std::uint32_t, false>;
    case 8: return streams ? turn<std::uint64_t, true> : turn<std::uint64_t, false>;
    default: return transpose_pairs;
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
