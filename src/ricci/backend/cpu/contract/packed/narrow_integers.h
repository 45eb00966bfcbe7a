// Integers of 8 and 16 bits in the high bits of 32, for the semirings of extremes: there sums and products wrap as in
// their own type, and compare alike. packed.cpp raises what it has packed; the epilogue lowers the sums.
#pragma once

#include "ricci/backend/element.h"

namespace ricci::cpu {

/// How elements of a narrow dtype lie in the panels of a product where the largest or least term is kept. With x of
/// `rows` and y of `columns`, both widened: x + y is x 2^s + (y 2^s + 2^(s-1)), whose lowest bit set tells every y from
/// the zero that absorbs, and x y is (x 2^s) y. uint8 is compared as int8 once 128 is added, which is done to x.
class NarrowIntegers {
 public:
  /// Whether this dtype is raised: unsigned products would have to be moved by 128 each.
  static bool holds(DType dtype, Semiring semiring) {
    if (!selects(semiring)) return false;
    const bool is_signed = dtype == DType::i8 || dtype == DType::i16;
    return adds_terms(semiring) ? is_signed || dtype == DType::u8 : needs_nonnegative(semiring) && is_signed;
  }

  NarrowIntegers(DType dtype, Semiring semiring) : adds_(adds_terms(semiring)) {
    const bool least = selects_least(semiring);
    shift_ = dtype == DType::i16 ? 16 : 24;
    flip_ = dtype == DType::u8 ? 0x80 : 0;
    zero_ = dtype == DType::i16  ? zero_of<std::int16_t>(least)
            : dtype == DType::u8 ? zero_of<std::uint8_t>(least)
                                 : zero_of<std::int8_t>(least);
    raised_zero_ = zero_of<std::int32_t>(least);
  }

  void rows(std::uint32_t* x, std::int64_t n) const {
    if (adds_) return add_all(x, n, flip_, 0);
    for (std::int64_t i = 0; i < n; ++i) x[i] <<= shift_;
  }
  void columns(std::uint32_t* y, std::int64_t n) const {
    if (adds_) add_all(y, n, 0, 1u << (shift_ - 1));
  }

  /// The element that a sum stands for.
  template <class T>
  static T lower(std::uint32_t sum) {
    constexpr int kShift = 32 - 8 * static_cast<int>(sizeof(T));
    constexpr std::int32_t kFlip = std::is_unsigned_v<T> ? 0x80 : 0;
    return static_cast<T>((static_cast<std::int32_t>(sum) >> kShift) ^ kFlip);
  }

 private:
  template <class T>
  static std::uint32_t zero_of(bool least) {
    return static_cast<std::uint32_t>(least ? std::numeric_limits<T>::max() : std::numeric_limits<T>::min());
  }
  void add_all(std::uint32_t* x, std::int64_t n, std::uint32_t flip, std::uint32_t low) const {
    for (std::int64_t i = 0; i < n; ++i) x[i] = x[i] == zero_ ? raised_zero_ : ((x[i] ^ flip) << shift_) | low;
  }

  bool adds_;
  int shift_;
  std::uint32_t flip_, zero_, raised_zero_;
};

}  // namespace ricci::cpu
