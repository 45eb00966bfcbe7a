// The loops of the maps of one operand.
#include "ricci/backend/element.h"
#include "ricci/backend/find_row.h"

namespace ricci {
namespace {

// 16-bit floats are computed in float and rounded once.
template <class T>
using Wide = accumulator<T>;

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
    return x < 0 ? element::subtract(T(0), x) : x;
  else
    return std::abs(x);
}

template <class T>
bool is_nan(T x) {
  return element::is_nan(x);
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

template <Map M, class T>
auto apply(T x) {
  if constexpr (M == Map::negative)
    return is_complex_type<T> || std::is_floating_point_v<T> ? static_cast<T>(-x) : element::subtract(T(0), x);
  else if constexpr (M == Map::exp)
    return std::exp(x);
  else if constexpr (M == Map::log)
    return std::log(x);
  else if constexpr (M == Map::sqrt)
    return std::sqrt(x);
  else if constexpr (M == Map::tanh)
    return std::tanh(x);
  else if constexpr (M == Map::sigmoid)
    return sigmoid(x);
  else if constexpr (M == Map::relu)
    return x < T(0) ? T(0) : x;
  else if constexpr (M == Map::absolute)
    return absolute(x);
  else if constexpr (M == Map::sin)
    return std::sin(x);
  else if constexpr (M == Map::cos)
    return std::cos(x);
  else if constexpr (M == Map::erf)
    return std::erf(x);
  else if constexpr (M == Map::log1p)
    return std::log1p(x);
  else if constexpr (M == Map::conj)
    return element::conjugate(x);
  else if constexpr (M == Map::real)
    return element::convert<real_type<T>>(x);
  else if constexpr (M == Map::imag) {
    if constexpr (is_complex_type<T>)
      return x.imag();
    else
      return T(0);
  } else if constexpr (M == Map::sign)
    return sign(x);
  else if constexpr (M == Map::reciprocal)
    return T(1) / x;
  else if constexpr (M == Map::logical_not)
    return x == T(0);
  else if constexpr (M == Map::is_nan)
    return is_nan(x);
  else
    return is_finite(x);
}

struct Unary {
  // What each map has a meaning for.
  template <Map M, class T>
  static constexpr bool exists() {
    constexpr bool floating = std::is_floating_point_v<T> || is_complex_type<T>;
    switch (M) {
      case Map::exp:
      case Map::log:
      case Map::sqrt:
      case Map::tanh:
      case Map::sigmoid:
      case Map::sin:
      case Map::cos:
      case Map::reciprocal: return floating;
      case Map::erf:
      case Map::log1p: return std::is_floating_point_v<T>;
      case Map::negative: return !std::is_same_v<T, bool>;
      case Map::relu: return !is_complex_type<T>;
      default: return true;
    }
  }

  template <Map M, class T>
  static void loop(const Row& row) {
    using W = Wide<T>;
    using Result = decltype(apply<M, W>(W()));
    using Out = std::conditional_t<std::is_same_v<Result, W>, T, Result>;
    const auto* in = static_cast<const T*>(row.in[0]);
    auto* out = static_cast<Out*>(row.out);
    const auto one = [](T x) { return element::convert<Out>(apply<M, W>(element::convert<W>(x))); };
    if (row.in_stride[0] == 1 && row.out_stride == 1)  // a loop of its own, which compilers turn into vectors
      for (std::int64_t i = 0; i < row.n; ++i) out[i] = one(in[i]);
    else
      for (std::int64_t i = 0; i < row.n; ++i) out[i * row.out_stride] = one(in[i * row.in_stride[0]]);
  }
};

template <Map M>
constexpr auto find = find_row<Unary, M>;

}  // namespace

RowLoop detail::unary_row(Map map, DType in) {
  switch (map) {
    case Map::negative: return find<Map::negative>(in);
    case Map::exp: return find<Map::exp>(in);
    case Map::log: return find<Map::log>(in);
    case Map::sqrt: return find<Map::sqrt>(in);
    case Map::tanh: return find<Map::tanh>(in);
    case Map::sigmoid: return find<Map::sigmoid>(in);
    case Map::relu: return find<Map::relu>(in);
    case Map::absolute: return find<Map::absolute>(in);
    case Map::sin: return find<Map::sin>(in);
    case Map::cos: return find<Map::cos>(in);
    case Map::erf: return find<Map::erf>(in);
    case Map::log1p: return find<Map::log1p>(in);
    case Map::conj: return find<Map::conj>(in);
    case Map::real: return find<Map::real>(in);
    case Map::imag: return find<Map::imag>(in);
    case Map::sign: return find<Map::sign>(in);
    case Map::reciprocal: return find<Map::reciprocal>(in);
    case Map::logical_not: return find<Map::logical_not>(in);
    case Map::is_nan: return find<Map::is_nan>(in);
    case Map::is_finite: return find<Map::is_finite>(in);
    default: fail_map(map, in);
  }
}

}  // namespace ricci
