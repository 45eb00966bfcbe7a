// Scalar: one number of any dtype, as calls pass it; what a dtype can hold of it is asked at the door.
#pragma once

#include <complex>
#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>

#include "ricci/base/dtype.h"

namespace ricci {

/// A number of any dtype: both forms are kept, so that int64 stays exact.
struct Scalar {
  std::complex<double> value{1.0, 0.0};
  std::int64_t integer = 1;  ///< truncated, at the nearest end of int64 for what lies outside, 0 for NaN
  bool is_integer = true;    ///< false for floats, and for unsigned numbers past int64

  Scalar() = default;
  template <class T>
  requires std::is_integral_v<T> Scalar(T v) : value(static_cast<double>(v)), integer(static_cast<std::int64_t>(v)) {
    if constexpr (std::is_unsigned_v<T> && sizeof(T) == sizeof(std::int64_t))
      if (integer < 0) *this = Scalar(static_cast<double>(v));
  }
  Scalar(double v) : Scalar(std::complex<double>(v)) {}
  Scalar(std::complex<double> v) : value(v), integer(truncated(v.real())), is_integer(false) {}
  bool is(double v) const { return value == std::complex<double>(v, 0.0); }

  /// The number in a dtype that it fits: integers exactly, floats rounded.
  template <class T>
  T as() const {
    if constexpr (std::is_same_v<T, bool>)
      return is_integer ? integer != 0 : value != std::complex<double>();
    else if constexpr (std::is_integral_v<T>)
      return static_cast<T>(integer);
    else if constexpr (is_complex_type<T>)
      return T(static_cast<real_type<T>>(value.real()), static_cast<real_type<T>>(value.imag()));
    else if constexpr (is_half_type<T>)
      return T(static_cast<float>(value.real()));
    else
      return is_integer ? static_cast<T>(integer) : static_cast<T>(value.real());
  }

 private:
  static std::int64_t truncated(double v) {
    if (v != v) return 0;
    if (v <= -0x1p63) return INT64_MIN;
    return v >= 0x1p63 ? INT64_MAX : static_cast<std::int64_t>(v);
  }
};

/// Whether `dtype` has a value for the number, fractions cut off: 300 does not fit in int8, NaN in no
/// integer dtype, a complex number in no real one. Everything fits in bool; floats round and overflow.
RICCI_API bool fits(const Scalar& number, DType dtype);
/// Throws DTypeError naming the function, the number and the dtype unless it fits.
RICCI_API void check_fits(std::string_view function, const Scalar& number, DType dtype);

/// "300", "2.5", "1+2j".
RICCI_API void append_text(std::string& out, const Scalar& number);

}  // namespace ricci
