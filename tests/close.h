// A value against the naive sum, within what the arithmetic of its dtype may round.
#pragma once

#include <gtest/gtest.h>

#include "tests/naive.h"

namespace ricci::testing {

/// gamma_K * contraction(|operands|) at element k: K additions and a product of n factors.
inline long double rounding_bound(const Naive& expected, std::size_t k, DType dtype, std::size_t operands) {
  const long double roundings = static_cast<long double>(expected.terms) + static_cast<long double>(operands) + 1;
  const long double gamma = roundings / (1 - roundings * roundoff(accumulator_of(dtype)));
  return bound_of(dtype, gamma, expected.magnitudes[k], std::abs(expected.values[k]));
}

/// The largest error of a float as a share of its bound: at most 1. Of values that ought to be exact infinity or 0.
inline long double worst_share(const Tensor& y, const Naive& expected, std::size_t operands) {
  long double worst = 0;
  std::size_t k = 0;
  each_index(y.shape(), [&](const std::vector<std::int64_t>& index) {
    const long double error = std::abs(wide_at(y, index) - expected.values[k]);
    const long double share = error / rounding_bound(expected, k++, y.dtype(), operands);
    if (error != 0) worst = std::isnan(share) ? INFINITY : std::max(worst, share);
  });
  return worst;
}

/// Floats within gamma_K of the sum of absolute values, element by element; integers and bool exactly.
inline void expect_close(const Tensor& y, const Naive& expected, std::size_t operands) {
  ASSERT_EQ(y.numel(), static_cast<std::int64_t>(expected.values.size()));
  const DType dtype = y.dtype();
  if (is_float(dtype)) {
    EXPECT_LE(worst_share(y, expected, operands), 1) << "of the bound";
    return;
  }
  std::size_t k = 0;
  each_index(y.shape(), [&](const std::vector<std::int64_t>& index) {
    const Wide got = wide_at(y, index);
    visit_dtype(dtype, [&]<class T>(Tag<T>) {
      if constexpr (std::is_same_v<T, bool>) {
        EXPECT_EQ(got.real() != 0, expected.any[k]);
      } else if constexpr (std::is_integral_v<T>) {
        EXPECT_EQ(static_cast<T>(got.real()), static_cast<T>(expected.wrapped[k]));
      }
    });
    ++k;
  });
}

}  // namespace ricci::testing
