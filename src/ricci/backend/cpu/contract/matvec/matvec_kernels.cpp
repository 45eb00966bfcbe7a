// Dot products, and multiples of columns added up, of adjacent elements in vectors and in every semiring.
#include "ricci/backend/cpu/simd/targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ricci/backend/cpu/contract/matvec/matvec_kernels.cpp"
// Highway wants this order.
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on

#include "ricci/backend/cpu/contract/matvec/matvec.h"
#include "ricci/backend/cpu/simd/complex-inl.h"
#include "ricci/backend/cpu/simd/load_store-inl.h"
#include "ricci/backend/cpu/simd/semiring-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ricci::cpu::HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

constexpr int kChains = 4;  // independent sums, to hide the latency of a multiply-add

// The lanes of a vector in one, or in the pair of a complex number: its halves added up.
template <Semiring S, std::size_t kLeft, class D>
HWY_INLINE auto fold_lanes([[maybe_unused]] D d, hn::Vec<D> sums) {
#if HWY_TARGET != HWY_SCALAR
  if constexpr (hn::MaxLanes(D()) > kLeft) {
    const hn::Half<D> half;
    return fold_lanes<S, kLeft>(half, VectorRing<S>::add(hn::LowerHalf(half, sums), hn::UpperHalf(half, sums)));
  } else
#endif
    return sums;
}

template <Semiring S, class T>
accumulator<T> dot(accumulator<T> sum, const T* HWY_RESTRICT x, const accumulator<T>* HWY_RESTRICT y, std::int64_t n) {
  using Ring = VectorRing<S>;
  using C = accumulator<T>;
  const hn::ScalableTag<C> d;
  const hn::CappedTag<C, 1> one;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  hn::Vec<decltype(d)> sums[kChains];
  for (int c = 0; c < kChains; ++c) sums[c] = hn::Set(d, Ring::template zero<C>());
  std::int64_t i = 0;
  for (; i + kChains * lanes <= n; i += kChains * lanes)
    for (int c = 0; c < kChains; ++c)
      sums[c] = Ring::multiply_add_nonzero(load(d, x + i + c * lanes), hn::LoadU(d, y + i + c * lanes), sums[c]);
  for (; i + lanes <= n; i += lanes) sums[0] = Ring::multiply_add_nonzero(load(d, x + i), hn::LoadU(d, y + i), sums[0]);
  auto rest = fold_lanes<S, 1>(d, Ring::add(Ring::add(sums[0], sums[1]), Ring::add(sums[2], sums[3])));
  for (; i < n; ++i) rest = Ring::multiply_add_nonzero(load(one, x + i), hn::LoadU(one, y + i), rest);
  return Ring::add_one(sum, hn::GetLane(rest));
}

// R rows times C columns, each element of either loaded once.
template <Semiring S, int R, int C, class T>
void dot_tile(accumulator<T>* const* sums, const T* const* x, const accumulator<T>* const* y, std::int64_t n) {
  using Ring = VectorRing<S>;
  const hn::ScalableTag<accumulator<T>> d;
  const hn::CappedTag<accumulator<T>, 1> one;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  hn::Vec<decltype(d)> tile[R][C];
#pragma GCC unroll 4
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 4
    for (int c = 0; c < C; ++c) tile[r][c] = hn::Set(d, Ring::template zero<accumulator<T>>());
  std::int64_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    hn::Vec<decltype(d)> column[C];
#pragma GCC unroll 4
    for (int c = 0; c < C; ++c) column[c] = hn::LoadU(d, y[c] + i);
#pragma GCC unroll 4
    for (int r = 0; r < R; ++r) {
      const auto row = load(d, x[r] + i);
#pragma GCC unroll 4
      for (int c = 0; c < C; ++c) tile[r][c] = Ring::multiply_add_nonzero(row, column[c], tile[r][c]);
    }
  }
  for (int r = 0; r < R; ++r)
    for (int c = 0; c < C; ++c) {
      auto rest = fold_lanes<S, 1>(d, tile[r][c]);
      for (std::int64_t j = i; j < n; ++j)
        rest = Ring::multiply_add_nonzero(load(one, x[r] + j), hn::LoadU(one, y[c] + j), rest);
      sums[r][c] = Ring::add_one(sums[r][c], hn::GetLane(rest));
    }
}

// As many rows at once as there are registers for.
template <Semiring S, int C, class T>
void dot_rows(accumulator<T>* const* sums, const T* const* x, const accumulator<T>* const* y, std::int64_t n) {
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_NEON
  constexpr int kRows = 4;
#else
  constexpr int kRows = 2;
#endif
  for (int r = 0; r < kDotRows; r += kRows) dot_tile<S, kRows, C>(sums + r, x + r, y, n);
}

template <Semiring S, int C, class T>
void add_some(accumulator<T>* HWY_RESTRICT sums, const T* const* x, const accumulator<T>* y, std::int64_t n) {
  const hn::ScalableTag<accumulator<T>> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const T* columns[C];
  for (int c = 0; c < C; ++c) columns[c] = x[c];
  const auto add = [&](auto tag, std::int64_t i) HWY_ATTR {
    auto sum = hn::LoadU(tag, sums + i);
#pragma GCC unroll 4
    for (int c = 0; c < C; ++c)
      sum = VectorRing<S>::multiply_add_nonzero(load(tag, columns[c] + i), hn::Set(tag, y[c]), sum);
    hn::StoreU(sum, tag, sums + i);
  };
  std::int64_t i = 0;
  for (; i + lanes <= n; i += lanes) add(d, i);
  const hn::CappedTag<accumulator<T>, 1> one;
  for (; i < n; ++i) add(one, i);
}

template <class K>
K complex_dot(K sum, const K* HWY_RESTRICT x, const K* HWY_RESTRICT y, std::int64_t n) {
  std::int64_t i = 0;
#if HWY_TARGET != HWY_SCALAR
  using T = real_type<K>;
  const hn::ScalableTag<T> d;
  constexpr auto kLanes = static_cast<std::int64_t>(HWY_LANES(T) / 2);
  hn::Vec<decltype(d)> sums[kChains], turned[kChains];
  for (int c = 0; c < kChains; ++c) sums[c] = turned[c] = hn::Zero(d);
  const auto add = [&](int c, std::int64_t at) HWY_ATTR {
    const auto a = hn::LoadU(d, reinterpret_cast<const T*>(x + at)),
               b = hn::LoadU(d, reinterpret_cast<const T*>(y + at));
    sums[c] = hn::MulAdd(hn::DupEven(a), b, sums[c]);
    turned[c] = hn::MulAdd(hn::DupOdd(a), b, turned[c]);
  };
  for (; i + kChains * kLanes <= n; i += kChains * kLanes)
    for (int c = 0; c < kChains; ++c) add(c, i + c * kLanes);
  for (; i + kLanes <= n; i += kLanes) add(0, i);
  const auto total = [&](const auto* parts)
                         HWY_ATTR { return hn::Add(hn::Add(parts[0], parts[1]), hn::Add(parts[2], parts[3])); };
  const auto all = Turned(false, false, d)(total(sums), total(turned));
  T pair[2];
  const hn::CappedTag<T, 2> two;
  hn::StoreU(fold_lanes<Semiring::sum_product, 2>(d, all), two, pair);
  sum += K(pair[0], pair[1]);
#endif
  for (; i < n; ++i) sum += element::multiply(x[i], y[i]);
  return sum;
}

template <int C, class K>
void add_some_complex(K* HWY_RESTRICT sums, const K* const* x, const K* y, std::int64_t n) {
  const K* columns[C];
  for (int c = 0; c < C; ++c) columns[c] = x[c];
  std::int64_t i = 0;
#if HWY_TARGET != HWY_SCALAR
  using T = real_type<K>;
  const hn::ScalableTag<T> d;
  constexpr auto kLanes = static_cast<std::int64_t>(HWY_LANES(T) / 2);
  const Turned turn(false, false, d);
  for (; i + kLanes <= n; i += kLanes) {
    T* at = reinterpret_cast<T*>(sums + i);
    auto sum = hn::LoadU(d, at), turned = hn::Zero(d);
#pragma GCC unroll 4
    for (int c = 0; c < C; ++c) {
      const auto column = hn::LoadU(d, reinterpret_cast<const T*>(columns[c] + i));
      sum = hn::MulAdd(hn::Set(d, y[c].real()), column, sum);
      turned = hn::MulAdd(hn::Set(d, y[c].imag()), column, turned);
    }
    hn::StoreU(turn(sum, turned), d, at);
  }
#endif
  for (; i < n; ++i)
    for (int c = 0; c < C; ++c) sums[i] += element::multiply(y[c], columns[c][i]);
}

template <Semiring S, int C, class K>
void add_any(accumulator<K>* sums, const K* const* x, const accumulator<K>* y, std::int64_t n) {
  if constexpr (is_complex_type<K>)
    add_some_complex<C>(sums, x, y, n);
  else
    add_some<S, C>(sums, x, y, n);
}

template <Semiring S, class K>
accumulator<K> dot_any(accumulator<K> sum, const K* x, const accumulator<K>* y, std::int64_t n) {
  if constexpr (is_complex_type<K>)
    return complex_dot(sum, x, y, n);
  else
    return dot<S>(sum, x, y, n);
}

template <Semiring S, class K>
void dots(accumulator<K>* const* sums, const K* const* x, const accumulator<K>* const* y, int count, std::int64_t n) {
  if constexpr (is_complex_type<K>) {
    for (int r = 0; r < kDotRows; ++r)
      for (int c = 0; c < count; ++c) sums[r][c] = complex_dot(sums[r][c], x[r], y[c], n);
  } else {
    switch (count) {
      case 1: return dot_rows<S, 1>(sums, x, y, n);
      case 2: return dot_rows<S, 2>(sums, x, y, n);
      case 3: return dot_rows<S, 3>(sums, x, y, n);
      default: dot_rows<S, 4>(sums, x, y, n);
    }
    if (count <= 4) return;
    accumulator<K>* further[kDotRows];
    for (int r = 0; r < kDotRows; ++r) further[r] = sums[r] + 4;
    dots<S>(further, x, y + 4, count - 4, n);
  }
}

template <Semiring S, class K>
void add_columns(accumulator<K>* sums, const K* const* x, const accumulator<K>* y, int count, std::int64_t n) {
  if (count == 4) return add_any<S, 4>(sums, x, y, n);
  for (int c = 0; c < count; ++c) add_any<S, 1>(sums, x + c, y + c, n);
}

template <Semiring S, class K>
accumulator<K> zero_of() {
  if constexpr (is_complex_type<K>)
    return K(0);
  else
    return VectorRing<S>::template zero<accumulator<K>>();
}

template <Semiring S, class K>
accumulator<K> add_one(accumulator<K> sum, accumulator<K> x) {
  if constexpr (is_complex_type<K>)
    return sum + x;
  else
    return VectorRing<S>::add_one(sum, x);
}

template <Semiring S, class K>
constexpr VectorLoops<K> loops_of() {
  if constexpr (is_complex_type<K> && !is_linear(S))
    return loops_of<Semiring::sum_product, K>();
  else
    return {dot_any<S, K>, dots<S, K>, add_columns<S, K>, add_one<S, K>, zero_of<S, K>};
}
template <Semiring S, class... K>
constexpr std::tuple<VectorLoops<K>...> kLoops{loops_of<S, K>()...};

const AllVectorLoops* find(Semiring semiring) {
  return in_semiring<float>(semiring, []<Semiring S>() -> const AllVectorLoops* {
    return &kLoops<S, float16, bfloat16, float, double, std::complex<float>, std::complex<double>, std::uint32_t,
                   std::uint64_t>;
  });
}

}  // namespace
}  // namespace ricci::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ricci::cpu {

HWY_EXPORT(find);

const AllVectorLoops& all_vector_loops(Semiring semiring) { return *HWY_DYNAMIC_DISPATCH(find)(semiring); }

}  // namespace ricci::cpu
#endif
