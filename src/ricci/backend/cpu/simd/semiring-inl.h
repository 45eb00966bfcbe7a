// One step of a sum in vectors, in any of the semirings but log_sum_exp: what the register tiles and the loops
// of matrices times vectors are made of. Compiled once per instruction set.
#if defined(RICCI_SEMIRING_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef RICCI_SEMIRING_INL_H_
#undef RICCI_SEMIRING_INL_H_
#else
#define RICCI_SEMIRING_INL_H_
#endif

#include <hwy/highway.h>

#include "ricci/backend/element.h"

HWY_BEFORE_NAMESPACE();
namespace ricci::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// What extremes compare T as: sums of integers are kept unsigned, since they wrap.
template <class T>
auto compared() {
  if constexpr (std::is_integral_v<T>)
    return std::make_signed_t<T>();
  else
    return T();
}
template <class T>
using Compared = decltype(compared<T>());

/// One step of a sum in vectors. A NaN on either side of an extreme is the result.
template <Semiring S>
struct VectorRing {
  /// Integers have no infinity: the zero that absorbs is one of them, and is looked for.
  template <class T>
  static constexpr bool kLooksForZero = std::is_integral_v<T> && (S == Semiring::max_plus || S == Semiring::min_plus);

  template <class T>
  static T zero() {
    return static_cast<T>(element::Ring<S, Compared<T>>::zero());
  }
  template <class T>
  static T add_one(T sum, T x) {
    return static_cast<T>(
        element::Ring<S, Compared<T>>::add(static_cast<Compared<T>>(sum), static_cast<Compared<T>>(x)));
  }
  template <class V>
  static HWY_INLINE V add(V sum, V x) {
    if constexpr (S == Semiring::sum_product) {
      return hn::Add(sum, x);
    } else if constexpr (!hwy::IsFloat<hn::TFromV<V>>()) {
      const hn::DFromV<V> d;
      const hn::RebindToSigned<decltype(d)> as;
      const auto a = hn::BitCast(as, sum), b = hn::BitCast(as, x);
      return hn::BitCast(d, S == Semiring::min_plus ? hn::Min(a, b) : hn::Max(a, b));
    } else {
      return extreme(sum, x);
    }
  }
  // Of a number and a NaN, Highway's Max and Min give the second on x86 and the number on Arm; Arm's own give the NaN.
  template <class V>
  static HWY_INLINE V extreme(V sum, V x) {
    constexpr bool kLeast = S == Semiring::min_plus;
#if HWY_TARGET == HWY_NEON
    if constexpr (std::is_same_v<V, hn::Vec<hn::ScalableTag<float>>>)
      return V(kLeast ? vminq_f32(x.raw, sum.raw) : vmaxq_f32(x.raw, sum.raw));
    else if constexpr (std::is_same_v<V, hn::Vec<hn::ScalableTag<double>>>)
      return V(kLeast ? vminq_f64(x.raw, sum.raw) : vmaxq_f64(x.raw, sum.raw));
    else
      return hn::IfThenElse(hn::Or(kLeast ? hn::Lt(x, sum) : hn::Gt(x, sum), hn::IsNaN(x)), x, sum);
#elif HWY_TARGET == HWY_SCALAR
    return hn::IfThenElse(hn::Or(kLeast ? hn::Lt(x, sum) : hn::Gt(x, sum), hn::IsNaN(x)), x, sum);
#else
    return hn::IfThenElse(hn::IsNaN(x), x, kLeast ? hn::Min(x, sum) : hn::Max(x, sum));
#endif
  }
  template <class V>
  static HWY_INLINE V multiply_add(V x, V y, V sum) {
    if constexpr (S == Semiring::sum_product && hwy::IsFloat<hn::TFromV<V>>())
      return hn::MulAdd(x, y, sum);
    else if constexpr (S == Semiring::sum_product || S == Semiring::max_product)
      return add(sum, hn::Mul(x, y));
    else
      return add(sum, hn::Add(x, y));
  }
  /// The same where the zero that absorbs is looked for in both x and y: it adds nothing.
  template <class V>
  static HWY_INLINE V multiply_add_nonzero(V x, V y, V sum) {
    if constexpr (kLooksForZero<hn::TFromV<V>>) {
      const auto absorbs = hn::Set(hn::DFromV<V>(), zero<hn::TFromV<V>>());
      return hn::IfThenElse(hn::Or(hn::Eq(x, absorbs), hn::Eq(y, absorbs)), sum, multiply_add(x, y, sum));
    } else {
      return multiply_add(x, y, sum);
    }
  }
};

/// f.operator()<S>() of the semiring that sums in K are in; complex ones have no order and are always sums.
template <class K, class F>
auto in_semiring(Semiring semiring, F&& f) {
  if constexpr (!is_complex_type<K>) {
    if (semiring == Semiring::max_plus) return f.template operator()<Semiring::max_plus>();
    if (semiring == Semiring::min_plus) return f.template operator()<Semiring::min_plus>();
    if (semiring == Semiring::max_product) return f.template operator()<Semiring::max_product>();
  }
  return f.template operator()<Semiring::sum_product>();
}

}  // namespace ricci::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
