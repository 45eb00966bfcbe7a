// A wrong equation, drawn: what was written, the equation with carets under every place it is about, the
// operands, and the mend. Columns are a terminal's, so wide letters get two carets.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ricci/algebra/notation_text.h"
#include "ricci/base/error.h"

namespace ricci::notation {

struct Fault {
  std::string what;                  ///< the first line
  std::vector<Span> marks{};         ///< places in the equation; an empty one gets a caret too
  std::vector<std::string> lines{};  ///< facts, one a line: operands with their shapes
  std::string mend;                  ///< the last line
  int operand = -1;
  std::string label{};
  std::size_t primary = 0;  ///< the mark that is the error's position
};

/// The equation and its line of carets, indented by four; a long one is cut to what the marks are about.
std::string draw(std::string_view equation, const std::vector<Span>& marks, std::size_t primary = 0);

/// Throws E with the drawn fault.
template <class E = EinsumError>
[[noreturn]] void raise(std::string_view equation, const Fault& fault) {
  std::string text = concat(fault.what, "\n", draw(equation, fault.marks, fault.primary));
  for (const std::string& line : fault.lines) text += concat("\n  ", line);
  const std::ptrdiff_t position =
      fault.marks.empty()
          ? -1
          : static_cast<std::ptrdiff_t>(count_code_points(equation.substr(0, fault.marks[fault.primary].begin)));
  fail_at<E>({.operand = fault.operand, .label = fault.label, .position = position}, text, "\n  ", fault.mend);
}

}  // namespace ricci::notation
