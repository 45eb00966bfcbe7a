// The elementwise maps of floats in vectors, 16-bit ones as float. Where Highway's functions hold only in a range,
// a vector with any element outside it goes through the C library element by element.
#include "ricci/backend/cpu/targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ricci/backend/cpu/vector_rows.cpp"
// Highway wants this order.
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
#include <hwy/contrib/math/math-inl.h>
// clang-format on

#include <cmath>

#include "ricci/backend/cpu/elementwise.h"
#include "ricci/backend/cpu/lines.h"
#include "ricci/backend/cpu/stored-inl.h"
#include "ricci/backend/element.h"

HWY_BEFORE_NAMESPACE();
namespace ricci::cpu::HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

// Which elements a function takes in vectors.
template <class T>
struct Bounds {
  T low, high;
};

struct Negative {
  template <class D, class V>
  static HWY_INLINE V apply(D, V x) {
    return hn::Neg(x);
  }
};
struct SquareRoot {
  template <class D, class V>
  static HWY_INLINE V apply(D, V x) {
    return hn::Sqrt(x);
  }
};
struct Relu {
  template <class D, class V>
  static HWY_INLINE V apply(D d, V x) {
    return hn::IfThenElse(hn::Lt(x, hn::Zero(d)), hn::Zero(d), x);
  }
};
struct Absolute {
  template <class D, class V>
  static HWY_INLINE V apply(D, V x) {
    return hn::Abs(x);
  }
};
struct Reciprocal {
  template <class D, class V>
  static HWY_INLINE V apply(D d, V x) {
    return hn::Div(hn::Set(d, hn::TFromD<D>(1)), x);
  }
};

struct Exponential {
  template <class T>
  static constexpr Bounds<T> bounds() {
    return sizeof(T) == 4 ? Bounds<T>{T(-87), T(88)} : Bounds<T>{T(-708), T(706)};
  }
  template <class D, class V>
  static HWY_INLINE V apply(D d, V x) {
    return hn::Exp(d, x);
  }
  template <class T>
  static T scalar(T x) {
    return std::exp(x);
  }
};
struct Logarithm {
  template <class T>
  static constexpr Bounds<T> bounds() {
    return {std::numeric_limits<T>::min(), std::numeric_limits<T>::max()};
  }
  template <class D, class V>
  static HWY_INLINE V apply(D d, V x) {
    return hn::Log(d, x);
  }
  template <class T>
  static T scalar(T x) {
    return std::log(x);
  }
};
struct HyperbolicTangent {
  template <class T>
  static constexpr Bounds<T> bounds() {
    return {T(-40), T(40)};
  }
  template <class D, class V>
  static HWY_INLINE V apply(D d, V x) {
    return hn::Tanh(d, x);
  }
  template <class T>
  static T scalar(T x) {
    return std::tanh(x);
  }
};
struct Sigmoid {
  template <class T>
  static constexpr Bounds<T> bounds() {
    return {-Exponential::bounds<T>().high, Exponential::bounds<T>().high};
  }
  template <class D, class V>
  static HWY_INLINE V apply(D d, V x) {
    const V one = hn::Set(d, hn::TFromD<D>(1)), small = hn::Exp(d, hn::Neg(hn::Abs(x)));
    return hn::Div(hn::IfThenElse(hn::Lt(x, hn::Zero(d)), small, one), hn::Add(one, small));
  }
  template <class T>
  static T scalar(T x) {
    const T small = std::exp(-std::abs(x));
    return (x < 0 ? small : T(1)) / (T(1) + small);
  }
};
struct Sine {
  template <class T>
  static constexpr Bounds<T> bounds() {
    return {T(-39000), T(39000)};
  }
  template <class D, class V>
  static HWY_INLINE V apply(D d, V x) {
    return hn::Sin(d, x);
  }
  template <class T>
  static T scalar(T x) {
    return std::sin(x);
  }
};
struct Cosine {
  template <class T>
  static constexpr Bounds<T> bounds() {
    return {T(-39000), T(39000)};
  }
  template <class D, class V>
  static HWY_INLINE V apply(D d, V x) {
    return hn::Cos(d, x);
  }
  template <class T>
  static T scalar(T x) {
    return std::cos(x);
  }
};

struct Add {
  template <class V>
  static HWY_INLINE V apply(V x, V y) {
    return hn::Add(x, y);
  }
};
struct Subtract {
  template <class V>
  static HWY_INLINE V apply(V x, V y) {
    return hn::Sub(x, y);
  }
};
struct Multiply {
  template <class V>
  static HWY_INLINE V apply(V x, V y) {
    return hn::Mul(x, y);
  }
};
struct Divide {
  template <class V>
  static HWY_INLINE V apply(V x, V y) {
    return hn::Div(x, y);
  }
};
// A NaN on either side is the result.
struct Maximum {
  template <class V>
  static HWY_INLINE V apply(V x, V y) {
    return hn::IfThenElse(hn::Or(hn::Gt(y, x), hn::IsNaN(y)), y, x);
  }
};
struct Minimum {
  template <class V>
  static HWY_INLINE V apply(V x, V y) {
    return hn::IfThenElse(hn::Or(hn::Lt(y, x), hn::IsNaN(y)), y, x);
  }
};

// Elements in vectors; one that steps by 0 is widened once.
template <class T>
struct Operand {
  using C = accumulator<T>;
  HWY_ALIGN C copies[HWY_LANES(C)];
  const T* data;
  std::int64_t step;

  Operand(const void* from, std::int64_t stride, std::int64_t n) : data(static_cast<const T*>(from)), step(stride) {
    const hn::ScalableTag<C> d;
    hn::Store(hn::Set(d, n > 0 ? element::convert<C>(*data) : C(0)), d, copies);
  }
  template <class D>
  HWY_INLINE hn::Vec<D> at(D d, std::int64_t i) const {
    return step == 0 ? hn::LoadU(d, copies) : load(d, data + i);
  }
};

// out[i ...] = at(d, i) for all n elements, in whole vectors and then one by one.
template <class T, class At>
HWY_INLINE void fill(T* out, std::int64_t n, At&& at) {
  const hn::ScalableTag<accumulator<T>> d;
  const hn::CappedTag<accumulator<T>, 1> one;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  std::int64_t i = 0;
  for (; i + lanes <= n; i += lanes) store(d, at(d, i), out + i);
  for (; i < n; ++i) store(one, at(one, i), out + i);
}

template <class F, class T>
void plain(const Row& row) {
  const Operand<T> x(row.in[0], row.in_stride[0], row.n);
  fill(static_cast<T*>(row.out), row.n, [&](auto d, std::int64_t i) HWY_ATTR { return F::apply(d, x.at(d, i)); });
}

template <class F, class T>
void bounded(const Row& row) {
  using C = accumulator<T>;
  const hn::ScalableTag<C> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const Operand<T> x(row.in[0], row.in_stride[0], row.n);
  T* out = static_cast<T*>(row.out);
  const auto low = hn::Set(d, F::template bounds<C>().low), high = hn::Set(d, F::template bounds<C>().high);
  const auto block = [&](hn::Vec<decltype(d)> value, T* to, std::int64_t count) HWY_ATTR {
    if (hn::AllTrue(d, hn::And(hn::Ge(value, low), hn::Le(value, high)))) {
      store(d, F::apply(d, value), to);
      return;
    }
    HWY_ALIGN C from[HWY_LANES(C)];
    hn::Store(value, d, from);
    for (std::int64_t k = 0; k < count; ++k) to[k] = static_cast<T>(F::scalar(from[k]));
  };
  std::int64_t i = 0;
  for (; i + lanes <= row.n; i += lanes) block(x.at(d, i), out + i, lanes);
  if (i == row.n) return;
  // The rest goes through a whole vector too, so that an element's bits do not depend on its place.
  HWY_ALIGN T from[HWY_LANES(C)], to[HWY_LANES(C)];
  for (std::int64_t k = 0; k < lanes; ++k) from[k] = x.data[(k < row.n - i ? i + k : i) * x.step];
  block(load(d, from), to, lanes);
  for (std::int64_t k = 0; i < row.n; ++i, ++k) out[i] = to[k];
}

template <class F, class T>
void binary(const Row& row) {
  const Operand<T> x(row.in[0], row.in_stride[0], row.n), y(row.in[1], row.in_stride[1], row.n);
  fill(static_cast<T*>(row.out), row.n,
       [&](auto d, std::int64_t i) HWY_ATTR { return F::apply(x.at(d, i), y.at(d, i)); });
}

// The same as fill() of results that pass by the caches: elements up to the first line, whole vectors, the rest.
template <class T, class At>
HWY_INLINE void stream(T* out, std::int64_t n, At&& at) {
  const hn::ScalableTag<accumulator<T>> d;
  const hn::CappedTag<accumulator<T>, 1> one;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const auto past = static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(out) / sizeof(T)) % kLineOf<T>;
  const std::int64_t first = past == 0 ? 0 : HWY_MIN(n, kLineOf<T> - past);
  std::int64_t i = 0;
  for (; i < first; ++i) store(one, at(one, i), out + i);
  for (; i + lanes <= n; i += lanes) store<true>(d, at(d, i), out + i);
  for (; i < n; ++i) store(one, at(one, i), out + i);
}

template <class T>
void stream_copy(const Row& row) {
  const Operand<T> x(row.in[0], row.in_stride[0], row.n);
  stream(static_cast<T*>(row.out), row.n, [&](auto d, std::int64_t i) HWY_ATTR { return x.at(d, i); });
}

template <class T>
void stream_product(const Row& row) {
  const Operand<T> x(row.in[0], row.in_stride[0], row.n), y(row.in[1], row.in_stride[1], row.n);
  stream(static_cast<T*>(row.out), row.n,
         [&](auto d, std::int64_t i) HWY_ATTR { return hn::Mul(x.at(d, i), y.at(d, i)); });
}

template <class T>
RowLoop find_stream_of(Map map) {
  if (map == Map::copy && !is_half_type<T>) return stream_copy<T>;
  return map == Map::multiply ? stream_product<T> : nullptr;
}

template <class T>
RowLoop find(Map map) {
  switch (map) {
    case Map::negative: return plain<Negative, T>;
    case Map::sqrt: return plain<SquareRoot, T>;
    case Map::relu: return plain<Relu, T>;
    case Map::absolute: return plain<Absolute, T>;
    case Map::reciprocal: return plain<Reciprocal, T>;
    case Map::exp: return bounded<Exponential, T>;
    case Map::log: return bounded<Logarithm, T>;
    case Map::tanh: return bounded<HyperbolicTangent, T>;
    case Map::sigmoid: return bounded<Sigmoid, T>;
    case Map::sin: return bounded<Sine, T>;
    case Map::cos: return bounded<Cosine, T>;
    case Map::add: return binary<Add, T>;
    case Map::subtract: return binary<Subtract, T>;
    case Map::multiply: return binary<Multiply, T>;
    case Map::divide: return binary<Divide, T>;
    case Map::maximum: return binary<Maximum, T>;
    case Map::minimum: return binary<Minimum, T>;
    default: return nullptr;
  }
}

RowLoop find_row(Map map, DType in) {
  if (in == DType::f32) return find<float>(map);
#if HWY_TARGET != HWY_SCALAR || HWY_HAVE_FLOAT64
  if (in == DType::f64) return find<double>(map);
#endif
  if (in == DType::f16) return find<float16>(map);
  if (in == DType::bf16) return find<bfloat16>(map);
  return nullptr;
}

RowLoop find_stream(Map map, DType in) {
  if (in == DType::f32) return find_stream_of<float>(map);
#if HWY_TARGET != HWY_SCALAR || HWY_HAVE_FLOAT64
  if (in == DType::f64) return find_stream_of<double>(map);
#endif
  if (in == DType::f16) return find_stream_of<float16>(map);
  if (in == DType::bf16) return find_stream_of<bfloat16>(map);
  return nullptr;
}

template <class From, class To>
void convert(const Row& row) {
  const Operand<From> x(row.in[0], row.in_stride[0], row.n);
  fill(static_cast<To*>(row.out), row.n, [&](auto d, std::int64_t i) HWY_ATTR { return x.at(d, i); });
}

RowLoop find_copy(DType in, DType out) {
  if (in == DType::f16 && out == DType::f32) return convert<float16, float>;
  if (in == DType::f32 && out == DType::f16) return convert<float, float16>;
  if (in == DType::bf16 && out == DType::f32) return convert<bfloat16, float>;
  if (in == DType::f32 && out == DType::bf16) return convert<float, bfloat16>;
  return nullptr;
}

}  // namespace
}  // namespace ricci::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ricci::cpu {

HWY_EXPORT(find_row);
HWY_EXPORT(find_stream);
HWY_EXPORT(find_copy);

RowLoop vector_row(Map map, DType in) { return HWY_DYNAMIC_DISPATCH(find_row)(map, in); }

RowLoop streaming_row(Map map, DType in) { return HWY_DYNAMIC_DISPATCH(find_stream)(map, in); }

RowLoop vector_copy(DType in, DType out) { return HWY_DYNAMIC_DISPATCH(find_copy)(in, out); }

}  // namespace ricci::cpu
#endif
