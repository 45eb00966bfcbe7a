// The elementwise maps: all that the backends know of one is its row here. rows.h makes the loops of them, cpu/ those
// in vectors, and ops/elementwise.cpp the functions with their derivatives. A new row goes to the end of the table.
#pragma once

#include <cstdint>
#include <iterator>
#include <string_view>

#include "ricci/base/dtype.h"

/// ROW(map, operands, domain, result, of elements, of vectors, range)
///   map           the name, in messages too
///   operands      how many: x; x and y; x, y and z
///   domain        the dtypes it has a meaning for
///   result        its dtype
///   of elements   the value, of x and y of type T (16-bit floats: as float); the functions are in element_functions.h
///   of vectors    the same of Highway's vectors x and y of tag d (float and double), or kNone: element by element
///   range         the elements for which that holds; a vector with any other goes element by element
// clang-format off
//    map               domain           result   of elements         of vectors          range
#define RICCI_MAPS(ROW)                                                                                                \
  ROW(copy,          1, any,             same,    x,                  kNone,              kEverywhere)                 \
  ROW(where,         3, any,             same,    x ? y : z,          kNone,              kEverywhere)                 \
  ROW(equal,         2, any,             boolean, x == y,             kNone,              kEverywhere)                 \
  ROW(not_equal,     2, any,             boolean, x != y,             kNone,              kEverywhere)                 \
  ROW(less,          2, ordered,         boolean, x < y,              kNone,              kEverywhere)                 \
  ROW(less_equal,    2, ordered,         boolean, x <= y,             kNone,              kEverywhere)                 \
  ROW(greater,       2, ordered,         boolean, x > y,              kNone,              kEverywhere)                 \
  ROW(greater_equal, 2, ordered,         boolean, x >= y,             kNone,              kEverywhere)                 \
  ROW(add,           2, any,             same,    add(x, y),          hn::Add(x, y),      kEverywhere)                 \
  ROW(subtract,      2, numbers,         same,    subtract(x, y),     hn::Sub(x, y),      kEverywhere)                 \
  ROW(multiply,      2, any,             same,    multiply(x, y),     hn::Mul(x, y),      kEverywhere)                 \
  ROW(divide,        2, floats,          same,    x / y,              hn::Div(x, y),      kEverywhere)                 \
  ROW(power,         2, numbers,         same,    power(x, y),        kNone,              kEverywhere)                 \
  ROW(maximum,       2, ordered,         same,    maximum(x, y),      maximum(x, y),      kEverywhere)                 \
  ROW(minimum,       2, ordered,         same,    minimum(x, y),      minimum(x, y),      kEverywhere)                 \
  ROW(floor_divide,  2, ordered_numbers, same,    floor_divide(x, y), kNone,              kEverywhere)                 \
  ROW(remainder,     2, ordered_numbers, same,    remainder(x, y),    kNone,              kEverywhere)                 \
  ROW(negative,      1, numbers,         same,    negative(x),        hn::Neg(x),         kEverywhere)                 \
  ROW(exp,           1, floats,          same,    std::exp(x),        hn::Exp(d, x),      kExponents<T>)               \
  ROW(log,           1, floats,          same,    std::log(x),        hn::Log(d, x),      kNormal<T>)                  \
  ROW(sqrt,          1, floats,          same,    std::sqrt(x),       hn::Sqrt(x),        kEverywhere)                 \
  ROW(tanh,          1, floats,          same,    std::tanh(x),       hn::Tanh(d, x),     within<T>(40))               \
  ROW(sigmoid,       1, floats,          same,    sigmoid(x),         sigmoid(d, x),      within(kExponents<T>.high))  \
  ROW(relu,          1, ordered,         same,    relu(x),            relu(d, x),         kEverywhere)                 \
  ROW(abs,           1, any,             real,    absolute(x),        hn::Abs(x),         kEverywhere)                 \
  ROW(sin,           1, floats,          same,    std::sin(x),        hn::Sin(d, x),      within<T>(39000))            \
  ROW(cos,           1, floats,          same,    std::cos(x),        hn::Cos(d, x),      within<T>(39000))            \
  ROW(erf,           1, real_floats,     same,    std::erf(x),        kNone,              kEverywhere)                 \
  ROW(log1p,         1, real_floats,     same,    std::log1p(x),      kNone,              kEverywhere)                 \
  ROW(conj,          1, any,             same,    conjugate(x),       kNone,              kEverywhere)                 \
  ROW(real,          1, any,             real,    real_part(x),       kNone,              kEverywhere)                 \
  ROW(imag,          1, any,             real,    imaginary_part(x),  kNone,              kEverywhere)                 \
  ROW(sign,          1, any,             same,    sign(x),            kNone,              kEverywhere)                 \
  ROW(reciprocal,    1, floats,          same,    T(1) / x,           hn::Div(one(d), x), kEverywhere)                 \
  ROW(logical_not,   1, any,             boolean, x == T(0),          kNone,              kEverywhere)                 \
  ROW(isnan,         1, any,             boolean, is_nan(x),          kNone,              kEverywhere)                 \
  ROW(isfinite,      1, any,             boolean, is_finite(x),       kNone,              kEverywhere)                 \
  /* here goes the next */
// clang-format on

namespace ricci {

#define RICCI_MAP_NAME(map, ...) map,
enum class Map : std::uint8_t { RICCI_MAPS(RICCI_MAP_NAME) };
#undef RICCI_MAP_NAME

/// Dtypes: `numbers` are all but bool, `ordered` all but complex; `floats` are real and complex.
enum class Domain : std::uint8_t { any, numbers, ordered, ordered_numbers, floats, real_floats };
/// The dtype of the operands, bool, or the real dtype of theirs.
enum class MapResult : std::uint8_t { same, boolean, real };

struct MapTraits {
  std::string_view name;
  int operands;
  Domain domain;
  MapResult result;
};
#define RICCI_MAP_TRAITS(map, operands, domain, result, ...) {#map, operands, Domain::domain, MapResult::result},
inline constexpr MapTraits kMaps[] = {RICCI_MAPS(RICCI_MAP_TRAITS)};
#undef RICCI_MAP_TRAITS

inline constexpr int kMapCount = static_cast<int>(std::size(kMaps));
constexpr const MapTraits& traits_of(Map map) { return kMaps[static_cast<std::size_t>(map)]; }
constexpr std::string_view name_of(Map map) { return traits_of(map).name; }

template <class T>
constexpr bool contains(Domain domain) {
  constexpr bool number = !std::is_same_v<T, bool>, real = !is_complex_type<T>, floating = !std::is_integral_v<T>;
  switch (domain) {
    case Domain::any: return true;
    case Domain::numbers: return number;
    case Domain::ordered: return real;
    case Domain::ordered_numbers: return number && real;
    case Domain::floats: return floating;
    default: return floating && real;
  }
}

/// The dtype of the result for operands of `in`; of copy, which converts, there is no such rule and it is `in`.
inline DType result_dtype(Map map, DType in) {
  switch (traits_of(map).result) {
    case MapResult::boolean: return DType::b8;
    case MapResult::real: return real_of(in);
    default: return in;
  }
}

}  // namespace ricci
