// How a packed product is cut: blocks of c, passes over k, and the memory that one block takes.
#pragma once

#include <numeric>

#include "ricci/backend/cpu/cache_line.h"
#include "ricci/backend/cpu/contract/packed/gemm_table.h"
#include "ricci/backend/cpu/scratch.h"
#include "ricci/backend/cpu/tasks.h"
#include "ricci/backend/walk.h"

namespace ricci::cpu {

inline constexpr std::int64_t kMaxSide = 4096;        // rows and columns packed at once
inline constexpr std::int64_t kMaxStagedSide = 1024;  // the same when the sums need memory of their own
inline constexpr std::int64_t kMinSide = 16;          // the same when there is little memory

/// Elements of k per pass: a panel of rows stays in L1 while one of columns streams past it.
template <class K>
inline constexpr std::int64_t kDepth = sizeof(K) == 4 ? 256 : 192;
template <class K>
inline constexpr double kWorkOfOne = is_complex_type<K> ? 4 : 1;

/// Of each of `count` offsets: the index after the last that follows it without a gap, all before `count`.
inline void fill_run_ends(const std::int64_t* offsets, std::int64_t count, std::int32_t* ends) {
  auto end = static_cast<std::int32_t>(count);
  for (std::int64_t i = count; i-- > 0;) {
    if (i + 1 < count && offsets[i + 1] != offsets[i] + 1) end = static_cast<std::int32_t>(i + 1);
    ends[i] = end;
  }
}

inline bool adjacent(const std::int64_t* offsets, std::int64_t count) {
  for (std::int64_t i = 1; i < count; ++i)
    if (offsets[i] != offsets[0] + i) return false;
  return true;
}

/// Sizes that follow from the extents: of a block of c, `most` along each side, and of one pass over k. Only the
/// passes matter to the bits.
template <class K>
struct Sizes {
  std::int64_t m, n, k;  // rows, columns, contracted
  bool staged;           // sums are kept apart from c, which is narrower
  std::int64_t rows, columns, depth;

  /// Lines that repeat every `row_run` or `column_run` lines (see Pack) are cut between repetitions.
  Sizes(const GemmTable<K>& table, std::int64_t m_, std::int64_t n_, std::int64_t k_, std::int64_t row_run,
        std::int64_t column_run, bool narrow, std::int64_t most)
      : m(m_), n(n_), k(k_), staged(narrow) {
    const std::int64_t side = std::min(most, staged ? kMaxStagedSide : kMaxSide);
    rows = piece(m, side, table.rows, row_run);
    columns = piece(n, side, table.columns, column_run);
    depth = even_piece(k, kDepth<K>, 1);
  }
  static std::int64_t piece(std::int64_t extent, std::int64_t side, std::int64_t panel, std::int64_t run) {
    const std::int64_t repeated = run > 1 ? std::lcm(panel, run * kLineOf<K>) : panel;
    return std::min(even_piece(extent, side, repeated <= side ? repeated : panel),
                    std::max(panel, round_up(extent, panel)));
  }
  std::int64_t staged_count() const { return staged ? std::min(rows, m) * std::min(columns, n) : 0; }
  double work() const {
    return static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(k) * kWorkOfOne<K>;
  }
};

/// Memory for one block at a time.
template <class K>
struct Workspace {
  std::int64_t *row_a = nullptr, *row_c = nullptr, *column_b = nullptr, *column_c = nullptr, *step_a = nullptr,
               *step_b = nullptr;
  std::int32_t* run_ends = nullptr;  // see Tile
  real_type<K>*rows = nullptr, *columns = nullptr;

  Workspace() = default;  // nothing yet
  Workspace(Carver& carver, const Sizes<K>& sizes)
      : row_a(carver.take<std::int64_t>(sizes.rows)),
        row_c(carver.take<std::int64_t>(sizes.rows)),
        column_b(carver.take<std::int64_t>(sizes.columns)),
        column_c(carver.take<std::int64_t>(sizes.columns)),
        step_a(carver.take<std::int64_t>(sizes.depth)),
        step_b(carver.take<std::int64_t>(sizes.depth)),
        run_ends(carver.take<std::int32_t>(sizes.columns)),
        rows(carver.take<real_type<K>>(sizes.rows * sizes.depth * kParts<K>)),
        columns(carver.take<real_type<K>>(sizes.columns * sizes.depth * kParts<K>)) {}

  static std::int64_t bytes(const Sizes<K>& sizes) {
    Carver carver;
    const Workspace measured(carver, sizes);
    return carver.used();
  }
};

}  // namespace ricci::cpu
