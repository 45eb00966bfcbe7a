// Product: a contraction of two operands as kernels that pack read it, in the type that its sums are kept in.
#pragma once

#include "ricci/backend/backend.h"
#include "ricci/backend/element.h"

namespace ricci::cpu {

/// c[batch, rows, columns] = alpha * sum over contracted of rows * columns + beta * c. Of each Axis, `a`
/// is the stride in the operand `rows`, `b` in `columns`.
template <class K>
struct Product {
  Axes batch, rows, columns, contracted;
  Source row_source, column_source;
  Target c;
  K alpha = K(1), beta = K(0);
  bool reads = false;                         // beta is not 0
  Semiring semiring = Semiring::sum_product;  // one that gemm_table<K>() has, or log_sum_exp

  Product at(const void* row_data, const void* column_data, void* c_data) const {
    Product out = *this;
    out.row_source.data = row_data, out.column_source.data = column_data, out.c.data = c_data;
    return out;
  }
};

// The type the sums of T are kept in: small integers wrap the same in uint32, bool counts.
template <class T>
auto sum_type() {
  if constexpr (std::is_integral_v<T>)
    return std::conditional_t<sizeof(T) == 8, std::uint64_t, std::uint32_t>();
  else
    return accumulator<T>();
}
template <class T>
using SumType = decltype(sum_type<T>());

/// A step of elements T: its left labels are the rows.
template <class T>
Product<SumType<T>> product_of(const ContractStep& step) {
  using K = SumType<T>;
  return {step.loops.batch,
          step.loops.left,
          step.loops.right,
          step.loops.contracted,
          step.a,
          step.b,
          step.c,
          static_cast<K>(element::from_scalar<accumulator<T>>(step.alpha)),
          static_cast<K>(element::from_scalar<accumulator<T>>(step.beta)),
          !step.beta.is(0),
          std::is_same_v<T, bool> ? Semiring::sum_product : step.semiring};
}

}  // namespace ricci::cpu
