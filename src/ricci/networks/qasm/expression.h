// The signs of an OpenQASM 2 text, and the expressions of gates' parameters: compiled once, evaluated for each
// application. Nothing here recurses deeper than a fixed number of brackets.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "ricci/networks/text_reader.h"

namespace ricci::networks {

/// One sign ahead; comments are blanks.
class QasmLexer {
 public:
  explicit QasmLexer(const io::InputFile& file) : text_(file) { next(); }
  /// The sign that comes next: a name, a number, a string with its quotes, or an operator.
  const Token& peek() const { return ahead_; }
  Token next();
  bool at(std::string_view sign) const { return ahead_.text == sign; }
  /// Takes the sign if it comes next.
  bool accept(std::string_view sign);
  /// Takes the sign, which must come next. Throws DataError.
  void expect(std::string_view sign);
  /// A name; `what` says of what. Throws DataError.
  Token name(std::string_view what);
  const TextReader& text() const { return text_; }

 private:
  void skip_comments();
  Token scan();
  TextReader text_;
  Token ahead_;
};

/// A formula of the parameters of the gate it stands in, as a program for a stack.
class QasmExpression {
 public:
  /// Reads +, -, *, /, ^, brackets, pi, numbers, sin cos tan exp ln sqrt, and the names in `parameters`.
  static QasmExpression read(QasmLexer& lexer, std::span<const std::string> parameters);
  /// Throws DataError when the value is not finite.
  double evaluate(std::span<const double> parameters, const TextReader& text) const;

 private:
  enum class Op : std::uint8_t { number, parameter, negate, add, subtract, multiply, divide, power, function };
  struct Instruction {
    Op op;
    double number = 0;
    std::size_t parameter = 0;
    double (*function)(double) = nullptr;
  };
  class Parser;
  Place place_;
  std::vector<Instruction> program_;
};

}  // namespace ricci::networks
