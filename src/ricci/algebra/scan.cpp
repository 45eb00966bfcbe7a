// From the characters of an equation to its terms.
#include "ricci/algebra/unicode.h"
#include "ricci/algebra/written.h"
#include "ricci/base/error.h"

namespace ricci::text {
namespace {

class Scanner {
 public:
  explicit Scanner(std::string_view text) { out_.text = text; }

  Written scan() {
    begin_term();
    for (skip(); at_ < text().size(); skip()) token();
    end_term();
    for (std::size_t i = 0; i < out_.inputs.size(); ++i) check_ellipses(out_, out_.inputs[i], static_cast<int>(i));
    if (out_.output) check_ellipses(out_, *out_.output, -1);
    return std::move(out_);
  }

 private:
  std::string_view text() const { return out_.text; }
  WrittenTerm& term() { return out_.output ? *out_.output : out_.inputs.back(); }
  bool next_is(std::string_view sign) const { return text().substr(at_, sign.size()) == sign; }

  void skip() {
    while (at_ < text().size()) {
      const CodePoint c = decode(text(), at_);
      if (!is_space(c.value)) return;
      at_ += c.bytes;
    }
  }

  void begin_term() {
    out_.inputs.push_back({});
    out_.inputs.back().span.at = at_;
  }

  // A term's span is from its first label to its last sign; empty where it has none.
  void end_term() {
    WrittenTerm& t = term();
    if (!t.labels.empty()) t.span.at = t.labels.front().span.at;
    t.span.bytes = t.labels.empty() ? 0 : t.labels.back().span.at + t.labels.back().span.bytes - t.span.at;
  }

  void token() {
    const CodePoint c = decode(text(), at_);
    if (is_letter(c.value)) return add({std::string(text().substr(at_, c.bytes)), {at_, c.bytes}});
    if (next_is("...")) return add({"", {at_, 3}, true});
    if (next_is("{")) return named();
    if (next_is(",")) return comma();
    if (next_is("->")) return arrow();
    if (next_is("*")) return conjugate();
    foreign(c);
  }

  void add(WrittenLabel label) {
    if (term().conjugated)
      wrong({at_, label.span.bytes}, "a label after '*': the '*' ends a term", "write the labels first: ij*");
    at_ += label.span.bytes;
    term().labels.push_back(std::move(label));
  }

  void named() {
    const std::size_t close = text().find_first_of("{}", at_ + 1);
    if (close == text().npos || text()[close] == '{')
      wrong({at_, 1}, "'{' without its '}'", "a long label is written {name}");
    std::string_view name = text().substr(at_ + 1, close - at_ - 1);
    while (!name.empty() && name.front() == ' ') name.remove_prefix(1);
    while (!name.empty() && name.back() == ' ') name.remove_suffix(1);
    if (name.empty())
      wrong({at_, close + 1 - at_}, "a label with an empty name", "write a name between the braces: {batch}");
    for (std::size_t i = 0; i < name.size();) {
      const CodePoint c = decode(name, i);
      if (c.value == kInvalid || c.value < 0x20 || c.value == 0x7F)
        wrong({at_, close + 1 - at_}, "a label's name has a character that can't be shown",
              "use letters, digits and signs");
      i += c.bytes;
    }
    add({std::string(name), {at_, close + 1 - at_}});
  }

  void comma() {
    if (out_.output)
      wrong({at_, 1}, "',' after the arrow: a contraction has one output", "write one list of labels after '->'");
    end_term();
    ++at_;
    begin_term();
  }

  void arrow() {
    if (out_.output) wrong({at_, 2}, "a second '->'", "an equation has one arrow: inputs->output");
    end_term();
    at_ += 2;
    out_.output.emplace();
    out_.output->span.at = at_;
  }

  void conjugate() {
    if (out_.output)
      wrong({at_, 1}, "'*' in the output: only operands are conjugated",
            "conjugate each operand instead, or the result");
    if (term().conjugated) wrong({at_, 1}, "a second '*' in one term", "'*' conjugates the operand once");
    term().conjugated = true;
    ++at_;
  }

  [[noreturn]] void foreign(const CodePoint& c) {
    const std::string sign = c.value == kInvalid || c.value < 0x20
                                 ? "a byte that is no text"
                                 : "'" + std::string(text().substr(at_, c.bytes)) + "'";
    if (c.value == '-' && at_ + 1 == text().size())
      wrong({at_, 1}, "the equation ends in '-'",
            "the arrow is written '->'; in a shell quote the equation, or '>' is taken as a redirection");
    if (c.value == '-') wrong({at_, 1}, "'-' is not followed by '>'", "the arrow is written '->'");
    if (c.value == '>') wrong({at_, 1}, "'>' without '-' before it", "the arrow is written '->'");
    if (c.value == '.') wrong({at_, 1}, "'.' is not an ellipsis", "an ellipsis is three dots: ...");
    if (c.value == '}') wrong({at_, 1}, "'}' without its '{'", "a long label is written {name}");
    if (c.value >= '0' && c.value <= '9')
      wrong({at_, 1}, sign + " is a digit, not a label",
            "labels are letters; a longer name is written {name}, such as {" +
                std::string(1, static_cast<char>(c.value)) + "}");
    wrong({at_, c.bytes}, sign + " is not a label", "labels are letters; a longer name is written {name}");
  }

  [[noreturn]] void wrong(Span span, const std::string& what, const std::string& mend) {
    complain(text(), {span}, {.operand = out_.output ? -1 : static_cast<int>(out_.inputs.size()) - 1}, what, {mend});
  }

  Written out_;
  std::size_t at_ = 0;
};

std::string piece(const SublistLabel& label) {
  if (const int* number = std::get_if<int>(&label)) return concat(*number);
  if (const auto* name = std::get_if<std::string>(&label)) return *name;
  return "...";
}

void render_term(const Sublist& list, Written& out, WrittenTerm& term) {
  term.span.at = out.text.size();
  out.text += '[';
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (i > 0) out.text += ", ";
    const std::string name = piece(list[i]);
    const bool is_ellipsis = std::holds_alternative<Ellipsis>(list[i]);
    term.labels.push_back({is_ellipsis ? "" : name, {out.text.size(), name.size()}, is_ellipsis});
    out.text += name;
  }
  out.text += ']';
  term.span.bytes = out.text.size() - term.span.at;
}

void check_names(const Written& out, const WrittenTerm& term, int operand) {
  for (const WrittenLabel& label : term.labels) {
    if (label.is_ellipsis) continue;
    if (label.name.empty() || label.name.find_first_of("{}") != label.name.npos)
      complain(out.text, {term.span}, {.operand = operand}, "a label's name is empty or has a brace",
               {"use a letter, a name or a number"});
    if (label.name[0] == '-')
      complain(out.text, {label.span}, {.operand = operand, .label = label.name},
               concat("label ", label.name, " is negative"), {"number the labels from 0"});
  }
}

}  // namespace

void check_ellipses(const Written& written, const WrittenTerm& term, int operand) {
  std::vector<Span> spans;
  for (const WrittenLabel& label : term.labels)
    if (label.is_ellipsis) spans.push_back(label.span);
  if (spans.size() < 2) return;
  const std::string where = operand < 0 ? "the output" : concat("term ", operand + 1);
  complain(written.text, spans, {.operand = operand}, concat(where, " has ", spans.size(), " ellipses"),
           {"one is allowed in a term: with more, which axes each stands for is not known"});
}

Written scan(std::string_view equation) { return Scanner(equation).scan(); }

Written render(std::span<const Sublist> operands, const std::optional<Sublist>& output) {
  Written out;
  for (const Sublist& list : operands) {
    if (!out.inputs.empty()) out.text += ", ";
    out.inputs.push_back({});
    render_term(list, out, out.inputs.back());
  }
  if (output) {
    out.text += " -> ";
    out.output.emplace();
    render_term(*output, out, *out.output);
  }
  for (std::size_t i = 0; i < out.inputs.size(); ++i) {
    check_names(out, out.inputs[i], static_cast<int>(i));
    check_ellipses(out, out.inputs[i], static_cast<int>(i));
  }
  if (out.output) {
    check_names(out, *out.output, -1);
    check_ellipses(out, *out.output, -1);
  }
  return out;
}

}  // namespace ricci::text
