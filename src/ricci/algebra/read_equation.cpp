#include "ricci/algebra/fault.h"
#include "ricci/algebra/scanner.h"
#include "ricci/algebra/written.h"
#include "ricci/base/error.h"

namespace ricci::notation {
namespace {

class Reader {
 public:
  explicit Reader(Written& written) : written_(written), scanner_(written.text) {}
  void read();

 private:
  Token read_term(WrittenTerm& term);
  void add(WrittenTerm& term, const Token& token);
  std::string term_name(Span span) const { return concat("'", shown(written_.text_of(span)), "'"); }
  [[noreturn]] void refuse_star(const WrittenTerm& term, Span star) const;
  [[noreturn]] void refuse_ellipses(std::size_t from) const;
  [[noreturn]] void refuse_arrows() const;

  Written& written_;
  Scanner scanner_;
};

void Reader::read() {
  Token end;
  do {
    end = read_term(written_.inputs.emplace_back());
  } while (end.sign == Sign::comma);
  if (end.sign == Sign::end) return;
  end = read_term(written_.output.emplace());
  if (end.sign == Sign::arrow) refuse_arrows();
  if (end.sign == Sign::comma)
    raise(written_.text, {.what = "the output is one term, but there is a ',' after the arrow",
                          .marks = {end.at},
                          .mend = "write the output's labels one after the other, or drop the ','"});
  if (written_.output->conjugated)
    raise(written_.text, {.what = "'*' after the output",
                          .marks = {{written_.output->at.end - 1, written_.output->at.end}},
                          .mend = "'*' conjugates an operand; conjugate the result, or every operand"});
}

// Reads up to the ',', the arrow or the end after a term, and returns that.
Token Reader::read_term(WrittenTerm& term) {
  bool first = true;
  while (true) {
    const Token token = scanner_.next();
    if (token.sign == Sign::comma || token.sign == Sign::arrow || token.sign == Sign::end) {
      if (first) term.at = {token.at.begin, token.at.begin};
      return token;
    }
    if (first) term.at.begin = token.at.begin;
    term.at.end = token.at.end;
    first = false;
    add(term, token);
  }
}

void Reader::add(WrittenTerm& term, const Token& token) {
  if (term.conjugated) refuse_star(term, token.at);
  if (token.sign == Sign::star) {
    term.conjugated = true;
  } else if (token.sign == Sign::ellipsis) {
    if (term.ellipsis) refuse_ellipses(term.at.begin);
    term.ellipsis = term.labels.size();
    term.ellipsis_at = token.at;
  } else {
    term.labels.push_back({written_.names.number(token.name), token.at});
  }
}

void Reader::refuse_star(const WrittenTerm& term, Span after) const {
  const std::size_t star = written_.text.rfind('*', after.begin - 1);
  const bool twice = written_.text[after.begin] == '*';
  raise(written_.text,
        {.what = twice ? "two '*' after one term" : "'*' inside a term",
         .marks = twice ? std::vector<Span>{{star, star + 1}, after} : std::vector<Span>{{star, star + 1}},
         .mend = "one '*' after the last label of a term conjugates its operand, as ij*,jk->ik",
         .operand = &term == &written_.inputs.back() ? static_cast<int>(written_.inputs.size()) - 1 : -1});
}

void Reader::refuse_ellipses(std::size_t from) const {
  const std::string_view rest = std::string_view(written_.text).substr(from);
  // The term goes on to the next ',' or arrow outside braces; what lies beyond need not be right.
  std::size_t end = rest.size();
  for (const std::string_view sign : {",", "->"}) {
    const std::vector<Span> places = places_of(rest, sign);
    if (!places.empty()) end = std::min(end, places.front().begin);
  }
  const Span term = trimmed(written_.text, {from, from + end});
  std::vector<Span> marks = places_of(written_.text_of(term), "...");
  for (Span& mark : marks) mark = {mark.begin + from, mark.end + from};
  raise(written_.text, {.what = concat(written_.output ? "the output " : "the term ", term_name(term), " has ",
                                       static_cast<long long>(marks.size()), " ellipses"),
                        .marks = std::move(marks),
                        .mend = "write '...' once in a term, and give the other axes labels",
                        .operand = written_.output ? -1 : static_cast<int>(written_.inputs.size()) - 1,
                        .primary = 1});
}

void Reader::refuse_arrows() const {
  std::vector<Span> marks = places_of(written_.text, "->");
  raise(written_.text, {.what = concat("the equation has ", marks.size(), " arrows"),
                        .marks = std::move(marks),
                        .mend = "write one '->', between the operands' terms and the output",
                        .primary = 1});
}

}  // namespace

Written read_equation(std::string_view equation) {
  Written written{.text = std::string(equation), .inputs = {}, .output = {}, .names = {}};
  Reader(written).read();
  return written;
}

}  // namespace ricci::notation
