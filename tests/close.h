// A value against the naive sum, within what the arithmetic of its dtype may round.
#pragma once

#include <gtest/gtest.h>

#include "tests/naive.h"

namespace ricci::testing {

/// Floats within gamma_K of the sum of absolute values, element by element; integers and bool exactly.
inline void expect_close(const Tensor& y, const Naive& expected, std::size_t operands) {
  ASSERT_EQ(y.numel(), static_cast<std::int64_t>(expected.values.size()));
  std::size_t k = 0;
  const DType dtype = y.dtype();
  each_index(y.shape(), [&](const std::vector<std::int64_t>& index) {
    const Wide got = wide_at(y, index);
    if (dtype == DType::b8) {
      EXPECT_EQ(got.real() != 0, expected.any[k]);
    } else if (is_integer(dtype)) {
      visit_dtype(dtype, [&]<class T>(Tag<T>) {
        if constexpr (std::is_integral_v<T>) {
          EXPECT_EQ(static_cast<T>(got.real()), static_cast<T>(expected.wrapped[k]));
        }
      });
    } else {
      // gamma_K * contraction(|operands|): K additions and a product of n factors.
      const long double k_terms = static_cast<long double>(expected.terms) + static_cast<long double>(operands) + 1;
      const long double bound = bound_of(dtype, k_terms, expected.magnitudes[k], std::abs(expected.values[k]));
      EXPECT_LE(std::abs(got - expected.values[k]), bound)
          << "element " << k << " got " << static_cast<double>(got.real()) << " expected "
          << static_cast<double>(expected.values[k].real());
    }
    ++k;
  });
}

}  // namespace ricci::testing
