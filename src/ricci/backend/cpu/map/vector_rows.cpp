// The elementwise maps of floats in vectors, 16-bit ones as float. Where Highway's functions hold only in a range,
// a vector with any element outside it goes through the C library element by element.
#include "ricci/backend/cpu/simd/targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ricci/backend/cpu/map/vector_rows.cpp"
// Highway wants this order.
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
#include <hwy/contrib/math/math-inl.h>
// clang-format on

#include "ricci/backend/cpu/cache_line.h"
#include "ricci/backend/cpu/map/elementwise.h"
#include "ricci/backend/cpu/simd/extremes-inl.h"
#include "ricci/backend/cpu/simd/load_store-inl.h"
#include "ricci/backend/element_functions.h"

HWY_BEFORE_NAMESPACE();
namespace ricci::cpu::HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

// What the rows of maps.h call their columns of vectors.
struct None {};
constexpr None kNone;
struct Everywhere {};
constexpr Everywhere kEverywhere;

template <class T>
struct Range {
  T low, high;
};
template <class T>
constexpr Range<T> within(T size) {
  return {-size, size};
}
template <class T>
constexpr Range<T> kExponents = sizeof(T) == 4 ? Range<T>{T(-87), T(88)} : Range<T>{T(-708), T(706)};
template <class T>
constexpr Range<T> kNormal{std::numeric_limits<T>::min(), std::numeric_limits<T>::max()};

template <class D>
HWY_INLINE hn::Vec<D> one(D d) {
  return hn::Set(d, hn::TFromD<D>(1));
}
template <class D, class V>
HWY_INLINE V sigmoid(D d, V x) {
  const V small = hn::Exp(d, hn::Neg(hn::Abs(x)));
  return hn::Div(hn::IfThenElse(hn::Lt(x, hn::Zero(d)), small, one(d)), hn::Add(one(d), small));
}
template <class D, class V>
HWY_INLINE V relu(D d, V x) {
  return hn::IfThenElse(hn::Lt(x, hn::Zero(d)), hn::Zero(d), x);
}

template <Map M>
struct VectorFunction;
#define RICCI_MAP_OF_VECTORS(map, operands, domain, result, elements, vectors, range)             \
  template <>                                                                                     \
  struct VectorFunction<Map::map> {                                                               \
    template <class D, class V>                                                                   \
    static HWY_INLINE auto of([[maybe_unused]] D d, [[maybe_unused]] V x, [[maybe_unused]] V y) { \
      return vectors;                                                                             \
    }                                                                                             \
    template <class T>                                                                            \
    static constexpr auto range_of() {                                                            \
      return range;                                                                               \
    }                                                                                             \
  };
RICCI_MAPS(RICCI_MAP_OF_VECTORS)
#undef RICCI_MAP_OF_VECTORS

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

template <Map M, class T>
void unary(const Row& row) {
  const Operand<T> x(row.in[0], row.in_stride[0], row.n);
  fill(static_cast<T*>(row.out), row.n, [&](auto d, std::int64_t i) HWY_ATTR {
    const auto value = x.at(d, i);
    return VectorFunction<M>::of(d, value, value);
  });
}

template <Map M, class T>
void bounded(const Row& row) {
  using C = accumulator<T>;
  const hn::ScalableTag<C> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const Operand<T> x(row.in[0], row.in_stride[0], row.n);
  T* out = static_cast<T*>(row.out);
  constexpr Range<C> kRange = VectorFunction<M>::template range_of<C>();
  const auto low = hn::Set(d, kRange.low), high = hn::Set(d, kRange.high);
  const auto block = [&](hn::Vec<decltype(d)> value, T* to, std::int64_t count) HWY_ATTR {
    if (hn::AllTrue(d, hn::And(hn::Ge(value, low), hn::Le(value, high)))) {
      store(d, VectorFunction<M>::of(d, value, value), to);
      return;
    }
    HWY_ALIGN C from[HWY_LANES(C)];
    hn::Store(value, d, from);
    for (std::int64_t k = 0; k < count; ++k) to[k] = static_cast<T>(element::Function<M>::of(from[k]));
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

template <Map M, class T>
void binary(const Row& row) {
  const Operand<T> x(row.in[0], row.in_stride[0], row.n), y(row.in[1], row.in_stride[1], row.n);
  fill(static_cast<T*>(row.out), row.n,
       [&](auto d, std::int64_t i) HWY_ATTR { return VectorFunction<M>::of(d, x.at(d, i), y.at(d, i)); });
}

// The same as fill() with non-temporal stores: elements up to the first cache line, whole vectors, the rest.
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

template <Map M, class T>
constexpr RowLoop loop_of() {
  using C = accumulator<T>;
  using V = hn::Vec<hn::ScalableTag<C>>;
  using Value = decltype(VectorFunction<M>::of(hn::ScalableTag<C>(), std::declval<V>(), std::declval<V>()));
  if constexpr (std::is_same_v<Value, None>)
    return nullptr;
  else if constexpr (traits_of(M).operands == 2)
    return binary<M, T>;
  else if constexpr (std::is_same_v<decltype(VectorFunction<M>::template range_of<C>()), Everywhere>)
    return unary<M, T>;
  else
    return bounded<M, T>;
}

template <class T>
RowLoop find(Map map) {
#define RICCI_LOOP(map, ...) loop_of<Map::map, T>(),
  static constexpr RowLoop kLoops[] = {RICCI_MAPS(RICCI_LOOP)};
#undef RICCI_LOOP
  return kLoops[static_cast<std::size_t>(map)];
}

// find(Tag<T>) of the type of `in`; null where it has no vectors.
template <class Find>
RowLoop find_of(DType in, Find&& find) {
  switch (in) {
    case DType::f32: return find(Tag<float>{});
    case DType::f64: return find(Tag<double>{});
    case DType::f16: return find(Tag<float16>{});
    case DType::bf16: return find(Tag<bfloat16>{});
    default: return nullptr;
  }
}
RowLoop find_row(Map map, DType in) {
  return find_of(in, [&]<class T>(Tag<T>) { return find<T>(map); });
}
RowLoop find_stream(Map map, DType in) {
  return find_of(in, [&]<class T>(Tag<T>) { return find_stream_of<T>(map); });
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
