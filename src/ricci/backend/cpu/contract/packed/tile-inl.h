// The register tiles of one element type, compiled once per instruction set (see gemm_table.h).
#if defined(RICCI_TILE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef RICCI_TILE_INL_H_
#undef RICCI_TILE_INL_H_
#else
#define RICCI_TILE_INL_H_
#endif

#include <hwy/cache_control.h>
#include <hwy/highway.h>

#include "ricci/backend/cpu/contract/packed/gemm_table.h"
#include "ricci/backend/cpu/simd/semiring-inl.h"
#include "ricci/backend/element.h"

HWY_BEFORE_NAMESPACE();
namespace ricci::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Rows and vectors of a full tile: as many as fit the registers beside a row of column vectors and a broadcast.
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_NEON
inline constexpr int kTileRows = 12;
#elif HWY_TARGET == HWY_SCALAR
inline constexpr int kTileRows = 4;
#else
inline constexpr int kTileRows = 6;
#endif
inline constexpr int kAhead = 8;  // steps of the columns that are fetched before they are due

template <class K>
inline constexpr int kTileVectors = is_complex_type<K> ? 1 : 2;

template <class K>
constexpr int lanes_of_vector() {
  return static_cast<int>(HWY_LANES(real_type<K>));
}

/// Sums in registers for `R` rows and `V` vectors.
template <Semiring S, class T, int R, int V>
struct RealSums {
  using D = hn::ScalableTag<T>;
  using Vector = hn::Vec<D>;
  static constexpr int kWidth = V * static_cast<int>(HWY_LANES(T));
  Vector sum[R][V];
  HWY_INLINE RealSums() {}  // one of the target's own: g++ 12 gives the implicit one no target on Arm

  HWY_INLINE void run(std::int64_t k, const T* HWY_RESTRICT rows, const T* HWY_RESTRICT columns) {
    const D d;
#pragma GCC unroll 16
    for (int i = 0; i < R; ++i)
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v) sum[i][v] = hn::Set(d, VectorRing<S>::template zero<T>());
    for (std::int64_t p = 0; p < k; ++p) {
      Vector column[V];
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v) column[v] = hn::LoadU(d, columns + v * static_cast<int>(HWY_LANES(T)));
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v) hwy::Prefetch(columns + (v + kAhead * V) * static_cast<int>(HWY_LANES(T)));
      if constexpr (VectorRing<S>::template kLooksForZero<T>)
        add_nonzero(rows, column);
      else
        add_all(rows, column);
      rows += R;
      columns += kWidth;
    }
  }

  HWY_INLINE void add_all(const T* HWY_RESTRICT rows, const Vector* column) {
#pragma GCC unroll 16
    for (int i = 0; i < R; ++i) {
      const Vector row = hn::Set(D(), rows[i]);
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v) sum[i][v] = VectorRing<S>::multiply_add(row, column[v], sum[i][v]);
    }
  }
  // What the semiring's zero is multiplied with adds nothing.
  HWY_INLINE void add_nonzero(const T* HWY_RESTRICT rows, const Vector* column) {
    const T zero = VectorRing<S>::template zero<T>();
    hn::Mask<D> absorbs[V];
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) absorbs[v] = hn::Eq(column[v], hn::Set(D(), zero));
#pragma GCC unroll 16
    for (int i = 0; i < R; ++i) {
      if (rows[i] == zero) continue;
      const Vector row = hn::Set(D(), rows[i]);
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v)
        sum[i][v] = hn::IfThenElse(absorbs[v], sum[i][v], VectorRing<S>::multiply_add(row, column[v], sum[i][v]));
    }
  }

  // alpha * value + beta * old(), which is read only where the result `reads` it.
  template <class Old>
  static HWY_INLINE Vector finished(Vector value, T alpha, T beta, bool reads, const Old& old) {
    const D d;
    if constexpr (is_linear(S)) {
      value = hn::Mul(value, hn::Set(d, alpha));
      return reads ? hn::Add(value, hn::Mul(hn::Set(d, beta), old())) : value;
    } else {
      return reads ? VectorRing<S>::add(old(), value) : value;
    }
  }

  // c = alpha * sums + beta * c for row i, whose columns are adjacent in c.
  HWY_INLINE void store(int i, T* c, T alpha, T beta, bool reads) const {
    const D d;
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) {
      T* at = c + v * static_cast<int>(HWY_LANES(T));
      hn::StoreU(finished(sum[i][v], alpha, beta, reads, [&] { return hn::LoadU(d, at); }), d, at);
    }
  }

#if HWY_TARGET == HWY_AVX3
  // The same for columns first .. end - 1 of all `rows` rows; column 0 would be at c.
  HWY_INLINE void store_run(int first, int end, T* c, const Tile<T>& tile) const {
    const D d;
    constexpr int kLanes = static_cast<int>(HWY_LANES(T));
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) {
      const int low = std::max(first - v * kLanes, 0), high = std::min(end - v * kLanes, kLanes);
      if (low >= high) continue;
      const auto mask =
          hn::AndNot(hn::FirstN(d, static_cast<std::size_t>(low)), hn::FirstN(d, static_cast<std::size_t>(high)));
#pragma GCC unroll 16
      for (int i = 0; i < R; ++i)
        if (i < tile.row_count) {
          T* at = c + tile.c_rows[i] + v * kLanes;
          const auto old = [&] { return hn::MaskedLoad(mask, d, at); };
          hn::BlendedStore(finished(sum[i][v], tile.alpha, tile.beta, tile.reads, old), mask, d, at);
        }
    }
  }
#endif
};

template <class K, int R, int V>
struct ComplexSums {
  using T = real_type<K>;
  using D = hn::ScalableTag<T>;
  using Vector = hn::Vec<D>;
  static constexpr int kLanes = static_cast<int>(HWY_LANES(T));
  static constexpr int kWidth = V * kLanes;
  Vector re[R][V], im[R][V];
  HWY_INLINE ComplexSums() {}  // one of the target's own: g++ 12 gives the implicit one no target on Arm

  HWY_INLINE void run(std::int64_t k, const T* HWY_RESTRICT rows, const T* HWY_RESTRICT columns) {
    const D d;
#pragma GCC unroll 16
    for (int i = 0; i < R; ++i)
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v) re[i][v] = im[i][v] = hn::Zero(d);
    for (std::int64_t p = 0; p < k; ++p) {
      Vector column_re[V], column_im[V];
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v) {
        column_re[v] = hn::LoadU(d, columns + v * kLanes);
        column_im[v] = hn::LoadU(d, columns + kWidth + v * kLanes);
      }
#pragma GCC unroll 16
      for (int i = 0; i < R; ++i) {
        const Vector row_re = hn::Set(d, rows[i]), row_im = hn::Set(d, rows[R + i]);
#pragma GCC unroll 4
        for (int v = 0; v < V; ++v) {
          re[i][v] = hn::MulAdd(row_re, column_re[v], re[i][v]);
          im[i][v] = hn::MulAdd(row_re, column_im[v], im[i][v]);
          re[i][v] = hn::NegMulAdd(row_im, column_im[v], re[i][v]);
          im[i][v] = hn::MulAdd(row_im, column_re[v], im[i][v]);
        }
      }
      rows += 2 * R;
      columns += 2 * kWidth;
    }
  }

  // element::scaled() of many.
  static HWY_INLINE void scale(K factor, Vector& x, Vector& y) {
    const D d;
    const Vector re = hn::Set(d, factor.real()), im = hn::Set(d, factor.imag()), old = x;
    if (factor.imag() == 0) {
      x = hn::Mul(re, x), y = hn::Mul(re, y);
    } else {
      x = hn::Sub(hn::Mul(re, x), hn::Mul(im, y)), y = hn::Add(hn::Mul(re, y), hn::Mul(im, old));
    }
  }

  HWY_INLINE void store(int i, K* c, K alpha, K beta, bool reads) const {
    const D d;
    T* at = reinterpret_cast<T*>(c);
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v, at += 2 * kLanes) {
      Vector x = re[i][v], y = im[i][v];
      if (alpha != K(1)) scale(alpha, x, y);
      if (reads) {
        Vector old_re, old_im;
        hn::LoadInterleaved2(d, at, old_re, old_im);
        scale(beta, old_re, old_im);
        x = hn::Add(x, old_re);
        y = hn::Add(y, old_im);
      }
      hn::StoreInterleaved2(x, y, d, at);
    }
  }
};

template <Semiring S, class K, int R, int V>
HWY_NOINLINE void run_tile(const Tile<K>& tile) {
  std::conditional_t<is_complex_type<K>, ComplexSums<K, R, V>, RealSums<S, real_type<K>, R, V>> sums;
  const bool whole = tile.run_ends[0] == sums.kWidth;
  if (whole)  // prefetched while the sums are made
    for (int i = 0; i < tile.row_count; ++i)
      for (int byte = 0; byte < static_cast<int>(sums.kWidth * sizeof(K)); byte += 64)
        hwy::Prefetch(reinterpret_cast<const std::byte*>(tile.c + tile.c_rows[i] + tile.c_columns[0]) + byte);
  sums.run(tile.k, tile.rows, tile.columns);
  if (whole) {
    K* first = tile.c + tile.c_columns[0];
#pragma GCC unroll 16
    for (int i = 0; i < R; ++i)
      if (i < tile.row_count) sums.store(i, first + tile.c_rows[i], tile.alpha, tile.beta, tile.reads);
    return;
  }
#if HWY_TARGET == HWY_AVX3
  if constexpr (!is_complex_type<K>) {
    for (int j = 0; j < tile.column_count; j = tile.run_ends[j])
      sums.store_run(j, tile.run_ends[j], tile.c + tile.c_columns[j] - j, tile);
    return;
  }
#endif
  K staged[R * sums.kWidth];
#pragma GCC unroll 16
  for (int i = 0; i < R; ++i) sums.store(i, staged + i * sums.kWidth, tile.alpha, K(0), false);
  for (int i = 0; i < tile.row_count; ++i)
    for (int j = 0; j < tile.column_count; ++j) {
      K& c = tile.c[tile.c_rows[i] + tile.c_columns[j]];
      const K value = staged[i * sums.kWidth + j];
      if constexpr (is_linear(S))
        c = tile.reads ? element::add(value, element::scaled(tile.beta, c)) : value;
      else
        c = tile.reads ? VectorRing<S>::add_one(c, value) : value;
    }
}

// Edges of sum_product run in the narrowest of a few tiles that holds them; other semirings have one.
template <Semiring S>
constexpr int panel_rows(int rows) {
  if (is_linear(S))
    for (const int width : {1, 2, 4, 6, 8})
      if (rows <= width && width < kTileRows) return width;
  return kTileRows;
}

template <Semiring S, class K>
constexpr int panel_columns(int columns) {
  const bool one = is_linear(S) && columns <= lanes_of_vector<K>();
  return one ? lanes_of_vector<K>() : kTileVectors<K> * lanes_of_vector<K>();
}

template <class K, int V>
void tile_of_rows(const Tile<K>& tile) {
  constexpr Semiring kSum = Semiring::sum_product;
  if (tile.row_width == kTileRows) return run_tile<kSum, K, kTileRows, V>(tile);
  switch (tile.row_width) {
    case 1: return run_tile<kSum, K, 1, V>(tile);
    case 2: return run_tile<kSum, K, 2, V>(tile);
#if HWY_TARGET != HWY_SCALAR
    case 4: return run_tile<kSum, K, 4, V>(tile);
#endif
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_NEON
    case 6: return run_tile<kSum, K, 6, V>(tile);
    case 8: return run_tile<kSum, K, 8, V>(tile);
#endif
    default: return;  // no width that panel_rows gives
  }
}

template <Semiring S, class K>
void run_any_tile(const Tile<K>& tile) {
  if constexpr (!is_linear(S))
    run_tile<S, K, kTileRows, kTileVectors<K>>(tile);
  else if (tile.column_width == lanes_of_vector<K>())
    tile_of_rows<K, 1>(tile);
  else
    tile_of_rows<K, kTileVectors<K>>(tile);
}

}  // namespace ricci::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
