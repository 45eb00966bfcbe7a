// The element types and their arithmetic kinds: names, sizes, torch's promotion rules.
// visit_dtype() is the one switch from a DType value to a C++ type.
#pragma once

#include <bit>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>

#include "ricci/base/api.h"
#include "ricci/base/error.h"

namespace ricci {

enum class DType : std::uint8_t { f16, bf16, f32, f64, c64, c128, i8, i16, i32, i64, u8, b8 };
inline constexpr int kDTypeCount = 12;

/// IEEE 754 binary16, kept as bits; converts through float with round to nearest even.
struct float16 {
  std::uint16_t bits = 0;
  float16() = default;
  RICCI_API explicit float16(float value);
  RICCI_API explicit operator float() const;
};

/// bfloat16, kept as bits; converts through float with round to nearest even, NaN kept.
struct bfloat16 {
  std::uint16_t bits = 0;
  bfloat16() = default;
  explicit bfloat16(float value) {
    const auto word = std::bit_cast<std::uint32_t>(value);
    const bool nan = (word & 0x7fffffffu) > 0x7f800000u;
    bits = static_cast<std::uint16_t>(nan ? (word >> 16) | 0x40u : (word + 0x7fffu + ((word >> 16) & 1u)) >> 16);
  }
  explicit operator float() const { return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16); }
};

template <class T>
struct Tag {
  using type = T;
};

template <class T>
inline constexpr bool is_complex_type = false;
template <class T>
inline constexpr bool is_complex_type<std::complex<T>> = true;
template <class T>
inline constexpr bool is_half_type = std::is_same_v<T, float16> || std::is_same_v<T, bfloat16>;

namespace detail {
template <class T>
struct real_of {
  using type = T;
};
template <class T>
struct real_of<std::complex<T>> {
  using type = T;
};
}  // namespace detail
template <class T>
using real_type = typename detail::real_of<T>::type;

/// The type a sum of T is kept in: float for the 16-bit floats, T itself otherwise.
template <class T>
using accumulator = std::conditional_t<is_half_type<T>, float, T>;

/// Calls f(Tag<T>{}) with the C++ type of `dtype`.
template <class F>
decltype(auto) visit_dtype(DType dtype, F&& f) {
  switch (dtype) {
    case DType::f16: return f(Tag<float16>{});
    case DType::bf16: return f(Tag<bfloat16>{});
    case DType::f32: return f(Tag<float>{});
    case DType::f64: return f(Tag<double>{});
    case DType::c64: return f(Tag<std::complex<float>>{});
    case DType::c128: return f(Tag<std::complex<double>>{});
    case DType::i8: return f(Tag<std::int8_t>{});
    case DType::i16: return f(Tag<std::int16_t>{});
    case DType::i32: return f(Tag<std::int32_t>{});
    case DType::i64: return f(Tag<std::int64_t>{});
    case DType::u8: return f(Tag<std::uint8_t>{});
    case DType::b8: break;
  }
  return f(Tag<bool>{});
}

/// Whether tensors can have elements of a C++ type: no unsigned numbers of more than 8 bits, no long double.
template <class T>
inline constexpr bool is_element_type = is_half_type<T> || std::is_same_v<T, float> || std::is_same_v<T, double> ||
                                        std::is_same_v<T, std::complex<float>> ||
                                        std::is_same_v<T, std::complex<double>> ||
                                        (std::is_integral_v<T> && sizeof(T) <= 8 &&
                                         (std::is_signed_v<T> || sizeof(T) == 1));

/// The dtype whose elements are of type T.
template <class T>
constexpr DType dtype_of() {
  static_assert(is_element_type<T> || !std::is_integral_v<T>,
                "there is no unsigned dtype of more than 8 bits: copy the numbers into a signed type that holds them "
                "all, or, where they are within the range of the signed type of that size, say so by a "
                "reinterpret_cast of their address to it");
  static_assert(is_element_type<T> || std::is_integral_v<T>, "not an element type");
  if constexpr (std::is_same_v<T, float16>)
    return DType::f16;
  else if constexpr (std::is_same_v<T, bfloat16>)
    return DType::bf16;
  else if constexpr (std::is_same_v<T, float>)
    return DType::f32;
  else if constexpr (std::is_same_v<T, double>)
    return DType::f64;
  else if constexpr (std::is_same_v<T, std::complex<float>>)
    return DType::c64;
  else if constexpr (std::is_same_v<T, std::complex<double>>)
    return DType::c128;
  else if constexpr (std::is_same_v<T, bool>)
    return DType::b8;
  else if constexpr (std::is_integral_v<T> && sizeof(T) == 1)
    return std::is_signed_v<T> ? DType::i8 : DType::u8;
  else if constexpr (std::is_integral_v<T> && sizeof(T) == 2)
    return DType::i16;
  else if constexpr (std::is_integral_v<T> && sizeof(T) == 4)
    return DType::i32;
  else
    return DType::i64;
}

/// Bytes of one element.
RICCI_API std::size_t size_of(DType dtype);
/// "float32", "complex128", "bool", ...
RICCI_API std::string_view name_of(DType dtype);
/// The DType of a name: torch's and NumPy's spellings and the short ones (f32, bf16). Throws DTypeError.
RICCI_API DType parse_dtype(std::string_view name);

constexpr bool is_half(DType t) { return t == DType::f16 || t == DType::bf16; }
constexpr bool is_complex(DType t) { return t == DType::c64 || t == DType::c128; }
constexpr bool is_real_float(DType t) { return t <= DType::f64; }
constexpr bool is_float(DType t) { return t <= DType::c128; }  // real or complex: has derivatives
constexpr bool is_integer(DType t) { return t >= DType::i8 && t <= DType::u8; }

/// float32 for the 16-bit floats, else the dtype itself: what sums are kept in.
constexpr DType accumulator_of(DType t) { return is_half(t) ? DType::f32 : t; }
/// The dtype of a real part: float32 for complex64.
constexpr DType real_of(DType t) { return t == DType::c64 ? DType::f32 : t == DType::c128 ? DType::f64 : t; }
/// The complex dtype with these parts; float16 and bfloat16 go to complex64, integers too.
constexpr DType complex_of(DType t) { return t == DType::f64 || t == DType::c128 ? DType::c128 : DType::c64; }

/// torch's promotion of two tensors' dtypes: an integer with a float takes the float's dtype.
RICCI_API DType promote(DType a, DType b);

inline void append_text(std::string& out, DType dtype) { out += name_of(dtype); }

}  // namespace ricci
