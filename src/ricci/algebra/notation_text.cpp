#include "ricci/algebra/notation_text.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "ricci/algebra/unicode_ranges.h"

namespace ricci::notation {
namespace {

template <std::size_t N>
bool holds(const CodePointRange (&ranges)[N], char32_t code) {
  const auto after = std::upper_bound(std::begin(ranges), std::end(ranges), code,
                                      [](char32_t c, const CodePointRange& range) { return c < range.first; });
  return after != std::begin(ranges) && code <= std::prev(after)->last;
}

bool is_surrogate(char32_t code) { return code >= 0xd800 && code <= 0xdfff; }

// What a line of an error shows for a code point.
std::string_view shown_bytes(std::string_view text, std::size_t at, const CodePoint& code) {
  if (!code.valid || (is_control(code.value) && !is_blank(code.value))) return "\xef\xbf\xbd";
  if (is_blank(code.value)) return " ";
  return text.substr(at, code.size);
}

}  // namespace

CodePoint decode(std::string_view text, std::size_t at) {
  static constexpr std::array<char32_t, 5> kLeast{0, 0, 0x80, 0x800, 0x10000};
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return {first, 1, true};
  const std::size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  const CodePoint invalid{first, 1, false};
  if (first < 0xc0 || first > 0xf7 || at + size > text.size()) return invalid;
  char32_t code = first & (0xffu >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0u) != 0x80u) return invalid;
    code = (code << 6) | (byte(i) & 0x3fu);
  }
  if (code < kLeast[size] || code > 0x10ffff || is_surrogate(code)) return invalid;
  return {code, size, true};
}

std::size_t count_code_points(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t at = 0; at < text.size(); at += decode(text, at).size) ++count;
  return count;
}

bool is_letter(char32_t code) {
  if (code < 0x80) return (code >= 'a' && code <= 'z') || (code >= 'A' && code <= 'Z');
  return holds(kLetters, code);
}

bool is_blank(char32_t code) {
  if (code < 0x80) return code == ' ' || (code >= 9 && code <= 13);
  return code == 0x85 || code == 0xa0 || code == 0x1680 || (code >= 0x2000 && code <= 0x200a) || code == 0x2028 ||
         code == 0x2029 || code == 0x202f || code == 0x205f || code == 0x3000;
}

bool is_control(char32_t code) { return code < 0x20 || (code >= 0x7f && code < 0xa0); }
bool is_mark(char32_t code) { return code >= 0x80 && holds(kMarks, code); }
int width(char32_t code) { return code < 0x80 ? 1 : is_mark(code) ? 0 : holds(kWide, code) ? 2 : 1; }

std::string shown(std::string_view text, std::size_t most) {
  std::string out;
  std::size_t count = 0;
  for (std::size_t at = 0; at < text.size(); ++count) {
    if (count == most) return out + "...";
    const CodePoint code = decode(text, at);
    out += shown_bytes(text, at, code);
    at += code.size;
  }
  return out;
}

std::string code_name(const CodePoint& code) {
  static constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string digits;
  for (char32_t rest = code.value; rest != 0; rest >>= 4) digits.insert(digits.begin(), kDigits[rest & 15u]);
  const std::size_t least = code.valid ? 4 : 2;
  if (digits.size() < least) digits.insert(0, least - digits.size(), '0');
  return (code.valid ? "U+" : "byte 0x") + digits;
}

Span trimmed(std::string_view whole, Span span) {
  while (span.begin < span.end) {
    const CodePoint code = decode(whole, span.begin);
    if (!code.valid || !is_blank(code.value)) break;
    span.begin += code.size;
  }
  // Forward again: UTF-8 is read from its first bytes.
  std::size_t end = span.begin;
  for (std::size_t at = span.begin; at < span.end;) {
    const CodePoint code = decode(whole, at);
    at += code.size;
    if (!code.valid || !is_blank(code.value)) end = at;
  }
  return {span.begin, end};
}

}  // namespace ricci::notation
