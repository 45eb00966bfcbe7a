// Elements in vectors as they are stored and as they are computed with: 16-bit floats as float, rounded to nearest
// even once. Compiled once per instruction set.
#if defined(RICCI_LOAD_STORE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef RICCI_LOAD_STORE_INL_H_
#undef RICCI_LOAD_STORE_INL_H_
#else
#define RICCI_LOAD_STORE_INL_H_
#endif

#include <hwy/cache_control.h>
#include <hwy/highway.h>

#include "ricci/base/dtype.h"

HWY_BEFORE_NAMESPACE();
namespace ricci::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

#if HWY_TARGET != HWY_SCALAR
/// The high halves of floats, rounded; a NaN stays one.
template <class D>
HWY_INLINE hn::Vec<hn::Rebind<std::uint16_t, D>> round_to_bfloat16(D, hn::Vec<D> value) {
  const hn::RebindToUnsigned<D> word;
  const hn::RebindToSigned<D> number;
  const auto bits = hn::BitCast(word, value);
  const auto odd = hn::And(hn::ShiftRight<16>(bits), hn::Set(word, 1));
  const auto rounded = hn::Add(bits, hn::Add(odd, hn::Set(word, 0x7fff)));
  const auto quiet = hn::Or(bits, hn::Set(word, 0x400000));
  const auto kept = hn::IfThenElse(hn::RebindMask(word, hn::IsNaN(value)), quiet, rounded);
  return hn::DemoteTo(hn::Rebind<std::uint16_t, D>(), hn::BitCast(number, hn::ShiftRight<16>(kept)));
}
#endif

/// The vector of d at `from`.
template <class D, class T>
HWY_INLINE hn::Vec<D> load(D d, const T* from) {
#if HWY_TARGET == HWY_SCALAR
  if constexpr (is_half_type<T>) {
    return hn::Set(d, static_cast<float>(*from));
  } else
#else
  if constexpr (is_half_type<T>) {
    using Half = std::conditional_t<std::is_same_v<T, float16>, hwy::float16_t, hwy::bfloat16_t>;
    return hn::PromoteTo(d, hn::LoadU(hn::Rebind<Half, D>(), reinterpret_cast<const Half*>(from)));
  } else
#endif
    return hn::LoadU(d, from);
}

/// `value`, rounded to T, to `to`; non-temporally where it `Streams`, which must then be where a vector may begin.
template <bool Streams = false, class D, class T>
HWY_INLINE void store(D d, hn::Vec<D> value, T* to) {
  [[maybe_unused]] const auto put = [](auto tag, auto vector, auto* at) HWY_ATTR {
    if constexpr (Streams)
      hn::Stream(vector, tag, at);
    else
      hn::StoreU(vector, tag, at);
  };
#if HWY_TARGET == HWY_SCALAR
  if constexpr (is_half_type<T>) {
    *to = T(hn::GetLane(value));
  } else
#else
  if constexpr (std::is_same_v<T, float16>) {
    const hn::Rebind<hwy::float16_t, D> half;
    const hn::RebindToUnsigned<decltype(half)> bits;
    put(bits, hn::BitCast(bits, hn::DemoteTo(half, value)), reinterpret_cast<std::uint16_t*>(to));
  } else if constexpr (std::is_same_v<T, bfloat16>) {
    put(hn::Rebind<std::uint16_t, D>(), round_to_bfloat16(d, value), reinterpret_cast<std::uint16_t*>(to));
  } else
#endif
    put(d, value, to);
}

}  // namespace ricci::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
