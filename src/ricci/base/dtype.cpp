#include "ricci/base/dtype.h"

#include <algorithm>
#include <array>

namespace ricci {
namespace {

struct Names {
  std::string_view full, brief;
  std::size_t size;
};
constexpr std::array<Names, kDTypeCount> kNames{{{"float16", "f16", 2},
                                                 {"bfloat16", "bf16", 2},
                                                 {"float32", "f32", 4},
                                                 {"float64", "f64", 8},
                                                 {"complex64", "c64", 8},
                                                 {"complex128", "c128", 16},
                                                 {"int8", "i8", 1},
                                                 {"int16", "i16", 2},
                                                 {"int32", "i32", 4},
                                                 {"int64", "i64", 8},
                                                 {"uint8", "u8", 1},
                                                 {"bool", "b8", 1}}};

// Round a float to binary16, to nearest even: the shift is done on the bits, subnormals included.
std::uint16_t half_bits(float value) {
  const auto word = std::bit_cast<std::uint32_t>(value);
  const auto sign = static_cast<std::uint16_t>((word >> 16) & 0x8000u);
  const std::uint32_t magnitude = word & 0x7fffffffu;
  if (magnitude > 0x7f800000u) return static_cast<std::uint16_t>(sign | 0x7e00u);   // NaN
  if (magnitude >= 0x477ff000u) return static_cast<std::uint16_t>(sign | 0x7c00u);  // rounds to infinity
  if (magnitude < 0x38800000u) {  // subnormal: adding 0.5 in float rounds at bit 2^-24
    const float rounded = std::bit_cast<float>(magnitude) + 0.5f;
    return static_cast<std::uint16_t>(sign | (std::bit_cast<std::uint32_t>(rounded) - 0x3f000000u));
  }
  const std::uint32_t rounded = magnitude + 0xfffu + ((magnitude >> 13) & 1u) - (112u << 23);
  return static_cast<std::uint16_t>(sign | (rounded >> 13));
}

float float_from_half(std::uint16_t bits) {
  const std::uint32_t sign = static_cast<std::uint32_t>(bits & 0x8000u) << 16;
  const std::uint32_t exponent = (bits >> 10) & 0x1fu, mantissa = bits & 0x3ffu;
  if (exponent == 31) return std::bit_cast<float>(sign | 0x7f800000u | (mantissa << 13));
  if (exponent == 0) {
    const float value = static_cast<float>(mantissa) * 0x1p-24f;
    return sign ? -value : value;
  }
  return std::bit_cast<float>(sign | ((exponent + 112u) << 23) | (mantissa << 13));
}

}  // namespace

float16::float16(float value) : bits(half_bits(value)) {}
float16::operator float() const { return float_from_half(bits); }

std::size_t size_of(DType dtype) { return kNames[static_cast<std::size_t>(dtype)].size; }
std::string_view name_of(DType dtype) { return kNames[static_cast<std::size_t>(dtype)].full; }

DType parse_dtype(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i)
    if (name == kNames[i].full || name == kNames[i].brief) return static_cast<DType>(i);
  if (name == "half") return DType::f16;
  if (name == "float") return DType::f32;
  if (name == "double") return DType::f64;
  if (name == "int") return DType::i32;
  if (name == "long") return DType::i64;
  std::string known;
  for (const Names& n : kNames) known += concat(known.empty() ? "" : ", ", n.full);
  fail<DTypeError>("unknown dtype '", name, "'\n  known: ", known);
}

DType promote(DType a, DType b) {
  if (a == b) return a;
  if (a == DType::b8) return b;
  if (b == DType::b8) return a;
  if (is_integer(a) && is_integer(b)) {
    if (a == DType::u8 || b == DType::u8) {  // unsigned with signed: the next wider signed type
      const DType other = a == DType::u8 ? b : a;
      return other == DType::i8 ? DType::i16 : other;
    }
    return std::max(a, b);
  }
  if (is_integer(a)) return b;
  if (is_integer(b)) return a;
  if (is_complex(a) || is_complex(b)) {
    const bool wide = size_of(real_of(a)) == 8 || size_of(real_of(b)) == 8;
    return wide ? DType::c128 : DType::c64;
  }
  if (is_half(a) && is_half(b)) return DType::f32;
  return std::max(a, b);
}

}  // namespace ricci
