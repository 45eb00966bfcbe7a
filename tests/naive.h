// The oracle of the oracles: a contraction summed point by point in long double, from labels and
// extents alone. No plan, no backend, no strides but the tensor's own.
#pragma once

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstdint>
#include <vector>

#include "ricci/algebra/contraction.h"
#include "ricci/tensor/tensor.h"

namespace ricci::testing {

using Wide = std::complex<long double>;

/// The element of `t` at an index, as a wide complex number.
inline Wide wide_at(const Tensor& t, const std::vector<std::int64_t>& index) {
  std::int64_t offset = 0;
  for (std::size_t i = 0; i < index.size(); ++i) offset += index[i] * t.strides()[i];
  return visit_dtype(t.dtype(), [&]<class T>(Tag<T>) -> Wide {
    const T value = static_cast<const T*>(t.raw_data())[offset];
    if constexpr (is_complex_type<T>)
      return Wide(value.real(), value.imag());
    else if constexpr (is_half_type<T>)
      return Wide(static_cast<float>(value));
    else
      return Wide(static_cast<long double>(value));
  });
}

/// Calls f(index) for every index of a shape, in row-major order; once for no axes, never for a 0.
template <class F>
void each_index(const Shape& shape, F f) {
  std::vector<std::int64_t> index(shape.size(), 0);
  for (const std::int64_t extent : shape)
    if (extent == 0) return;
  for (;;) {
    f(static_cast<const std::vector<std::int64_t>&>(index));
    std::size_t axis = shape.size();
    for (;;) {
      if (axis == 0) return;
      --axis;
      if (++index[axis] < shape[axis]) break;
      index[axis] = 0;
    }
  }
}

/// All values of a contraction's labels; one that neither an operand nor the output has contributes one point.
inline Shape label_space(const Contraction& c) {
  Shape space(c.extents.size(), 1);
  const auto use = [&](const Labels& labels) {
    for (const Label l : labels) space[static_cast<std::size_t>(l)] = c.extents[static_cast<std::size_t>(l)];
  };
  for (const Term& term : c.inputs) use(term.labels);
  use(c.output);
  return space;
}

/// Where a tensor with these labels has a point of that space.
inline std::vector<std::int64_t> index_at(const Labels& labels, const std::vector<std::int64_t>& point) {
  std::vector<std::int64_t> index;
  for (const Label l : labels) index.push_back(point[static_cast<std::size_t>(l)]);
  return index;
}

/// The same as a row-major number, of a tensor of this shape.
inline std::size_t number_at(const Labels& labels, const Shape& shape, const std::vector<std::int64_t>& point) {
  std::int64_t at = 0;
  for (std::size_t axis = 0; axis < labels.size(); ++axis)
    at = at * shape[axis] + point[static_cast<std::size_t>(labels[axis])];
  return static_cast<std::size_t>(at);
}

/// Row-major values of a contraction, the same sum over absolute values, and how many terms each has.
struct Naive {
  std::vector<Wide> values;
  std::vector<long double> magnitudes;
  std::vector<std::uint64_t> wrapped;  // the sum in arithmetic modulo 2^64, for integers
  std::vector<bool> any;               // or of ands, for bool
  std::int64_t terms = 1;
};

inline Naive naive_contraction(const Contraction& c, const std::vector<Tensor>& operands) {
  Naive out;
  const Shape shape = c.output_shape();
  const auto count = static_cast<std::size_t>(element_count(shape));
  out.values.assign(count, 0);
  out.magnitudes.assign(count, 0);
  out.wrapped.assign(count, 0);
  out.any.assign(count, false);
  std::vector<std::int64_t> hits(count, 0);
  each_index(label_space(c), [&](const std::vector<std::int64_t>& point) {
    Wide product = 1;
    long double magnitude = 1;
    std::uint64_t integer = 1;
    for (std::size_t i = 0; i < operands.size(); ++i) {
      Wide value = wide_at(operands[i], index_at(c.inputs[i].labels, point));
      if (c.inputs[i].conjugated) value = std::conj(value);
      product *= value;
      magnitude *= std::abs(value);
      if (!is_float(operands[i].dtype()))
        integer *= static_cast<std::uint64_t>(static_cast<std::int64_t>(value.real()));
    }
    const std::size_t k = number_at(c.output, shape, point);
    out.values[k] += product;
    out.magnitudes[k] += magnitude;
    out.wrapped[k] += integer;
    out.any[k] = out.any[k] || product != Wide(0);
    out.terms = std::max(out.terms, ++hits[k]);
  });
  return out;
}

/// A number and what it is where it isn't one: the product of two complex numbers is the textbook's, component by
/// component, which std::complex would mend.
inline Wide plain_product(Wide x, Wide y) {
  return {x.real() * y.real() - x.imag() * y.imag(), x.real() * y.imag() + x.imag() * y.real()};
}

inline long double naive_sum(Semiring semiring, long double x, long double y) {
  const bool is_nan = std::isnan(x) || std::isnan(y);
  switch (traits_of(semiring).sum) {
    case SumOp::maximum: return is_nan ? x + y : std::max(x, y);
    case SumOp::minimum: return is_nan ? x + y : std::min(x, y);
    case SumOp::log_add_exp: break;
    case SumOp::add: return x + y;
  }
  const long double top = is_nan ? x + y : std::max(x, y);
  return std::isfinite(top) ? top + std::log1p(std::exp(std::min(x, y) - top)) : top;
}

/// Row-major values of a contraction of floats, one term after the other in any semiring, with the infinities and NaN
/// that come of that.
inline std::vector<Wide> naive_loop(const Contraction& c, const std::vector<Tensor>& operands) {
  const SemiringTraits& ring = traits_of(c.semiring);
  const Shape shape = c.output_shape();
  std::vector<Wide> values(static_cast<std::size_t>(element_count(shape)), static_cast<long double>(ring.zero));
  const bool complex = is_complex(c.dtype);
  each_index(label_space(c), [&](const std::vector<std::int64_t>& point) {
    Wide term = wide_at(operands[0], index_at(c.inputs[0].labels, point));
    if (complex && c.inputs[0].conjugated) term = std::conj(term);
    for (std::size_t i = 1; i < operands.size(); ++i) {
      Wide value = wide_at(operands[i], index_at(c.inputs[i].labels, point));
      if (complex && c.inputs[i].conjugated) value = std::conj(value);
      if (complex)
        term = plain_product(term, value);
      else
        term = adds_terms(c.semiring) ? term.real() + value.real() : term.real() * value.real();
    }
    Wide& sum = values[number_at(c.output, shape, point)];
    sum = complex ? sum + term : Wide(naive_sum(c.semiring, sum.real(), term.real()));
  });
  return values;
}

/// Unit roundoff of the arithmetic a dtype is summed in, and of its storage.
inline long double roundoff(DType dtype) {
  switch (real_of(dtype)) {
    case DType::f16: return 0x1p-11L;
    case DType::bf16: return 0x1p-8L;
    case DType::f32: return 0x1p-24L;
    default: return 0x1p-53L;
  }
}

/// How far from the value a float of this dtype may be that `roundings` errors of this magnitude each went into (a
/// complex product has 4), and one more of its own where the sum was wider.
inline long double bound_of(DType dtype, long double roundings, long double magnitude, long double value) {
  const long double own = is_half(dtype) ? roundoff(dtype) * value * 1.01L + 1e-7L : 0.0L;
  const long double complex = is_complex(dtype) ? 4 : 1;
  return complex * roundings * roundoff(accumulator_of(dtype)) * magnitude + own;
}

}  // namespace ricci::testing
