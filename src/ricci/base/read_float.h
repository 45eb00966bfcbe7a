// std::from_chars for floating-point numbers, also where the library has it for whole numbers alone (libc++ up to 19).
#pragma once

#include <charconv>

#if !defined(__cpp_lib_to_chars)
#include <locale.h>
#if defined(__APPLE__)
#include <xlocale.h>
#endif

#include <cmath>
#include <cstdlib>
#include <string>
#endif

namespace ricci {

#if defined(__cpp_lib_to_chars)
template <class T>
std::from_chars_result read_float(const char* first, const char* last, T& value) {
  return std::from_chars(first, last, value);
}
#else
namespace detail {

// What strtod takes and from_chars doesn't: blanks and a plus in front, digits of base 16.
inline const char* end_of_decimal(const char* first, const char* last) {
  const char* const digits = first + (first != last && *first == '-');
  const auto starts = [&](char c) { return (c >= '0' && c <= '9') || c == '.' || (c | 32) == 'i' || (c | 32) == 'n'; };
  if (digits == last || !starts(*digits)) return first;
  const bool hexadecimal = last - digits > 1 && digits[0] == '0' && (digits[1] | 32) == 'x';
  return hexadecimal ? digits + 1 : last;
}

inline float read_digits(const char* text, char** end, locale_t c, float) { return strtof_l(text, end, c); }
inline double read_digits(const char* text, char** end, locale_t c, double) { return strtod_l(text, end, c); }

}  // namespace detail

template <class T>
std::from_chars_result read_float(const char* first, const char* last, T& value) {
  static const locale_t c = newlocale(LC_ALL_MASK, "C", nullptr);
  const std::string text(first, detail::end_of_decimal(first, last));
  char* end = nullptr;
  const T read = detail::read_digits(text.c_str(), &end, c, T());
  const auto length = end - text.c_str();
  if (length == 0) return {first, std::errc::invalid_argument};
  const bool has_digit = text.find_first_of("123456789") < text.find_first_of("eE");
  if (has_digit && (read == 0 || std::isinf(read))) return {first + length, std::errc::result_out_of_range};
  value = read;
  return {first + length, std::errc()};
}
#endif

}  // namespace ricci
