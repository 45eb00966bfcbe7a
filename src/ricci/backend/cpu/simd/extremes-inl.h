// The larger and the smaller in vectors, integers compared as signed ones. A NaN on either side is the result; of equal
// ones x is (of 0 and -0 Arm's whole vectors give the larger). Compiled once per instruction set.
#if defined(RICCI_EXTREMES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef RICCI_EXTREMES_INL_H_
#undef RICCI_EXTREMES_INL_H_
#else
#define RICCI_EXTREMES_INL_H_
#endif

#include <hwy/highway.h>

#include <type_traits>

HWY_BEFORE_NAMESPACE();
namespace ricci::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Of a number and a NaN, Highway's Max and Min give the second on x86 and the number on Arm; Arm's own give the NaN.
template <bool kLeast, class V>
HWY_INLINE V extreme_of_floats(V x, V y) {
#if HWY_TARGET == HWY_NEON
  if constexpr (std::is_same_v<V, hn::Vec<hn::ScalableTag<float>>>)
    return V(kLeast ? vminq_f32(y.raw, x.raw) : vmaxq_f32(y.raw, x.raw));
  if constexpr (std::is_same_v<V, hn::Vec<hn::ScalableTag<double>>>)
    return V(kLeast ? vminq_f64(y.raw, x.raw) : vmaxq_f64(y.raw, x.raw));
#elif HWY_TARGET != HWY_SCALAR
  return hn::IfThenElse(hn::IsNaN(y), y, kLeast ? hn::Min(y, x) : hn::Max(y, x));
#endif
  return hn::IfThenElse(hn::Or(kLeast ? hn::Lt(y, x) : hn::Gt(y, x), hn::IsNaN(y)), y, x);
}

template <bool kLeast, class V>
HWY_INLINE V extreme(V x, V y) {
  if constexpr (hwy::IsFloat<hn::TFromV<V>>()) {
    return extreme_of_floats<kLeast>(x, y);
  } else {
    const hn::DFromV<V> d;
    const hn::RebindToSigned<decltype(d)> as;
    const auto a = hn::BitCast(as, x), b = hn::BitCast(as, y);
    return hn::BitCast(d, kLeast ? hn::Min(a, b) : hn::Max(a, b));
  }
}
template <class V>
HWY_INLINE V maximum(V x, V y) {
  return extreme<false>(x, y);
}
template <class V>
HWY_INLINE V minimum(V x, V y) {
  return extreme<true>(x, y);
}

}  // namespace ricci::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
