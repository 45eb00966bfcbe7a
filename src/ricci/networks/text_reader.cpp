#include "ricci/networks/text_reader.h"

#include <charconv>
#include <cmath>

#include "ricci/algebra/notation_text.h"
#include "ricci/base/read_float.h"

namespace ricci::networks {
namespace {

constexpr std::int64_t kMostBytes = std::int64_t{1} << 30;
constexpr std::size_t kShown = 40;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f' || c == '\v'; }
bool is_blank_in_line(char c) { return is_blank(c) && c != '\n'; }
bool is_no_blank(char c) { return !is_blank(c); }

std::string read_all(const io::InputFile& file) {
  if (file.size() > kMostBytes)
    fail<DataError>(file.name(), ": ", file.size(), " bytes are too many for a text; at most ", kMostBytes,
                    " are read");
  std::string text(static_cast<std::size_t>(file.size()), '\0');
  file.read(0, text.data(), file.size());
  return text;
}

}  // namespace

std::string shown(const Token& token) {
  return token.empty() ? "the file's end" : "'" + notation::shown(token.text, kShown) + "'";
}

TextReader::TextReader(const io::InputFile& file) : name_(file.name()), text_(read_all(file)) {}

std::string_view TextReader::take(std::size_t count) {
  const std::string_view taken = std::string_view(text_).substr(at_, count);
  for (const char c : taken) {
    ++place_.column;
    if (c == '\n') place_ = {place_.line + 1, 1};
  }
  at_ += taken.size();
  return taken;
}

void TextReader::skip_blanks() { take_while(is_blank); }
void TextReader::skip_blanks_in_line() { take_while(is_blank_in_line); }

void TextReader::skip_line() {
  take_while([](char c) { return c != '\n'; });
  take(1);
}

Token TextReader::word() {
  skip_blanks();
  return take_while(is_no_blank);
}

Token TextReader::word_in_line() {
  skip_blanks_in_line();
  return take_while(is_no_blank);
}

std::int64_t TextReader::integer(const Token& token, std::string_view what, std::int64_t least,
                                 std::int64_t most) const {
  std::int64_t value = 0;
  const char* const end = token.text.data() + token.text.size();
  const auto [at, error] = std::from_chars(token.text.data(), end, value);
  if (token.empty() || at != end || error != std::errc())
    refuse(token.place, what, " must be a whole number, not ", shown(token));
  if (value < least || value > most)
    refuse(token.place, what, " is ", value, "; it must lie from ", least, " to ", most);
  return value;
}

double TextReader::number(const Token& token, std::string_view what) const {
  double value = 0;
  std::string_view text = token.text;
  if (text.starts_with('+')) text.remove_prefix(1);
  const char* const end = text.data() + text.size();
  const auto [at, error] = read_float(text.data(), end, value);
  if (text.empty() || at != end || error != std::errc() || !std::isfinite(value))
    refuse(token.place, what, " must be a finite number, not ", shown(token));
  return value;
}

}  // namespace ricci::networks
