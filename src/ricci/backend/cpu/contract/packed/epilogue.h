// How the sums of a packed product end in a result of another dtype than theirs.
#pragma once

#include "ricci/backend/cpu/contract/packed/blocking.h"
#include "ricci/backend/cpu/contract/packed/log_sum_exp.h"
#include "ricci/backend/cpu/contract/packed/narrow_integers.h"
#include "ricci/backend/cpu/contract/packed/product.h"
#include "ricci/backend/cpu/map/elementwise.h"
#include "ricci/backend/element.h"

namespace ricci::cpu {

/// c = alpha * sums + beta * c in the product's semiring, rounded to c's dtype once.
template <class K>
struct StagedEpilogue {
  const Product<K>& product;
  Maxima<K> maxima;    // of log_sum_exp, for these rows and columns
  std::int64_t k = 0;  // terms of a sum

  /// Whether sums in K are for results of dtype To.
  template <class To>
  static constexpr bool fits() {
    if constexpr (std::is_same_v<K, std::uint64_t>)
      return std::is_same_v<To, std::int64_t>;
    else if constexpr (std::is_same_v<K, std::uint32_t>)
      return std::is_integral_v<To> && sizeof(To) <= 4;
    else
      return std::is_same_v<accumulator<To>, K>;
  }

  /// `sums` are [rows][columns], and are used up; where in c they go, and whence they came, is in `work`, from
  /// `base` on.
  void run(Offsets base, const Workspace<K>& work, std::int64_t rows, std::int64_t columns, K* sums) const {
    if constexpr (std::is_floating_point_v<K>)
      if (maxima.rows)
        for (std::int64_t i = 0; i < rows; ++i) take_logarithms(base, work, i, columns, sums + i * columns);
    visit_dtype(product.c.dtype, [&]<class To>(Tag<To>) {
      if constexpr (fits<To>()) {
        To* c = static_cast<To*>(product.c.data) + base.c;
        const bool plain = is_half_type<To> && !product.reads && product.alpha == K(1) && columns > 1;
        if (plain && adjacent(work.column_c, columns)) return convert_rows(c, work, rows, columns, sums);
        for (std::int64_t i = 0; i < rows; ++i)
          for (std::int64_t j = 0; j < columns; ++j) finish(c[work.row_c[i] + work.column_c[j]], sums[i * columns + j]);
      }
    });
  }

 private:
  // The sums of one row under their maxima, by way of logarithms in vectors where none is too small.
  void take_logarithms(Offsets base, const Workspace<K>& work, std::int64_t i, std::int64_t columns, K* sums) const {
    const K least = least_sum<K>(k), row = maxima.rows[i];
    bool all = std::isfinite(row);
    for (std::int64_t j = 0; j < columns; ++j) all &= sums[j] >= least && std::isfinite(maxima.columns[j]);
    if (all) {
      if (const RowLoop loop = vector_row(Map::log, dtype_of<K>()))
        loop({columns, {sums}, {1}, sums, 1});
      else
        for (std::int64_t j = 0; j < columns; ++j) sums[j] = std::log(sums[j]);
      for (std::int64_t j = 0; j < columns; ++j) sums[j] += row + maxima.columns[j];
      return;
    }
    for (std::int64_t j = 0; j < columns; ++j) {
      const bool sound = sums[j] >= least && std::isfinite(row) && std::isfinite(maxima.columns[j]);
      sums[j] = sound ? std::log(sums[j]) + (row + maxima.columns[j])
                      : log_sum_exp_at(product, {base.a + work.row_a[i], base.b + work.column_b[j], 0});
    }
  }

  template <class To>
  void finish(To& c, K sum) const {
    if constexpr (std::is_same_v<To, bool>) {
      c = sum != 0 || (product.reads && c);
    } else if constexpr (std::is_integral_v<To>) {
      if (!is_linear(product.semiring)) return finish_extreme(c, sum);
      const K old = product.reads ? static_cast<K>(c) : K(0);
      c = static_cast<To>(product.alpha * sum + product.beta * old);
    } else if (!is_linear(product.semiring)) {
      c = element::convert<To>(product.reads ? element::sum_in(product.semiring, element::convert<K>(c), sum) : sum);
    } else {
      K value = element::scaled(product.alpha, sum);
      if (product.reads) value = element::add(value, element::scaled(product.beta, element::convert<K>(c)));
      c = element::convert<To>(value);
    }
  }

  template <class To>
  void finish_extreme(To& c, K sum) const {
    To value;
    if constexpr (sizeof(To) < sizeof(K))
      value = NarrowIntegers::lower<To>(static_cast<std::uint32_t>(sum));
    else
      value = static_cast<To>(sum);
    c = product.reads ? element::sum_in(product.semiring, c, value) : value;
  }

  template <class To>
  void convert_rows(To* c, const Workspace<K>& work, std::int64_t rows, std::int64_t columns, const K* sums) const {
    const RowLoop loop = vector_copy(DType::f32, dtype_of<To>());
    for (std::int64_t i = 0; i < rows; ++i)
      loop({columns, {sums + i * columns}, {1}, c + work.row_c[i] + work.column_c[0], 1});
  }
};

}  // namespace ricci::cpu
