// What a drawn contraction has to give: by the naive loop of tests/naive.h, or in another semiring by one of its own,
// with the distance that rounding may put between.
#pragma once

#include <cmath>
#include <limits>

#include "tests/fuzz/bytes.h"
#include "tests/naive.h"

namespace ricci::fuzz {

using testing::bound_of;
using testing::Naive;
using testing::Wide;

struct Expected {
  std::vector<Wide> values;
  std::vector<long double> bounds;
  std::vector<std::uint64_t> wrapped;  // of integers
  std::vector<bool> any;               // of bool
};

inline Expected expected_sum(const Contraction& c, const std::vector<Tensor>& operands, DType dtype) {
  const Naive naive = testing::naive_contraction(c, operands);
  Expected out{.values = naive.values, .bounds = {}, .wrapped = naive.wrapped, .any = naive.any};
  for (std::size_t k = 0; k < naive.values.size(); ++k)
    out.bounds.push_back(bound_of(dtype,
                                  static_cast<long double>(naive.terms) + static_cast<long double>(operands.size()) + 3,
                                  naive.magnitudes[k], std::abs(naive.values[k])));
  return out;
}

/// The sum of two numbers in a semiring of real ones.
inline long double semiring_add(Semiring semiring, long double a, long double b) {
  if (selects(semiring)) return selects_least(semiring) ? std::min(a, b) : std::max(a, b);
  if (!sums_exponentials(semiring)) return a + b;
  const long double most = std::max(a, b);
  return std::isinf(most) ? most : most + std::log1p(std::exp(std::min(a, b) - most));
}

/// A number as an element of an integer dtype; the semirings' infinities are its ends.
template <class T>
T integer_of(long double value) {
  if (std::isinf(value)) return value > 0 ? std::numeric_limits<T>::max() : std::numeric_limits<T>::min();
  return static_cast<T>(static_cast<std::int64_t>(value));
}

/// The other way: of the integers one stands for the semiring's infinite zero, as 0 of uint8 does in max_plus.
inline long double in_semiring(long double value, Semiring semiring, DType dtype) {
  const long double zero = traits_of(semiring).zero;
  if (!is_integer(dtype) || !std::isinf(zero)) return value;
  return visit_dtype(dtype, [&]<class T>(Tag<T>) -> long double {
    if constexpr (std::is_integral_v<T>) return value == static_cast<long double>(integer_of<T>(zero)) ? zero : value;
    return value;
  });
}

/// What expected_sum() says, in the other semirings and on real numbers.
inline Expected expected_in(const Contraction& c, const std::vector<Tensor>& operands, DType dtype) {
  const SemiringTraits& traits = traits_of(c.semiring);
  const Shape space = testing::label_space(c);
  const Shape shape = c.output_shape();
  const auto count = static_cast<std::size_t>(element_count(shape));
  std::vector<long double> sums(count, traits.zero), magnitudes(count, 0);
  long double terms = 1;
  for (const std::int64_t extent : space) terms *= static_cast<long double>(std::max<std::int64_t>(extent, 1));
  // Where the result repeats a label or has one of no operand, the elements off the diagonal stay the semiring's zero.
  testing::each_index(space, [&](const std::vector<std::int64_t>& point) {
    long double product = traits.one, magnitude = 0;
    for (std::size_t i = 0; i < operands.size(); ++i) {
      const long double value = in_semiring(
          testing::wide_at(operands[i], testing::index_at(c.inputs[i].labels, point)).real(), c.semiring, dtype);
      product = adds_terms(c.semiring) ? product + value : product * value;
      magnitude += std::abs(value);
    }
    const std::size_t k = testing::number_at(c.output, shape, point);
    sums[k] = semiring_add(c.semiring, sums[k], product);
    magnitudes[k] = std::max(magnitudes[k], adds_terms(c.semiring) ? magnitude : std::abs(product));
  });
  Expected out;
  for (std::size_t k = 0; k < count; ++k) {
    out.values.emplace_back(sums[k]);
    const long double logarithms = sums_exponentials(c.semiring) ? 4 * (terms + 4) : 0;
    out.bounds.push_back(bound_of(dtype, static_cast<long double>(operands.size()) + 2 + logarithms,
                                  magnitudes[k] + (logarithms > 0 ? 1 : 0), std::abs(sums[k])));
  }
  return out;
}

/// Whether it is summed and multiplied as in sum_product; bool is or/and in every semiring.
inline bool is_plain(Semiring semiring, DType dtype) { return is_linear(semiring) || dtype == DType::b8; }

inline Expected expected_of(const Contraction& c, const std::vector<Tensor>& operands, DType dtype) {
  return is_plain(c.semiring, dtype) ? expected_sum(c, operands, dtype) : expected_in(c, operands, dtype);
}

/// What was expected of an element, `value`, is what there is, `got`.
inline bool agrees(const Expected& expected, std::size_t k, Wide got, DType dtype, Semiring semiring) {
  if (dtype == DType::b8) return (got.real() != 0) == expected.any[k];
  if (!is_float(dtype))
    return visit_dtype(dtype, [&]<class T>(Tag<T>) {
      if constexpr (std::is_integral_v<T>) {
        const T wanted =
            is_linear(semiring) ? static_cast<T>(expected.wrapped[k]) : integer_of<T>(expected.values[k].real());
        return static_cast<T>(got.real()) == wanted;
      } else {
        return false;
      }
    });
  if (std::isinf(expected.values[k].real())) return got == expected.values[k];
  return std::abs(got - expected.values[k]) <= expected.bounds[k];
}

inline void require_close(const Tensor& y, const Expected& expected, Semiring semiring, const std::string& what) {
  require(y.numel() == static_cast<std::int64_t>(expected.values.size()), what + ": another number of elements");
  std::size_t k = 0;
  testing::each_index(y.shape(), [&](const std::vector<std::int64_t>& index) {
    const Wide got = testing::wide_at(y, index);
    if (!agrees(expected, k, got, y.dtype(), semiring))
      require(false,
              concat(what, ": element ", k, " of ", y.shape(), " is ", static_cast<double>(got.real()), ", ",
                     static_cast<double>(got.imag()), "; expected ", static_cast<double>(expected.values[k].real()),
                     ", ", static_cast<double>(expected.values[k].imag()), " within ",
                     static_cast<double>(expected.bounds.empty() ? 0 : expected.bounds[k])));
    ++k;
  });
}

}  // namespace ricci::fuzz
