// log_sum_exp as a packed product: with A the maximum of a row and B that of a column,
// log sum_k exp(a_k + b_k) = A + B + log sum_k exp(a_k - A) exp(b_k - B). Where the sum is so small that
// terms may have vanished, and at infinities and NaN, the definition is used instead.
#pragma once

#include <limits>

#include "ricci/backend/cpu/axes.h"
#include "ricci/backend/cpu/contract/packed/product.h"
#include "ricci/backend/cpu/reduce/reduce.h"
#include "ricci/backend/reference/reference.h"
#include "ricci/backend/walk.h"

namespace ricci::cpu {

/// The largest element of each row and column over the contracted axes: where they start for one batch position
/// and block. Null in other semirings.
template <class K>
struct Maxima {
  const K *rows = nullptr, *columns = nullptr;

  Maxima at(std::int64_t row, std::int64_t column) const {
    return rows ? Maxima{rows + row, columns + column} : Maxima{};
  }
};

/// out[batch, line] = the largest of a source's elements there; `side` names its strides.
template <class K>
void fill_maxima(const Axes& batch, const Axes& lines, const Axes& contracted, std::int64_t Axis::*side,
                 const Source& source, K* out) {
  ReduceStep step;
  for (const Axes* axes : {&batch, &lines})
    for (const Axis& axis : *axes) step.loops.left.push_back({axis.extent, axis.*side, 0, 0});
  std::int64_t stride = 1;
  for (std::size_t i = step.loops.left.size(); i-- > 0; stride *= step.loops.left[i].extent)
    step.loops.left[i].c = stride;
  for (const Axis& axis : contracted) step.loops.contracted.push_back({axis.extent, axis.*side, 0, 0});
  fold(step.loops.left);
  fold(step.loops.contracted);
  step.a = source;
  step.c = {out, dtype_of<K>()};
  step.semiring = Semiring::max_plus;
  reduce(step, false);
}

/// By the naive loop: the elements of one row and column start at `at`.
template <class K>
K log_sum_exp_at(const Product<K>& product, Offsets at) {
  const Source &row = product.row_source, &column = product.column_source;
  K value = 0;
  ContractStep one;
  one.loops.contracted = product.contracted;
  one.a = {moved(row.data, row.dtype, at.a), row.dtype};
  one.b = {moved(column.data, column.dtype, at.b), column.dtype};
  one.c = {&value, dtype_of<K>()};
  one.semiring = Semiring::log_sum_exp;
  reference::contract(one);
  return value;
}

/// The least sum of k products whose vanished terms, each below the least normal number, are beneath its rounding.
template <class K>
K least_sum(std::int64_t k) {
  return static_cast<K>(k) * (std::numeric_limits<K>::min() / std::numeric_limits<K>::epsilon());
}

}  // namespace ricci::cpu
