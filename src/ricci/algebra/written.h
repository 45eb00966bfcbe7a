// An equation as it was written: terms of labels with their places in the text, before any shape is
// known. Made from a string or from sublists (which are rendered as a string first, so that an error
// has something to point into); read by bind.cpp.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "ricci/algebra/contraction.h"
#include "ricci/algebra/notation_text.h"
#include "ricci/algebra/parse.h"

namespace ricci::notation {

struct WrittenLabel {
  Label label = 0;
  Span at;
};

struct WrittenTerm {
  SmallVector<WrittenLabel, 8> labels{};
  std::optional<std::size_t> ellipsis{};  ///< the number of labels before it
  Span ellipsis_at{};
  Span at{};  ///< without blanks around; an empty place where the term is empty
  bool conjugated = false;
};

/// Numbers names 0, 1, ... in order of first use. A name is a letter, or what stands between braces.
class Names {
 public:
  Label number(std::string_view name);
  std::optional<Label> find(std::string_view name) const;
  const std::vector<std::string>& all() const { return names_; }
  const std::string& operator[](Label label) const { return names_[static_cast<std::size_t>(label)]; }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  std::vector<std::string> names_;
  std::unordered_map<std::string, Label, Hash, std::equal_to<>> numbers_;
};

struct Written {
  std::string text;
  std::vector<WrittenTerm> inputs;
  std::optional<WrittenTerm> output;
  Names names;

  std::string_view text_of(Span span) const { return std::string_view(text).substr(span.begin, span.end - span.begin); }
};

/// Reads the text of an equation. Throws EinsumError.
Written read_equation(std::string_view equation);
/// Writes sublists down as an equation and its terms. Throws EinsumError.
Written write_sublists(std::span<const Sublist> operands, const std::optional<Sublist>& output);

/// The label as an equation writes it: "i", or "{batch}".
std::string in_braces(std::string_view name);
/// A name as a caller may give it, without the braces.
std::string_view without_braces(std::string_view name);
/// Whether `name` comes before `other` in an implicit output: whole numbers first, by value, then the
/// others by code point.
bool comes_before(std::string_view name, std::string_view other);

}  // namespace ricci::notation
