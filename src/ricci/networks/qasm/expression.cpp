#include "ricci/networks/qasm/expression.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace ricci::networks {
namespace {

constexpr int kMostDepth = 100;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

struct Function {
  std::string_view name;
  double (*function)(double);
};
constexpr std::array kFunctions{
    Function{"sin", [](double x) { return std::sin(x); }}, Function{"cos", [](double x) { return std::cos(x); }},
    Function{"tan", [](double x) { return std::tan(x); }}, Function{"exp", [](double x) { return std::exp(x); }},
    Function{"ln", [](double x) { return std::log(x); }},  Function{"sqrt", [](double x) { return std::sqrt(x); }}};

}  // namespace

void QasmLexer::skip_comments() {
  for (text_.skip_blanks(); text_.peek() == '/'; text_.skip_blanks()) {
    const Place place = text_.place();
    text_.take(1);
    if (text_.peek() != '/') {
      ahead_ = {"/", place};
      return;
    }
    text_.skip_line();
  }
}

Token QasmLexer::next() {
  const Token token = ahead_;
  ahead_ = {};
  skip_comments();
  if (ahead_.empty()) ahead_ = scan();
  return token;
}

Token QasmLexer::scan() {
  const char c = text_.peek();
  if (is_letter(c)) return text_.take_while([](char d) { return is_letter(d) || is_digit(d); });
  if (is_digit(c) || c == '.') {
    char before = c;
    return text_.take_while([&before](char d) {
      const bool sign = (d == '+' || d == '-') && (before == 'e' || before == 'E');
      before = d;
      return is_digit(d) || d == '.' || d == 'e' || d == 'E' || sign;
    });
  }
  const Place place = text_.place();
  if (c == '"') {
    int quotes = 0;
    const Token quoted = text_.take_while([&quotes](char d) { return quotes < 2 && (quotes += d == '"', d != '\n'); });
    if (quotes < 2) text_.refuse(place, "a string without its closing quote");
    return quoted;
  }
  const std::string_view sign = text_.take(1);
  const bool pair = (c == '-' && text_.peek() == '>') || (c == '=' && text_.peek() == '=');
  return {pair ? std::string_view(sign.data(), sign.size() + text_.take(1).size()) : sign, place};
}

bool QasmLexer::accept(std::string_view sign) {
  if (!at(sign)) return false;
  next();
  return true;
}

void QasmLexer::expect(std::string_view sign) {
  if (!accept(sign)) text_.refuse(ahead_.place, "'", sign, "' must come here, not ", shown(ahead_));
}

Token QasmLexer::name(std::string_view what) {
  if (ahead_.empty() || !is_letter(ahead_.text[0]))
    text_.refuse(ahead_.place, what, " must come here, not ", shown(ahead_));
  return next();
}

// ---- expressions

class QasmExpression::Parser {
 public:
  Parser(QasmLexer& lexer, std::span<const std::string> parameters, std::vector<Instruction>& program)
      : lexer_(lexer), parameters_(parameters), program_(program) {}

  void sum(int depth) {
    product(depth);
    while (lexer_.at("+") || lexer_.at("-")) {
      const Op op = lexer_.next().text == "+" ? Op::add : Op::subtract;
      product(depth);
      program_.push_back({op});
    }
  }

 private:
  void product(int depth) {
    signed_power(depth);
    while (lexer_.at("*") || lexer_.at("/")) {
      const Op op = lexer_.next().text == "*" ? Op::multiply : Op::divide;
      signed_power(depth);
      program_.push_back({op});
    }
  }

  void signed_power(int depth) {
    bool negative = false;
    while (lexer_.at("-") || lexer_.at("+")) negative ^= lexer_.next().text == "-";
    atom(depth);
    if (lexer_.accept("^")) {
      deeper(depth);
      signed_power(depth + 1);
      program_.push_back({Op::power});
    }
    if (negative) program_.push_back({Op::negate});
  }

  void atom(int depth) {
    deeper(depth);
    if (lexer_.accept("(")) {
      sum(depth + 1);
      return lexer_.expect(")");
    }
    const Token token = lexer_.next();
    if (token.empty()) lexer_.text().refuse(token.place, "an expression must come here, not the file's end");
    if (is_letter(token.text[0])) return name(token, depth);
    program_.push_back({Op::number, lexer_.text().number(token, "a parameter")});
  }

  void name(const Token& token, int depth) {
    if (token.text == "pi") return program_.push_back({Op::number, std::numbers::pi});
    const auto parameter = std::find(parameters_.begin(), parameters_.end(), token.text);
    if (parameter != parameters_.end())
      return program_.push_back({Op::parameter, 0, static_cast<std::size_t>(parameter - parameters_.begin())});
    const auto function = std::find_if(kFunctions.begin(), kFunctions.end(),
                                       [&](const Function& known) { return known.name == token.text; });
    if (function == kFunctions.end())
      lexer_.text().refuse(token.place, shown(token), " is no parameter of this gate, nor pi, nor a function",
                           "\n  known functions: sin, cos, tan, exp, ln, sqrt");
    lexer_.expect("(");
    sum(depth + 1);
    lexer_.expect(")");
    program_.push_back({Op::function, 0, 0, function->function});
  }

  void deeper(int depth) const {
    if (depth > kMostDepth) lexer_.text().refuse(lexer_.peek().place, "brackets nest deeper than ", kMostDepth);
  }

  QasmLexer& lexer_;
  std::span<const std::string> parameters_;
  std::vector<Instruction>& program_;
};

QasmExpression QasmExpression::read(QasmLexer& lexer, std::span<const std::string> parameters) {
  QasmExpression out;
  out.place_ = lexer.peek().place;
  Parser(lexer, parameters, out.program_).sum(0);
  return out;
}

double QasmExpression::evaluate(std::span<const double> parameters, const TextReader& text) const {
  std::vector<double> stack;
  for (const Instruction& step : program_) {
    if (step.op == Op::number || step.op == Op::parameter) {
      stack.push_back(step.op == Op::number ? step.number : parameters[step.parameter]);
      continue;
    }
    const double last = stack.back();
    if (step.op == Op::negate || step.op == Op::function) {
      stack.back() = step.op == Op::negate ? -last : step.function(last);
      continue;
    }
    stack.pop_back();
    double& first = stack.back();
    switch (step.op) {
      case Op::add: first += last; break;
      case Op::subtract: first -= last; break;
      case Op::multiply: first *= last; break;
      case Op::divide: first /= last; break;
      default: first = std::pow(first, last);
    }
  }
  if (!std::isfinite(stack.back())) text.refuse(place_, "the parameter is not a finite number");
  return stack.back();
}

}  // namespace ricci::networks
