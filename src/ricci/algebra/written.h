// Written: an equation as it stands in the text, before shapes are known. Strings and sublists both
// become one, so that all that follows (binding, messages) exists once.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ricci/algebra/parse.h"

namespace ricci::text {

/// A stretch of the text, in bytes.
struct Span {
  std::size_t at = 0, bytes = 0;
};

/// A label where it stands. `name` is bare ("i", "batch", "0"); an ellipsis has none.
struct WrittenLabel {
  std::string name;
  Span span;
  bool is_ellipsis = false;
};

struct WrittenTerm {
  std::vector<WrittenLabel> labels;
  bool conjugated = false;
  Span span;
  std::ptrdiff_t ellipsis() const {
    for (std::size_t i = 0; i < labels.size(); ++i)
      if (labels[i].is_ellipsis) return static_cast<std::ptrdiff_t>(i);
    return -1;
  }
};

struct Written {
  std::string text;
  std::vector<WrittenTerm> inputs;
  std::optional<WrittenTerm> output;
};

/// Reads an equation. Throws EinsumError.
Written scan(std::string_view equation);
/// The same for sublists; `text` is a rendering of them to point into.
Written render(std::span<const Sublist> operands, const std::optional<Sublist>& output);
/// Gives every label its number and extent. Throws EinsumError, DTypeError.
Parsed bind(const Written& written, std::span<const Extents> shapes, std::span<const DType> dtypes,
            const ParseOptions& options);

/// Throws EinsumError: the headline, the text with carets under the spans, then the details, a line each.
[[noreturn]] void complain(std::string_view text, std::vector<Span> spans, ErrorSite site, const std::string& headline,
                           const std::vector<std::string>& details = {});
/// A term with this label twice as an ellipsis, or the like, is refused here for strings and sublists alike.
void check_ellipses(const Written& written, const WrittenTerm& term, int operand);

}  // namespace ricci::text
