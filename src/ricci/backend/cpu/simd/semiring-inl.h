// One step of a sum in vectors, in any semiring but those that sum exponentials: what the register tiles and the loops
// of matrices times vectors are made of. Compiled once per instruction set.
#if defined(RICCI_SEMIRING_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef RICCI_SEMIRING_INL_H_
#undef RICCI_SEMIRING_INL_H_
#else
#define RICCI_SEMIRING_INL_H_
#endif

#include <hwy/highway.h>

#include "ricci/backend/cpu/simd/extremes-inl.h"
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

/// One step of a sum in vectors.
template <Semiring S>
struct VectorRing {
  /// Integers have no infinity: the zero that absorbs is one of them, and is looked for.
  template <class T>
  static constexpr bool kLooksForZero = element::Ring<S, T>::looks_for_zero;

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
    if constexpr (is_linear(S))
      return hn::Add(sum, x);
    else
      return extreme<selects_least(S)>(sum, x);
  }
  template <class V>
  static HWY_INLINE V multiply(V x, V y) {
    constexpr ProductOp kProduct = traits_of(S).product;  // a new one needs a line here
    if constexpr (kProduct == ProductOp::multiply) return hn::Mul(x, y);
    if constexpr (kProduct == ProductOp::add) return hn::Add(x, y);
  }
  template <class V>
  static HWY_INLINE V multiply_add(V x, V y, V sum) {
    if constexpr (is_linear(S) && hwy::IsFloat<hn::TFromV<V>>())
      return hn::MulAdd(x, y, sum);
    else
      return add(sum, multiply(x, y));
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
  return element::visit_semiring(semiring, [&]<Semiring S>() {
    if constexpr (selects(S) && !is_complex_type<K>)
      return f.template operator()<S>();
    else
      return f.template operator()<Semiring::sum_product>();
  });
}

}  // namespace ricci::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
