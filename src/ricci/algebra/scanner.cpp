#include "ricci/algebra/scanner.h"

#include <set>

#include "ricci/algebra/fault.h"
#include "ricci/base/error.h"

namespace ricci::notation {
namespace {

constexpr std::string_view kLabelMend = "a label is one letter or digit, or a name in braces, as {x1}";

constexpr char32_t kFirstGenerated = 0xc0;     // after a to z and A to Z
constexpr std::size_t kGeneratedLetters = 75;  // before the first that is none, U+00D7

bool has_generated_labels(std::string_view text) {
  std::set<char32_t> letters;
  for (std::size_t at = 0; at < text.size() && letters.size() < kGeneratedLetters;) {
    const CodePoint code = decode(text, at);
    if (is_letter(code.value)) letters.insert(code.value);
    at += code.size;
  }
  return letters.size() == kGeneratedLetters;
}

std::string quoted(std::string_view text) { return concat("'", shown(text), "'"); }

std::string mend_of(const CodePoint& code, std::string_view sign) {
  if (!code.valid) return "an equation is UTF-8 text";
  if (code.value == 0x2192) return concat("write '->' for ", quoted(sign));
  if (code.value == 0x2026) return concat("write three dots, '...', for ", quoted(sign));
  if (code.value == 0xff0c || code.value == 0x3001) return concat("write ',' for ", quoted(sign));
  if (code.value == ';' || code.value == '|') return "terms are parted by ','";
  if (code.value == '=') return "the output stands after '->'";
  if (is_mark(code.value)) return "write the letter as one code point (Unicode's form NFC), or a name in braces";
  return std::string(kLabelMend);
}

std::string what_of(const CodePoint& code, std::string_view sign) {
  if (!code.valid) return concat(code_name(code), " is not UTF-8");
  if (is_mark(code.value)) return concat("the mark ", code_name(code), " is not a letter");
  if (is_control(code.value)) return concat("the control character ", code_name(code), " is not a letter");
  return concat(quoted(sign), " is not a letter");
}

bool is_digit(char32_t code) { return code >= '0' && code <= '9'; }

}  // namespace

Token Scanner::take(Sign sign, std::size_t size) {
  const Span at{at_, at_ + size};
  at_ += size;
  return {sign, at, text_.substr(at.begin, size)};
}

bool Scanner::is_symbol(const CodePoint& code) {
  if (code.value < kFirstGenerated) return false;
  if (!generated_) generated_ = has_generated_labels(text_);
  return *generated_;
}

Token Scanner::next() {
  while (at_ < text_.size()) {
    const CodePoint code = decode(text_, at_);
    if (!code.valid) refuse(code);
    if (is_letter(code.value) || is_digit(code.value) || is_symbol(code)) return take(Sign::label, code.size);
    if (!is_blank(code.value)) break;
    at_ += code.size;
  }
  if (at_ == text_.size()) return take(Sign::end, 0);
  const std::string_view rest = text_.substr(at_);
  switch (rest.front()) {
    case ',': return take(Sign::comma, 1);
    case '*': return take(Sign::star, 1);
    case '{': return braced_name();
    case '}': refuse_brace("'}' without a '{' before it", {at_, at_ + 1}, "a long label is written {name}");
    case '.':
      if (rest.starts_with("...")) return take(Sign::ellipsis, 3);
      refuse_dots();
    case '-':
      if (rest.starts_with("->")) return take(Sign::arrow, 2);
      refuse_half_arrow();
    case '>': refuse_half_arrow();
    default: refuse(decode(text_, at_));
  }
}

Token Scanner::braced_name() {
  const std::size_t open = at_, close = text_.find_first_of("{}", open + 1);
  if (close == std::string_view::npos || text_[close] == '{')
    refuse_brace("'{' without a '}' after it", {open, open + 1}, "a long label is written {name}");
  const Span inside = trimmed(text_, {open + 1, close});
  const std::string_view name = text_.substr(inside.begin, inside.end - inside.begin);
  const Span whole{open, close + 1};
  const std::string_view fault = fault_of_name(name);
  if (!fault.empty())
    refuse_brace(concat(quoted(text_.substr(open, close + 1 - open)), " is not a label: ", fault), whole,
                 "write a name between the braces, as {batch} or {head_size}");
  at_ = close + 1;
  return {Sign::label, whole, name};
}

void Scanner::refuse(const CodePoint& code) const {
  const std::string_view sign = text_.substr(at_, code.size);
  std::vector<Span> marks = places_of(text_, sign);
  // An invalid byte may also be a part of a valid code point elsewhere.
  if (!code.valid || marks.empty()) marks = {{at_, at_ + code.size}};
  raise(text_, {.what = what_of(code, sign), .marks = std::move(marks), .mend = mend_of(code, sign)});
}

void Scanner::refuse_half_arrow() const {
  const bool dash = text_[at_] == '-';
  const bool last = trimmed(text_, {at_, text_.size()}).end == at_ + 1;
  if (dash && last)
    raise(text_, {.what = "the equation ends in '-'",
                  .marks = {{at_, at_ + 1}},
                  .mend = "a shell takes an unquoted '>' for itself: quote the equation, as 'ij,jk->ik'"});
  raise(text_, {.what = dash ? "'-' without '>'" : "'>' without '-'",
                .marks = {{at_, at_ + 1}},
                .mend = "write '->' between the operands' terms and the output"});
}

void Scanner::refuse_dots() const {
  std::size_t end = at_;
  while (end < text_.size() && text_[end] == '.') ++end;
  raise(text_, {.what = concat(quoted(text_.substr(at_, end - at_)), " is not an ellipsis"),
                .marks = {{at_, end}},
                .mend = "write three dots, '...', for the axes without names"});
}

void Scanner::refuse_brace(std::string_view what, Span at, std::string_view mend) const {
  raise(text_, {.what = std::string(what), .marks = {at}, .mend = std::string(mend)});
}

std::vector<Span> places_of(std::string_view equation, std::string_view sign) {
  std::vector<Span> places;
  bool inside = false;
  for (std::size_t at = 0; at < equation.size();) {
    if (equation[at] == '{' || equation[at] == '}') inside = equation[at] == '{';
    const bool here = !inside && equation.substr(at).starts_with(sign);
    if (here) places.push_back({at, at + sign.size()});
    at += here ? sign.size() : decode(equation, at).size;
  }
  return places;
}

std::string_view fault_of_name(std::string_view name) {
  if (name.empty()) return "the name is empty";
  if (name == "...") return "an ellipsis is written without braces or quotes";
  for (std::size_t at = 0; at < name.size();) {
    const CodePoint code = decode(name, at);
    if (!code.valid) return "the name is not UTF-8";
    if (code.value == '{' || code.value == '}') return "a name holds no braces";
    if (is_blank(code.value)) return "a name holds no blank";
    if (is_control(code.value)) return "a name holds no control character";
    at += code.size;
  }
  return {};
}

}  // namespace ricci::notation
