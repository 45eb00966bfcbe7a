// Code points of UTF-8 text: decoding that survives any bytes, which of them are label letters, and
// how many terminal columns each takes.
#pragma once

#include <cstdint>
#include <string_view>

namespace ricci::text {

inline constexpr char32_t kInvalid = 0xFFFFFFFF;

struct CodePoint {
  char32_t value = kInvalid;  // kInvalid for a byte that is no UTF-8
  std::size_t bytes = 1;
};

/// The code point at byte `at`; overlong forms and surrogates are invalid.
CodePoint decode(std::string_view text, std::size_t at);
/// ASCII letters, and every code point past ASCII that is no space, control, mark, symbol, punctuation
/// or private one.
bool is_letter(char32_t c);
bool is_space(char32_t c);
/// 0 for combining marks and joiners, 2 for East Asian wide forms and emoji, else 1.
int width(char32_t c);

}  // namespace ricci::text
