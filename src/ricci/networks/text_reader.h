// TextReader: the words and signs of a text file with the line and column where each begins, for the formats that
// people write by hand. Invariant: it never reads past the file's end, and every refusal names the place.
#pragma once

#include <limits>
#include <string>
#include <string_view>

#include "ricci/base/error.h"
#include "ricci/files/input_file.h"

namespace ricci::networks {

/// Counted from 1; columns count bytes.
struct Place {
  std::int64_t line = 1, column = 1;
};

/// A piece of the text; empty at its end.
struct Token {
  std::string_view text;
  Place place;
  bool empty() const { return text.empty(); }
};

class TextReader {
 public:
  /// Reads the whole file. Throws DataError when it is too long for a text.
  explicit TextReader(const io::InputFile& file);
  TextReader(const TextReader&) = delete;
  TextReader& operator=(const TextReader&) = delete;

  const std::string& name() const { return name_; }
  Place place() const { return place_; }
  /// Bytes not yet read: no list can have more items.
  std::size_t left() const { return text_.size() - at_; }
  /// The next byte, or '\0' at the end.
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool ended() const { return at_ == text_.size(); }
  /// The next `count` bytes.
  std::string_view take(std::size_t count);
  /// The bytes up to the first that `stays` refuses.
  template <class Stays>
  Token take_while(Stays&& stays) {
    std::size_t end = at_;
    while (end < text_.size() && stays(text_[end])) ++end;
    const Place place = place_;
    return {take(end - at_), place};
  }

  void skip_blanks();
  /// Blanks, but not to the next line.
  void skip_blanks_in_line();
  void skip_line();
  /// What stands between blanks.
  Token word();
  /// The same, if there is one on this line.
  Token word_in_line();

  /// A whole number from `least` to `most`; `what` names it in errors. Throws DataError.
  std::int64_t integer(const Token& token, std::string_view what, std::int64_t least = INT64_MIN,
                       std::int64_t most = INT64_MAX) const;
  /// A finite number. Throws DataError.
  double number(const Token& token, std::string_view what) const;

  /// Throws DataError: "'f.cnf', line 3, column 7: ..."
  template <class... Parts>
  [[noreturn]] void refuse(const Place& place, const Parts&... parts) const {
    fail<DataError>(name_, ", line ", place.line, ", column ", place.column, ": ", parts...);
  }

 private:
  std::string name_, text_;
  std::size_t at_ = 0;
  Place place_;
};

/// The token as messages show it: in quotes, short, on one line; "the file's end" for an empty one.
std::string shown(const Token& token);

}  // namespace ricci::networks
