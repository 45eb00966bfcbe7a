// The arithmetic of one element of every dtype: wrapping integers, or/and of bool, textbook complex
// multiplication, NaN-keeping extremes, conversions; and the semirings. Shared by both host backends.
#pragma once

#include <cmath>
#include <limits>

#include "ricci/backend/backend.h"

namespace ricci::element {

/// Integers add and multiply modulo 2^bits: in unsigned arithmetic, where that is defined.
template <class T>
inline constexpr bool is_wrapping = std::is_integral_v<T> && !std::is_same_v<T, bool>;

template <class T>
T add(T x, T y) {
  if constexpr (std::is_same_v<T, bool>)
    return x || y;
  else if constexpr (is_wrapping<T>)
    return static_cast<T>(static_cast<std::uint64_t>(x) + static_cast<std::uint64_t>(y));
  else
    return x + y;
}

template <class T>
T subtract(T x, T y) {
  if constexpr (is_wrapping<T>)
    return static_cast<T>(static_cast<std::uint64_t>(x) - static_cast<std::uint64_t>(y));
  else
    return x - y;
}

template <class T>
T multiply(T x, T y) {
  if constexpr (std::is_same_v<T, bool>)
    return x && y;
  else if constexpr (is_wrapping<T>)
    return static_cast<T>(static_cast<std::uint64_t>(x) * static_cast<std::uint64_t>(y));
  else if constexpr (is_complex_type<T>)  // operator* would mend products of infinities and NaN
    return {x.real() * y.real() - x.imag() * y.imag(), x.real() * y.imag() + x.imag() * y.real()};
  else
    return x * y;
}

/// alpha or beta times a value. A real factor scales each part of a complex value by itself: the textbook's product
/// would make NaN of the one where the other is infinite.
template <class T>
T scaled(T factor, T x) {
  if constexpr (is_complex_type<T>)
    if (factor.imag() == 0) return {factor.real() * x.real(), factor.real() * x.imag()};
  return multiply(factor, x);
}

template <class T>
bool is_nan(T x) {
  return x != x;
}

template <class T>
T maximum(T x, T y) {
  return y > x || is_nan(y) ? y : x;
}
template <class T>
T minimum(T x, T y) {
  return y < x || is_nan(y) ? y : x;
}

template <class T>
T conjugate(T x) {
  if constexpr (is_complex_type<T>)
    return std::conj(x);
  else
    return x;
}

/// To another dtype: complex to real takes the real part, float to integer truncates and saturates
/// (NaN is 0), anything but zero is true.
template <class To, class From>
To convert(From x) {
  if constexpr (std::is_same_v<To, From>) {
    return x;
  } else if constexpr (is_half_type<From>) {
    return convert<To>(static_cast<float>(x));
  } else if constexpr (std::is_same_v<To, bool>) {
    return x != From(0);
  } else if constexpr (is_half_type<To>) {
    return To(convert<float>(x));
  } else if constexpr (is_complex_type<To>) {
    if constexpr (is_complex_type<From>)
      return To(convert<real_type<To>>(x.real()), convert<real_type<To>>(x.imag()));
    else
      return To(convert<real_type<To>>(x));
  } else if constexpr (is_complex_type<From>) {
    return convert<To>(x.real());
  } else if constexpr (std::is_integral_v<To> && std::is_floating_point_v<From>) {
    constexpr To low = std::numeric_limits<To>::min(), high = std::numeric_limits<To>::max();
    if (is_nan(x)) return 0;
    if (x <= static_cast<From>(low)) return low;
    return x >= static_cast<From>(high) ? high : static_cast<To>(x);
  } else {
    return static_cast<To>(x);
  }
}

template <class T>
T from_scalar(const Scalar& scalar) {
  if constexpr (is_complex_type<T>)
    return convert<T>(scalar.value);
  else if constexpr (std::is_integral_v<T>)
    return scalar.is_integer ? static_cast<T>(scalar.integer) : convert<T>(scalar.value.real());
  else
    return convert<T>(scalar.value.real());
}

/// log(exp(x) + exp(y)) without overflow; NaN wins, then +inf; two -inf stay -inf.
template <class T>
T log_add_exp(T x, T y) {
  const T top = maximum(x, y);
  if (!std::isfinite(top)) return top;
  return top + std::log1p(std::exp(-std::abs(x - y)));
}

/// The sum and the product of a semiring's row.
template <Semiring S>
struct Operations;
#define RICCI_OPERATIONS(semiring, sum_, product_, ...) \
  template <>                                           \
  struct Operations<Semiring::semiring> {               \
    template <class T>                                  \
    static T sum(T x, T y) {                            \
      return element::sum_(x, y);                       \
    }                                                   \
    template <class T>                                  \
    static T product(T x, T y) {                        \
      return element::product_(x, y);                   \
    }                                                   \
  };
RICCI_SEMIRINGS(RICCI_OPERATIONS)
#undef RICCI_OPERATIONS

/// What a semiring is on the elements T: zero, add, multiply. bool is or/and in every one of them.
template <Semiring S, class T>
struct Ring {
  static constexpr bool is_boolean = std::is_same_v<T, bool>;
  static constexpr bool exists =
      is_linear(S) || is_boolean || (!is_complex_type<T> && (!sums_exponentials(S) || std::is_floating_point_v<T>));
  /// Floats have an infinity that absorbs; of integers it is a number, which is looked for.
  static constexpr bool looks_for_zero = std::is_integral_v<T> && !is_boolean && adds_terms(S);

  /// The sum over nothing: neutral to add, absorbing to multiply.
  static T zero() {
    constexpr double kZero = traits_of(S).zero;
    if constexpr (is_boolean || kZero == 0)
      return T(0);
    else if constexpr (std::is_integral_v<T>)
      return kZero > 0 ? std::numeric_limits<T>::max() : std::numeric_limits<T>::min();
    else
      return T(kZero);
  }
  static T multiply(T x, T y) {
    if constexpr (is_boolean)
      return element::multiply(x, y);
    else if constexpr (looks_for_zero)
      return x == zero() || y == zero() ? zero() : Operations<S>::product(x, y);
    else
      return Operations<S>::product(x, y);
  }
  static T add(T x, T y) {
    if constexpr (is_boolean)
      return element::add(x, y);
    else
      return Operations<S>::sum(x, y);
  }
};

/// Calls f.template operator()<S>() with the semiring as a constant.
template <class F>
decltype(auto) visit_semiring(Semiring semiring, F&& f) {
  switch (semiring) {
#define RICCI_CASE(name, ...) \
  case Semiring::name: return f.template operator()<Semiring::name>();
    RICCI_SEMIRINGS(RICCI_CASE)
#undef RICCI_CASE
  }
  return f.template operator()<Semiring{}>();
}

/// The sum of x and y in a semiring that has one on T; x in others.
template <class T>
T sum_in(Semiring semiring, T x, T y) {
  return visit_semiring(semiring, [&]<Semiring S>() {
    if constexpr (Ring<S, T>::exists)
      return Ring<S, T>::add(x, y);
    else
      return x;
  });
}

/// Reads element i as T; the dtype, widening and conjugation are decided once.
template <class T>
using Load = T (*)(const void* data, std::int64_t i);
template <class T>
using Store = void (*)(void* data, std::int64_t i, T value);

template <class T, class From>
T load_as(const void* data, std::int64_t i) {
  return convert<T>(static_cast<const From*>(data)[i]);
}
template <class T>
T load_conjugated(const void* data, std::int64_t i) {
  return conjugate(static_cast<const T*>(data)[i]);
}
template <class T, class To>
void store_as(void* data, std::int64_t i, T value) {
  static_cast<To*>(data)[i] = convert<To>(value);
}

/// How to read `source` as T: T's own dtype, or a 16-bit float when T is float. Else DTypeError.
template <class T>
Load<T> loader(const Source& source) {
  if (source.dtype == dtype_of<T>()) return source.conjugated ? load_conjugated<T> : load_as<T, T>;
  if constexpr (std::is_same_v<T, float>) {
    if (source.dtype == DType::f16) return load_as<T, float16>;
    if (source.dtype == DType::bf16) return load_as<T, bfloat16>;
  }
  fail<DTypeError>("a ", source.dtype, " operand in a contraction of ", dtype_of<T>(), "; convert it first");
}

template <class T>
Store<T> storer(DType dtype) {
  if (dtype == dtype_of<T>()) return store_as<T, T>;
  if constexpr (std::is_same_v<T, float>) {
    if (dtype == DType::f16) return store_as<T, float16>;
    if (dtype == DType::bf16) return store_as<T, bfloat16>;
  }
  fail<DTypeError>("a ", dtype, " result of a contraction of ", dtype_of<T>(), "; convert it afterwards");
}

}  // namespace ricci::element
