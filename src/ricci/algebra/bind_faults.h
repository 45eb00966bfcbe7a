// What a well-written equation that does not fit its operands is told. Each function throws. Operands
// are numbered from 0 here and from 1 in the text.
#pragma once

#include "ricci/algebra/bind.h"

namespace ricci::notation {

struct BindFaults {
  const Written& written;
  const Operands& operands;

  [[noreturn]] void operand_count() const;
  [[noreturn]] void label_count(std::size_t operand) const;
  [[noreturn]] void negative_extent(std::size_t operand) const;
  [[noreturn]] void operand_overflow(std::size_t operand) const;
  [[noreturn]] void output_overflow(const Extents& shape) const;
  [[noreturn]] void dtype(std::size_t operand, Semiring semiring) const;
  [[noreturn]] void integer_dtype(DType dtype, Semiring semiring) const;
  [[noreturn]] void diagonal(std::size_t operand, Label label, std::int64_t first, std::int64_t second) const;

  /// A label or an ellipsis axis with two extents.
  struct Clash {
    std::size_t first_operand, second_operand;
    std::int64_t first, second;
    bool strict;
  };
  [[noreturn]] void sizes_differ(Label label, const Clash& clash) const;
  [[noreturn]] void ellipses_differ(const Clash& clash) const;
  [[noreturn]] void unknown_label(Label label) const;
  [[noreturn]] void size_of_no_label(std::string_view name) const;
  [[noreturn]] void negative_size(Label label, std::int64_t size) const;
  [[noreturn]] void size_given_twice(Label label, std::int64_t first, std::int64_t second) const;
  [[noreturn]] void size_differs(Label label, std::size_t operand, std::int64_t extent, std::int64_t size) const;

 private:
  std::string shape_line(std::size_t operand) const;
  std::vector<std::string> shape_lines() const;
  std::string quoted(Label label) const;
  std::string plain(Label label) const;
  std::vector<Span> places(const WrittenTerm& term, Label label) const;
};

}  // namespace ricci::notation
