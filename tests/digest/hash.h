// A 64-bit hash of what a call gives: dtype, shape, strides and elements of tensors, figures, texts of errors.
// Elements count by their bits; every NaN counts as one, since the compiler may swap the operands of a sum.
#pragma once

#include <ricci/ricci.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <string_view>

namespace ricci::digest {

class Hash {
 public:
  std::uint64_t value() const { return value_; }
  void add(std::uint64_t word) {
    value_ = (value_ ^ word) * 0x9e3779b97f4a7c15u;
    value_ ^= value_ >> 29;
  }
  void add(std::int64_t number) { add(static_cast<std::uint64_t>(number)); }
  void add(double number) { add(std::isnan(number) ? ~std::uint64_t{0} : std::bit_cast<std::uint64_t>(number)); }
  void add(std::string_view text) {
    add(std::uint64_t{text.size()});
    for (const char c : text) add(std::uint64_t{static_cast<unsigned char>(c)});
  }
  void add(const Tensor& x);

 private:
  template <class T>
  void add_element(T x);
  template <class T>
  void add_elements(const T* first, const Tensor& x, std::size_t axis);

  std::uint64_t value_ = 0x243f6a8885a308d3u;
};

template <class T>
void Hash::add_element(T x) {
  if constexpr (is_complex_type<T>) {
    add_element(x.real());
    add_element(x.imag());
  } else if constexpr (is_half_type<T>) {
    const bool nan = std::isnan(static_cast<float>(x));
    add(std::uint64_t{nan ? std::uint16_t{0xffff} : std::bit_cast<std::uint16_t>(x)});
  } else if constexpr (std::is_same_v<T, float>) {
    add(std::uint64_t{std::isnan(x) ? ~std::uint32_t{0} : std::bit_cast<std::uint32_t>(x)});
  } else if constexpr (std::is_same_v<T, double>) {
    add(x);
  } else {
    add(static_cast<std::int64_t>(x));
  }
}

template <class T>
void Hash::add_elements(const T* first, const Tensor& x, std::size_t axis) {
  if (axis == x.shape().size()) return add_element(*first);
  for (std::int64_t i = 0; i < x.shape()[axis]; ++i) add_elements(first + i * x.strides()[axis], x, axis + 1);
}

inline void Hash::add(const Tensor& x) {
  if (!x.defined()) return add(std::string_view("undefined"));
  add(name_of(x.dtype()));
  for (const std::int64_t extent : x.shape()) add(extent);
  if (x.numel() == 0) return;
  for (const std::int64_t stride : x.strides()) add(stride);
  const Tensor plain = x.detach();
  visit_dtype(x.dtype(), [&]<class T>(Tag<T>) { add_elements(plain.data<T>(), plain, 0); });
}

}  // namespace ricci::digest
