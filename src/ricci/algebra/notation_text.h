// Text as the notation sees it: code points of UTF-8, what is a letter or a blank, and how many columns
// a terminal gives it. Any bytes may come in; what is not UTF-8 is one invalid code point a byte.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace ricci::notation {

/// Bytes [begin, end) of a text.
struct Span {
  std::size_t begin = 0, end = 0;
  friend bool operator==(const Span&, const Span&) = default;
};

struct CodePoint {
  char32_t value = 0;  // the byte itself when invalid
  std::size_t size = 1;
  bool valid = true;
};

/// The code point that starts at byte `at`, which is inside `text`.
CodePoint decode(std::string_view text, std::size_t at);
/// The number of code points, invalid bytes counted one each.
std::size_t count_code_points(std::string_view text);

/// Letters of any script: Unicode's general category L.
bool is_letter(char32_t code);
/// Unicode's White_Space.
bool is_blank(char32_t code);
/// C0, DEL and C1.
bool is_control(char32_t code);
/// Takes no column: combining marks and format characters.
bool is_mark(char32_t code);
/// Columns on a terminal: 0, 1 or 2.
int width(char32_t code);

/// The text as it can be shown on one line: blanks as ' ', controls and invalid bytes as U+FFFD; what
/// is longer than `most` code points ends in "...".
std::string shown(std::string_view text, std::size_t most = 60);
/// "U+0301", or "byte 0xff" when invalid.
std::string code_name(const CodePoint& code);
/// The text without blanks at its ends, as a part of `whole`.
Span trimmed(std::string_view whole, Span span);

}  // namespace ricci::notation
