// The maps of one element: functions that are more than an expression, and of() as its row in maps.h says.
// Shared by both host backends.
#pragma once

#include "ricci/backend/element.h"
#include "ricci/backend/maps.h"

namespace ricci::element {

template <class T>
T negative(T x) {
  if constexpr (std::is_integral_v<T>)
    return subtract(T(0), x);
  else
    return -x;
}

template <class T>
T sigmoid(T x) {
  if constexpr (is_complex_type<T>) {
    return T(1) / (T(1) + std::exp(-x));
  } else {  // the exponential of a negative number can't overflow
    const T small = std::exp(-std::abs(x));
    return (x < 0 ? small : T(1)) / (T(1) + small);
  }
}

template <class T>
T relu(T x) {
  return x < T(0) ? T(0) : x;
}

template <class T>
T sign(T x) {
  if constexpr (is_complex_type<T>)
    return x == T(0) ? x : x / std::abs(x);
  else
    return x > T(0) ? T(1) : x < T(0) ? T(-1) : x;
}

template <class T>
real_type<T> absolute(T x) {
  if constexpr (std::is_unsigned_v<T>)
    return x;
  else if constexpr (std::is_integral_v<T>)
    return x < 0 ? subtract(T(0), x) : x;
  else
    return std::abs(x);
}

template <class T>
real_type<T> real_part(T x) {
  return convert<real_type<T>>(x);
}

template <class T>
real_type<T> imaginary_part(T x) {
  if constexpr (is_complex_type<T>)
    return x.imag();
  else
    return T(0);
}

template <class T>
bool is_finite(T x) {
  if constexpr (is_complex_type<T>)
    return std::isfinite(x.real()) && std::isfinite(x.imag());
  else if constexpr (std::is_floating_point_v<T>)
    return std::isfinite(x);
  else
    return true;
}

template <class T>
void check_divisor(T y, std::string_view what) {
  if (y == 0) fail(what, " by zero in an integer dtype\n  convert to a float dtype to get an infinity or NaN");
}

/// Python's //: rounds toward minus infinity. -1 as divisor is taken apart, since min / -1 overflows.
template <class T>
T floor_divide(T x, T y) {
  if constexpr (std::is_integral_v<T>) {
    check_divisor(y, "floor_divide");
    if (std::is_signed_v<T> && y == static_cast<T>(-1)) return subtract(T(0), x);
    const T quotient = static_cast<T>(x / y);
    return x % y != 0 && (x < 0) != (y < 0) ? static_cast<T>(quotient - 1) : quotient;
  } else {
    if (y == 0) return x / y;
    const T rest = std::fmod(x, y);
    T quotient = (x - rest) / y;
    if (rest != 0 && (rest < 0) != (y < 0)) quotient -= 1;
    if (quotient == 0) return std::copysign(T(0), x / y);
    const T whole = std::floor(quotient);
    return quotient - whole > T(0.5) ? whole + 1 : whole;  // the division above may have rounded down
  }
}

/// Python's %: has the divisor's sign.
template <class T>
T remainder(T x, T y) {
  if constexpr (std::is_integral_v<T>) {
    check_divisor(y, "remainder");
    if (std::is_signed_v<T> && y == static_cast<T>(-1)) return 0;
    const T rest = static_cast<T>(x % y);
    return rest != 0 && (rest < 0) != (y < 0) ? static_cast<T>(rest + y) : rest;
  } else {
    const T rest = std::fmod(x, y);
    if (rest == 0) return std::copysign(T(0), y);
    return (rest < 0) != (y < 0) ? rest + y : rest;
  }
}

template <class T>
T power(T x, T y) {
  if constexpr (std::is_integral_v<T>) {
    if (y < 0)
      fail("power: an integer to the negative power ", static_cast<long long>(y), "\n  convert to a float dtype");
    T result = 1;
    for (auto left = static_cast<std::uint64_t>(y); left > 0; left >>= 1) {
      if (left & 1) result = multiply(result, x);
      x = multiply(x, x);
    }
    return result;
  } else if constexpr (is_complex_type<T>) {
    if (y == T(0)) return T(1);
    return x == T(0) && y.imag() == 0 && y.real() > 0 ? T(0) : std::pow(x, y);
  } else {
    return std::pow(x, y);
  }
}

/// The result's type for operands of T.
template <Map M, class T>
using Result = std::conditional_t<traits_of(M).result == MapResult::boolean, bool,
                                  std::conditional_t<traits_of(M).result == MapResult::real, real_type<T>, T>>;

/// of(x), of(x, y): one element of the map.
template <Map M>
struct Function;
#define RICCI_MAP_OF_ELEMENTS(map, operands, domain, result, elements, ...)                      \
  template <>                                                                                    \
  struct Function<Map::map> {                                                                    \
    template <class T>                                                                           \
    static Result<Map::map, T> of(T x, [[maybe_unused]] T y = T(), [[maybe_unused]] T z = T()) { \
      return static_cast<Result<Map::map, T>>(elements);                                         \
    }                                                                                            \
  };
RICCI_MAPS(RICCI_MAP_OF_ELEMENTS)
#undef RICCI_MAP_OF_ELEMENTS

}  // namespace ricci::element
