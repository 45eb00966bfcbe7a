// Cuts the text of an equation into signs, blanks left out. Every byte of any text is looked at once;
// what is no sign of the notation is an EinsumError that points at it. Used by read_equation.cpp.
// opt_einsum numbers labels a to z, A to Z, then all code points from U+00C0 on: after 75 letters come signs, and
// much later marks and blanks. An equation with so many letters may have them all for labels.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "ricci/algebra/notation_text.h"

namespace ricci::notation {

enum class Sign : std::uint8_t { label, ellipsis, comma, arrow, star, end };

struct Token {
  Sign sign = Sign::end;
  Span at;
  std::string_view name;  // of a label, without braces
};

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}
  Token next();

 private:
  Token braced_name();
  Token take(Sign sign, std::size_t size);
  bool is_symbol(const CodePoint& code);
  [[noreturn]] void refuse(const CodePoint& code) const;
  [[noreturn]] void refuse_half_arrow() const;
  [[noreturn]] void refuse_dots() const;
  [[noreturn]] void refuse_brace(std::string_view what, Span at, std::string_view mend) const;

  std::string_view text_;
  std::size_t at_ = 0;
  std::optional<bool> generated_;  // once asked: whether the labels were numbered by a program
};

/// All places of `sign` in an equation, those inside braces left out.
std::vector<Span> places_of(std::string_view equation, std::string_view sign);

/// Why `name` is not a name, in words; empty when it is one. A name holds any printable characters but
/// blanks and braces.
std::string_view fault_of_name(std::string_view name);

}  // namespace ricci::notation
