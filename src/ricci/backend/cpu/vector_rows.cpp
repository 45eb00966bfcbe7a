// The elementwise maps of float and double in vectors. Where Highway's functions hold only in a range,
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
#include <cstring>

#include "ricci/backend/cpu/elementwise.h"

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

// An operand that steps by 0 is read from a vector of copies, which stays where it is.
template <class T>
struct Operand {
  HWY_ALIGN T copies[HWY_LANES(T)];
  const T* data;
  std::int64_t step;

  Operand(const void* from, std::int64_t stride, std::int64_t n) : data(static_cast<const T*>(from)), step(stride) {
    if (step != 0 || n == 0) return;
    for (T& copy : copies) copy = *data;
    data = copies;
  }
};

template <class F, class T>
void plain(const Row& row) {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const Operand<T> x(row.in[0], row.in_stride[0], row.n);
  T* out = static_cast<T*>(row.out);
  std::int64_t i = 0;
  for (; i + lanes <= row.n; i += lanes) hn::StoreU(F::apply(d, hn::LoadU(d, x.data + i * x.step)), d, out + i);
  const hn::CappedTag<T, 1> one;
  for (; i < row.n; ++i) hn::StoreU(F::apply(one, hn::LoadU(one, x.data + i * x.step)), one, out + i);
}

template <class F, class T>
void bounded(const Row& row) {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const Operand<T> x(row.in[0], row.in_stride[0], row.n);
  T* out = static_cast<T*>(row.out);
  const auto low = hn::Set(d, F::template bounds<T>().low), high = hn::Set(d, F::template bounds<T>().high);
  const auto block = [&](const T* from, T* to, std::int64_t count) HWY_ATTR {
    const auto value = hn::LoadU(d, from);
    if (hn::AllTrue(d, hn::And(hn::Ge(value, low), hn::Le(value, high)))) {
      hn::StoreU(F::apply(d, value), d, to);
      return;
    }
    for (std::int64_t k = 0; k < count; ++k) to[k] = F::scalar(from[k]);
  };
  std::int64_t i = 0;
  for (; i + lanes <= row.n; i += lanes) block(x.data + i * x.step, out + i, lanes);
  if (i == row.n) return;
  // The rest goes through a whole vector too, so that an element's bits do not depend on its place.
  HWY_ALIGN T from[HWY_LANES(T)], to[HWY_LANES(T)];
  for (std::int64_t k = 0; k < lanes; ++k) from[k] = x.data[(k < row.n - i ? i + k : i) * x.step];
  block(from, to, lanes);
  for (std::int64_t k = 0; i < row.n; ++i, ++k) out[i] = to[k];
}

template <class F, class T>
void binary(const Row& row) {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const Operand<T> x(row.in[0], row.in_stride[0], row.n), y(row.in[1], row.in_stride[1], row.n);
  T* out = static_cast<T*>(row.out);
  std::int64_t i = 0;
  for (; i + lanes <= row.n; i += lanes)
    hn::StoreU(F::apply(hn::LoadU(d, x.data + i * x.step), hn::LoadU(d, y.data + i * y.step)), d, out + i);
  const hn::CappedTag<T, 1> one;
  for (; i < row.n; ++i)
    hn::StoreU(F::apply(hn::LoadU(one, x.data + i * x.step), hn::LoadU(one, y.data + i * y.step)), one, out + i);
}

// Rows of results that pass by the caches: elements up to the first line, whole vectors, the rest.
template <class T, class At>
HWY_INLINE void stream(T* out, std::int64_t n, At&& at) {
  const hn::ScalableTag<T> d;
  const hn::CappedTag<T, 1> one;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const auto past = static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(out) / sizeof(T) % (64 / sizeof(T)));
  const std::int64_t first = past == 0 ? 0 : HWY_MIN(n, static_cast<std::int64_t>(64 / sizeof(T)) - past);
  std::int64_t i = 0;
  for (; i < first; ++i) hn::StoreU(at(one, i), one, out + i);
  for (; i + lanes <= n; i += lanes) hn::Stream(at(d, i), d, out + i);
  for (; i < n; ++i) hn::StoreU(at(one, i), one, out + i);
}

template <class T>
void stream_copy(const Row& row) {
  const Operand<T> x(row.in[0], row.in_stride[0], row.n);
  stream(static_cast<T*>(row.out), row.n,
         [&](auto d, std::int64_t i) HWY_ATTR { return hn::LoadU(d, x.data + i * x.step); });
}

template <class T>
void stream_product(const Row& row) {
  const Operand<T> x(row.in[0], row.in_stride[0], row.n), y(row.in[1], row.in_stride[1], row.n);
  stream(static_cast<T*>(row.out), row.n, [&](auto d, std::int64_t i) HWY_ATTR {
    return hn::Mul(hn::LoadU(d, x.data + i * x.step), hn::LoadU(d, y.data + i * y.step));
  });
}

template <class T>
RowLoop find_stream_of(Map map) {
  if (map == Map::copy) return stream_copy<T>;
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
  return nullptr;
}

RowLoop find_stream(Map map, DType in) {
  if (in == DType::f32) return find_stream_of<float>(map);
#if HWY_TARGET != HWY_SCALAR || HWY_HAVE_FLOAT64
  if (in == DType::f64) return find_stream_of<double>(map);
#endif
  return nullptr;
}

#if HWY_TARGET != HWY_SCALAR
template <class From, class To>
void convert(const Row& row) {
  const hn::ScalableTag<float> d;
  const hn::Rebind<From, decltype(d)> from;
  const hn::Rebind<To, decltype(d)> to;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const auto* in = static_cast<const From*>(row.in[0]);
  auto* out = static_cast<To*>(row.out);
  const auto block = [&](const From* x, To* y) HWY_ATTR {
    if constexpr (std::is_same_v<To, float>)
      hn::StoreU(hn::PromoteTo(to, hn::LoadU(from, x)), to, y);
    else
      hn::StoreU(hn::DemoteTo(to, hn::LoadU(from, x)), to, y);
  };
  std::int64_t i = 0;
  for (; i + lanes <= row.n; i += lanes) block(in + i, out + i);
  From rest[HWY_LANES(float)] = {};
  To done[HWY_LANES(float)];
  std::memcpy(rest, in + i, static_cast<std::size_t>(row.n - i) * sizeof(From));
  block(rest, done);
  std::memcpy(out + i, done, static_cast<std::size_t>(row.n - i) * sizeof(To));
}

// One element for a whole row is rare enough to leave to the plain loop.
template <class From, class To, DType In, DType Out>
void convert_row(const Row& row) {
  if (row.in_stride[0] == 1)
    convert<From, To>(row);
  else
    row_of(Map::copy, In, Out)(row);
}
#endif

// Rounding to bfloat16 is not Highway's: it would truncate.
RowLoop find_copy([[maybe_unused]] DType in, [[maybe_unused]] DType out) {
#if HWY_TARGET != HWY_SCALAR
  if (in == DType::f16 && out == DType::f32) return convert_row<hwy::float16_t, float, DType::f16, DType::f32>;
  if (in == DType::f32 && out == DType::f16) return convert_row<float, hwy::float16_t, DType::f32, DType::f16>;
  if (in == DType::bf16 && out == DType::f32) return convert_row<hwy::bfloat16_t, float, DType::bf16, DType::f32>;
#endif
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
