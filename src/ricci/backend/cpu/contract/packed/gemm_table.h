// What the product of two matrices needs from an instruction set: a register tile, and packing into
// the order the tile reads. packed.cpp drives them; one file per element type makes them (tile_*.cpp).
#pragma once

#include <complex>
#include <cstdint>

#include "ricci/algebra/contraction.h"
#include "ricci/base/dtype.h"

namespace ricci::cpu {

/// Real numbers of an element.
template <class K>
inline constexpr std::int64_t kParts = is_complex_type<K> ? 2 : 1;

struct Range {
  std::int64_t first = 0, count = 0;
};

/// One register tile: c[rows, columns] = alpha * sum over k of rows[k, :] columns[k, :] + beta * c, in the
/// table's semiring (where alpha is 1, and beta 0 or 1). One
/// operand's values are broadcast (rows), the other's fill vectors (columns). Complex panels hold the real
/// parts of one k, then its imaginary parts.
template <class K>
struct Tile {
  std::int64_t k = 0;
  const real_type<K>* rows = nullptr;     // [k][row_width]
  const real_type<K>* columns = nullptr;  // [k][column_width]
  int row_width = 0, column_width = 0;    // of the panels: what panel_rows() and panel_columns() gave
  int row_count = 0, column_count = 0;    // of them, those that exist
  K* c = nullptr;
  const std::int64_t* c_rows = nullptr;     // offsets in c
  const std::int64_t* c_columns = nullptr;  // offsets in c
  const std::int32_t* run_ends = nullptr;   // of each column: the one after the last that lies beside it in c
  K alpha = K(1), beta = K(0);
  bool reads = false;  // beta is not 0: c is read
};

/// Lines (rows or columns) of an operand to put into panels: element (line, k) lies at
/// source[lines[line] + steps[k]]. Every panel is `width` wide, the last one `last_width`, filled up
/// with zeros; panel p begins at out + p * width * k.
template <class K>
struct Pack {
  const void* source = nullptr;
  DType dtype = DType::f32;  // K's, or a narrower one that is widened
  bool conjugated = false;
  const std::int64_t* lines = nullptr;
  const std::int64_t* steps = nullptr;
  // How many lines (steps) further on the element beside a line's (step's) in the source comes; 0: nowhere.
  std::int64_t line_run = 0, step_run = 0;
  std::int64_t line_count = 0, k = 0;
  int width = 0, last_width = 0;
  real_type<K>* out = nullptr;
};

template <class K>
struct GemmTable {
  std::int64_t target = 0;                // Highway's name of the instruction set
  int rows = 0, columns = 0;              // of a full tile
  int (*panel_rows)(int rows) = nullptr;  // width of a panel that holds this many
  int (*panel_columns)(int columns) = nullptr;
  void (*tile)(const Tile<K>&) = nullptr;
  void (*pack)(const Pack<K>&) = nullptr;
};

/// The kernels for the machine's instruction set. K is float, double, complex of them, uint32 or uint64;
/// all but the complex ones have max_plus, min_plus and max_product beside sum_product, integers as signed ones.
template <class K>
const GemmTable<K>& gemm_table(Semiring semiring = Semiring::sum_product);

}  // namespace ricci::cpu
