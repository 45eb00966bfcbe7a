// Complex products in vectors of (real, imaginary) pairs, compiled once per instruction set.
#if defined(RICCI_COMPLEX_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef RICCI_COMPLEX_INL_H_
#undef RICCI_COMPLEX_INL_H_
#else
#define RICCI_COMPLEX_INL_H_
#endif

#include <hwy/highway.h>

#include "ricci/base/dtype.h"

HWY_BEFORE_NAMESPACE();
namespace ricci::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// Real numbers in an element.
template <class K>
inline constexpr int kParts = is_complex_type<K> ? 2 : 1;

/// x * y of complex elements is summed up as `sum`, the real part of x times (re, im) of y, and `turned`,
/// the imaginary part of x times the same; they meet once, at the end: sum + (-1, 1) * swap(turned).
#if HWY_TARGET != HWY_SCALAR
template <class D>
class Turned {
 public:
  HWY_INLINE Turned(bool conjugates_x, bool conjugates_y, D d) {
    const auto minus = hn::Set(d, hn::TFromD<D>(-0.0)), none = hn::Zero(d);
    const auto odd = hn::OddEven(minus, none), even = hn::Xor(odd, minus);
    flip_sum_ = conjugates_y ? odd : none;
    flip_turned_ = conjugates_y ? none : even;
    if (conjugates_x) flip_turned_ = hn::Xor(flip_turned_, minus);
  }
  HWY_INLINE hn::Vec<D> operator()(hn::Vec<D> sum, hn::Vec<D> turned) const {
    return hn::Add(hn::Xor(sum, flip_sum_), hn::Xor(hn::Reverse2(D(), turned), flip_turned_));
  }

 private:
  hn::Vec<D> flip_sum_, flip_turned_;
};
#endif

}  // namespace ricci::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
