// The register tiles of products without packing.
#include "ricci/backend/cpu/simd/targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ricci/backend/cpu/contract/unpacked/unpacked_kernels.cpp"
// Highway wants this order.
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/cache_control.h>
#include <hwy/highway.h>
// clang-format on

#include <algorithm>

#include "ricci/backend/cpu/contract/unpacked/unpacked.h"
#include "ricci/backend/cpu/simd/complex-inl.h"
#include "ricci/backend/element.h"

HWY_BEFORE_NAMESPACE();
namespace ricci::cpu::HWY_NAMESPACE {
namespace {
#if HWY_TARGET != HWY_SCALAR  // whose vectors can't hold a complex number
namespace hn = hwy::HWY_NAMESPACE;

#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_NEON
inline constexpr int kSums = 24, kMaxVectors = 4;  // of 32 registers
#else
inline constexpr int kSums = 12, kMaxVectors = 2;  // of 16
#endif

/// Rows of the tallest tile of V vectors: one sum for each row and vector, two for complex elements.
template <class K, int V>
inline constexpr int kMaxRows = std::min(12, kSums / (V * kParts<K>));
template <class K>
inline constexpr int kLanes = static_cast<int>(HWY_LANES(real_type<K>)) / kParts<K>;

/// How the last vector of a tile is filled: whole, or in part where an instruction set can mask loads.
/// Where it can't, the columns left over go one at a time.
enum class Fill { whole, partial };
#if HWY_MEM_OPS_MIGHT_FAULT
template <class K>
using PartialTag = hn::CappedTag<real_type<K>, kParts<K>>;
template <class K>
inline constexpr int kPartialLanes = 1;
#else
template <class K>
using PartialTag = hn::ScalableTag<real_type<K>>;
template <class K>
inline constexpr int kPartialLanes = kLanes<K>;
#endif
template <class K, Fill F>
using TagOf = std::conditional_t<F == Fill::whole, hn::ScalableTag<real_type<K>>, PartialTag<K>>;

/// Loads and stores of a tile's vectors.
template <class K, Fill F>
struct TileMemory {
  using T = real_type<K>;
  using D = TagOf<K, F>;
  using Vector = hn::Vec<D>;
#if HWY_MEM_OPS_MIGHT_FAULT
  explicit TileMemory(std::int64_t) {}
  HWY_INLINE Vector load(const T* from) const { return hn::LoadU(D(), from); }
  HWY_INLINE void store(Vector value, T* to) const { hn::StoreU(value, D(), to); }
#else
  hn::Mask<D> mask;
  explicit TileMemory(std::int64_t columns) : mask(hn::FirstN(D(), static_cast<std::size_t>(columns * kParts<K>))) {}
  HWY_INLINE Vector load(const T* from) const {
    return F == Fill::whole ? hn::LoadU(D(), from) : hn::MaskedLoad(mask, D(), from);
  }
  HWY_INLINE void store(Vector value, T* to) const {
    if (F == Fill::whole)
      hn::StoreU(value, D(), to);
    else
      hn::BlendedStore(value, mask, D(), to);
  }
#endif
};

/// The sums of R rows and V vectors; of complex elements also those that Turned adds.
template <class K, int R, int V, Fill F>
struct Sums {
  using T = real_type<K>;
  using D = TagOf<K, F>;
  using Vector = hn::Vec<D>;
  static constexpr bool kComplex = is_complex_type<K>;
  static constexpr int kWidth = static_cast<int>(HWY_LANES(T));
  Vector sum[R][V], turned[kComplex ? R : 1][V];

  HWY_INLINE Sums() {}  // one of the target's own: g++ 12 gives the implicit one no target on Arm

  HWY_INLINE void run(const UnpackedProduct<K>& s, const K* a, const K* b, const TileMemory<K, F>& memory) {
    const D d;
#pragma GCC unroll 16
    for (int i = 0; i < R; ++i)
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v) {
        sum[i][v] = hn::Zero(d);
        if constexpr (kComplex) turned[i][v] = hn::Zero(d);
      }
    // Three rows from each pointer: the address modes reach the stride's single and double.
    constexpr int kPointers = (R + 2) / 3;
    const T* rows[kPointers];
    for (int g = 0; g < kPointers; ++g) rows[g] = reinterpret_cast<const T*>(a + 3 * g * s.a_row);
    const T* columns = reinterpret_cast<const T*>(b);
    const std::int64_t row = s.a_row * kParts<K>, a_step = s.a_step * kParts<K>, b_step = s.b_step * kParts<K>;
    for (std::int64_t p = 0; p < s.k; ++p) {
      Vector column[V];
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v) column[v] = memory.load(columns + v * kWidth);
      if (s.fetches)  // of the next tile's columns
#pragma GCC unroll 4
        for (int v = 0; v < V; ++v) hwy::Prefetch(columns + (V + v) * kWidth);
#pragma GCC unroll 16
      for (int i = 0; i < R; ++i) {
        const T* at = rows[i / 3] + i % 3 * row;
        const Vector re = hn::Set(d, at[0]);
#pragma GCC unroll 4
        for (int v = 0; v < V; ++v) sum[i][v] = hn::MulAdd(re, column[v], sum[i][v]);
        if constexpr (kComplex) {
          const Vector im = hn::Set(d, at[1]);
#pragma GCC unroll 4
          for (int v = 0; v < V; ++v) turned[i][v] = hn::MulAdd(im, column[v], turned[i][v]);
        }
      }
      const std::int64_t down = s.a_jumps ? s.a_jumps[p] * kParts<K> : a_step;
#pragma GCC unroll 4
      for (int g = 0; g < kPointers; ++g) rows[g] += down;
      columns += s.b_jumps ? s.b_jumps[p] * kParts<K> : b_step;
    }
  }

  HWY_INLINE void finish(const UnpackedProduct<K>& s) {
    if constexpr (kComplex) {
      const Turned<D> turn(s.conjugates_a, s.conjugates_b, D());
#pragma GCC unroll 16
      for (int i = 0; i < R; ++i)
#pragma GCC unroll 4
        for (int v = 0; v < V; ++v) sum[i][v] = turn(sum[i][v], turned[i][v]);
    }
  }

  HWY_INLINE void store(const UnpackedProduct<K>& s, K* c, const TileMemory<K, F>& memory) const {
#pragma GCC unroll 16
    for (int i = 0; i < R; ++i) {
      T* at = reinterpret_cast<T*>(c + i * s.c_row);
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v) memory.store(sum[i][v], at + v * kWidth);
    }
  }

  // c = alpha * sum + beta * c; real elements only.
  HWY_INLINE void store_scaled(const UnpackedProduct<K>& s, K* c, const TileMemory<K, F>& memory) const {
    if constexpr (!kComplex) {
      const D d;
      const Vector alpha = hn::Set(d, s.alpha), beta = hn::Set(d, s.beta);
#pragma GCC unroll 16
      for (int i = 0; i < R; ++i) {
        T* at = c + i * s.c_row;
#pragma GCC unroll 4
        for (int v = 0; v < V; ++v) {
          Vector value = hn::Mul(sum[i][v], alpha);
          if (s.reads) value = hn::Add(value, hn::Mul(beta, memory.load(at + v * kWidth)));
          memory.store(value, at + v * kWidth);
        }
      }
    }
  }
};

/// c = alpha * sum + beta * c of `rows` by `columns` sums, whose rows are `width` apart: columns lie anywhere in c.
template <class K>
HWY_NOINLINE void scatter(const UnpackedProduct<K>& s, const K* sums, int width, int rows, int columns, K* c) {
  const bool plain = s.alpha == K(1) && !s.reads;
  for (int column = 0; column < columns; ++column)
    for (int row = 0; row < rows; ++row) {
      K& to = c[row * s.c_row + column * s.c_column];
      K value = sums[row * width + column];
      if (!plain) value = element::scaled(s.alpha, value);
      if (s.reads) value = element::add(value, element::scaled(s.beta, to));
      to = value;
    }
}

/// The tile at `row` and `column`, at every position of the batch.
template <class K, int R, int V, Fill F>
HWY_NOINLINE void run_tile(const UnpackedProduct<K>& s, std::int64_t row, std::int64_t column) {
  const TileMemory<K, F> memory(s.n - column);
  const K *a = s.a + row * s.a_row, *b = s.b + column;
  K* c = s.c + row * s.c_row + column * s.c_column;
  constexpr int kWidth = V * kLanes<K>;
  const bool plain = s.alpha == K(1) && !s.reads;
  for (std::int64_t position = 0; position < s.batch; ++position) {
    Sums<K, R, V, F> sums;
    sums.run(s, a, b, memory);
    sums.finish(s);
    if (s.c_column != 1) {
      K together[R * kWidth];
      UnpackedProduct<K> staged;
      staged.c_row = kWidth;
      sums.store(staged, together, memory);
      const std::int64_t columns = std::min<std::int64_t>(F == Fill::whole ? kWidth : kPartialLanes<K>, s.n - column);
      scatter(s, together, kWidth, R, static_cast<int>(columns), c);
    } else if (plain)
      sums.store(s, c, memory);
    else
      sums.store_scaled(s, c, memory);
    a += s.a_batch, b += s.b_batch, c += s.c_batch;
  }
}

/// A tile for `rows` rows or fewer, the most that run at once; returns how many.
template <class K, int V, Fill F>
int run_rows(const UnpackedProduct<K>& s, std::int64_t row, std::int64_t rows, std::int64_t column) {
  constexpr int kMost = kMaxRows<K, V>;
  constexpr int kHeights[] = {1, 2, 3, 4, 6, 8, 12};
  // Equal parts rather than a full tile and a low one, whose few sums would wait for each other.
  const std::int64_t parts = (rows + kMost - 1) / kMost, even = (rows + parts - 1) / parts;
  int height = 1;
  for (const int h : kHeights) {
    if (h > kMost || h > rows) break;
    height = h;
    if (h >= even) break;
  }
  switch (height) {
    case 1: run_tile<K, 1, V, F>(s, row, column); break;
    case 2: run_tile<K, 2, V, F>(s, row, column); break;
    case 3: run_tile<K, 3, V, F>(s, row, column); break;
    case 4:
      if constexpr (kMost >= 4) run_tile<K, 4, V, F>(s, row, column);
      break;
    case 6:
      if constexpr (kMost >= 6) run_tile<K, 6, V, F>(s, row, column);
      break;
    case 8:
      if constexpr (kMost >= 8) run_tile<K, 8, V, F>(s, row, column);
      break;
    default:
      if constexpr (kMost >= 12) run_tile<K, 12, V, F>(s, row, column);
  }
  return height;
}

/// Vectors of the widest tile for `columns` columns; 0 when they don't fill one.
template <class K>
int vectors_for(std::int64_t columns) {
  for (int v = kMaxVectors / kParts<K>; v > 0; v /= 2)
    if (columns >= v * kLanes<K>) return v;
  return 0;
}

template <class K>
int run_any(const UnpackedProduct<K>& s, std::int64_t row, std::int64_t rows, std::int64_t column, int vectors) {
  if (vectors == 0) return run_rows<K, 1, Fill::partial>(s, row, rows, column);
  if (vectors == 1) return run_rows<K, 1, Fill::whole>(s, row, rows, column);
  if constexpr (kMaxVectors / kParts<K> >= 4)
    if (vectors == 4) return run_rows<K, 4, Fill::whole>(s, row, rows, column);
  if constexpr (kMaxVectors / kParts<K> >= 2) return run_rows<K, 2, Fill::whole>(s, row, rows, column);
  return 0;
}

template <class K>
std::int64_t width_of(int vectors, std::int64_t columns) {
  return vectors == 0 ? std::min<std::int64_t>(kPartialLanes<K>, columns) : vectors * kLanes<K>;
}

/// All tiles of the rows [first, last): columns in the inner loop.
template <class K>
void run_block(const UnpackedProduct<K>& s, std::int64_t first, std::int64_t last) {
  for (std::int64_t column = 0; column < s.n;) {
    const int vectors = vectors_for<K>(s.n - column);
    for (std::int64_t row = first; row < last;) row += run_any<K>(s, row, last - row, column, vectors);
    column += width_of<K>(vectors, s.n - column);
  }
}

template <class K>
void run_product(const UnpackedProduct<K>& s) {
  if (s.m <= 12 && s.n <= kLanes<K>) return run_block(s, 0, s.m);  // few tiles: the batch is their inner loop
  // Columns that stay in L1, or short sums, where writing c in its order counts for more: by blocks of rows.
  const bool by_rows = s.n * s.k * static_cast<std::int64_t>(sizeof(K)) <= 24576 || s.k <= 32;
  const std::int64_t block = by_rows ? 12 : s.m;
  UnpackedProduct<K> one = s;
  one.batch = 1;
  for (std::int64_t position = 0; position < s.batch; ++position) {
    for (std::int64_t row = 0; row < s.m; row += block) run_block(one, row, std::min(s.m, row + block));
    one.a += s.a_batch, one.b += s.b_batch, one.c += s.c_batch;
  }
}

template <class... K>
constexpr std::tuple<UnpackedKernel<K>...> kKernels{run_product<K>...};
#else
template <class... K>
constexpr std::tuple<UnpackedKernel<K>...> kKernels{};
#endif

const UnpackedKernels* find() { return &kKernels<float, double, std::complex<float>, std::complex<double>>; }

}  // namespace
}  // namespace ricci::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ricci::cpu {

HWY_EXPORT(find);

const UnpackedKernels& unpacked_kernels() { return *HWY_DYNAMIC_DISPATCH(find)(); }

}  // namespace ricci::cpu
#endif
