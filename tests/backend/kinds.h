// What a contraction is in: a dtype and a semiring, operands at the ends of the dtype, and comparison with the naive
// loop.
#pragma once

#include <limits>

#include "contract_case.h"

namespace ricci::test {

struct Kind {
  DType dtype;
  Semiring semiring;
};

/// Where extremes are at stake: the ends of integers, among them the zeros that absorb; NaN and infinities.
inline void strew_ends(Random& random, Buffer& buffer) {
  visit_dtype(buffer.dtype, [&]<class T>(Tag<T>) {
    if constexpr (!is_complex_type<T> && !std::is_same_v<T, bool>) {
      using Limits = std::numeric_limits<accumulator<T>>;
      constexpr bool kHasInfinity = std::is_floating_point_v<accumulator<T>>;
      const accumulator<T> ends[] = {kHasInfinity ? Limits::infinity() : Limits::max(),
                                     kHasInfinity ? -Limits::infinity() : Limits::min(),
                                     static_cast<accumulator<T>>(Limits::lowest() + 1),
                                     kHasInfinity ? Limits::quiet_NaN() : static_cast<accumulator<T>>(-1)};
      const std::int64_t odds = kHasInfinity ? 400 : 12;
      for (std::int64_t i = 0; i < buffer.count(); ++i)
        if (const std::int64_t which = pick(random, 0, odds); which < 4)
          buffer.as<T>()[i] = element::convert<T>(ends[which]);
    }
  });
}

/// Sums within their rounding, extremes exactly.
inline void expect_as_the_naive_loop(ContractCase& example, const Kind& kind) {
  Buffer got = example.run(cpu_backend()), want = example.run(reference_backend());
  if (kind.semiring == Semiring::sum_product) return example.expect_near(got, want);
  visit_dtype(kind.dtype, [&]<class T>(Tag<T>) {
    for (std::int64_t i = 0; i < got.count(); ++i)
      ASSERT_EQ(distance(got.as<T>()[i], want.as<T>()[i]), 0) << "element " << i;
  });
}

}  // namespace ricci::test
