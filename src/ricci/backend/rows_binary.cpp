// The loops of the maps of two operands.
#include "ricci/backend/element.h"
#include "ricci/backend/find_row.h"

namespace ricci {
namespace {

template <class T>
using Wide = accumulator<T>;

template <class T>
void check_divisor(T y, std::string_view what) {
  if (y == 0) fail(what, " by zero in an integer dtype\n  convert to a float dtype to get an infinity or NaN");
}

// Python's //: rounds toward minus infinity. -1 as divisor is taken apart, since min / -1 overflows.
template <class T>
T floor_divide(T x, T y) {
  if constexpr (std::is_integral_v<T>) {
    check_divisor(y, "floor_divide");
    if (std::is_signed_v<T> && y == static_cast<T>(-1)) return element::subtract(T(0), x);
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

// Python's %: has the divisor's sign.
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
      if (left & 1) result = element::multiply(result, x);
      x = element::multiply(x, x);
    }
    return result;
  } else if constexpr (is_complex_type<T>) {
    if (y == T(0)) return T(1);
    return x == T(0) && y.imag() == 0 && y.real() > 0 ? T(0) : std::pow(x, y);
  } else {
    return std::pow(x, y);
  }
}

template <Map M, class T>
auto apply(T x, T y) {
  if constexpr (M == Map::add)
    return element::add(x, y);
  else if constexpr (M == Map::subtract)
    return element::subtract(x, y);
  else if constexpr (M == Map::multiply)
    return element::multiply(x, y);
  else if constexpr (M == Map::divide)
    return static_cast<T>(x / y);
  else if constexpr (M == Map::power)
    return power(x, y);
  else if constexpr (M == Map::maximum)
    return element::maximum(x, y);
  else if constexpr (M == Map::minimum)
    return element::minimum(x, y);
  else if constexpr (M == Map::floor_divide)
    return floor_divide(x, y);
  else if constexpr (M == Map::remainder)
    return remainder(x, y);
  else if constexpr (M == Map::equal)
    return x == y;
  else if constexpr (M == Map::not_equal)
    return x != y;
  else if constexpr (M == Map::less)
    return x < y;
  else if constexpr (M == Map::less_equal)
    return x <= y;
  else if constexpr (M == Map::greater)
    return x > y;
  else
    return x >= y;
}

struct Binary {
  template <Map M, class T>
  static constexpr bool exists() {
    constexpr bool is_bool = std::is_same_v<T, bool>;
    switch (M) {
      case Map::divide: return !std::is_integral_v<T>;
      case Map::subtract:
      case Map::power: return !is_bool;
      case Map::floor_divide:
      case Map::remainder: return !is_bool && !is_complex_type<T>;
      case Map::add:
      case Map::multiply:
      case Map::equal:
      case Map::not_equal: return true;
      default: return !is_complex_type<T>;
    }
  }

  template <Map M, class T>
  static void loop(const Row& row) {
    using W = Wide<T>;
    using Result = decltype(apply<M, W>(W(), W()));
    using Out = std::conditional_t<std::is_same_v<Result, W>, T, Result>;
    const auto *x = static_cast<const T*>(row.in[0]), *y = static_cast<const T*>(row.in[1]);
    auto* out = static_cast<Out*>(row.out);
    const auto one = [](T a, T b) {
      return element::convert<Out>(apply<M, W>(element::convert<W>(a), element::convert<W>(b)));
    };
    const std::int64_t step_x = row.in_stride[0], step_y = row.in_stride[1];
    if (step_x == 1 && step_y == 1 && row.out_stride == 1)  // loops of their own, which compilers turn into vectors
      for (std::int64_t i = 0; i < row.n; ++i) out[i] = one(x[i], y[i]);
    else
      for (std::int64_t i = 0; i < row.n; ++i) out[i * row.out_stride] = one(x[i * step_x], y[i * step_y]);
  }
};

template <Map M>
constexpr auto find = find_row<Binary, M>;

}  // namespace

RowLoop detail::binary_row(Map map, DType in) {
  switch (map) {
    case Map::add: return find<Map::add>(in);
    case Map::subtract: return find<Map::subtract>(in);
    case Map::multiply: return find<Map::multiply>(in);
    case Map::divide: return find<Map::divide>(in);
    case Map::power: return find<Map::power>(in);
    case Map::maximum: return find<Map::maximum>(in);
    case Map::minimum: return find<Map::minimum>(in);
    case Map::floor_divide: return find<Map::floor_divide>(in);
    case Map::remainder: return find<Map::remainder>(in);
    default: fail_map(map, in);
  }
}

RowLoop detail::compare_row(Map map, DType in) {
  switch (map) {
    case Map::equal: return find<Map::equal>(in);
    case Map::not_equal: return find<Map::not_equal>(in);
    case Map::less: return find<Map::less>(in);
    case Map::less_equal: return find<Map::less_equal>(in);
    case Map::greater: return find<Map::greater>(in);
    case Map::greater_equal: return find<Map::greater_equal>(in);
    default: fail_map(map, in);
  }
}

}  // namespace ricci
