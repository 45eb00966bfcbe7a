// Whether the operands of a call are tensors at all: asked at the public doors, so that what has no elements is told by
// its place in the call that was written.
#pragma once

#include <string_view>

#include "ricci/base/error.h"
#include "ricci/tensor/tensor.h"

namespace ricci {

/// "add: operand 2 is undefined ...", the operand counted from 0 here.
RICCI_API std::string undefined_operand(std::string_view function, std::size_t operand);
/// Throws E, with that message.
template <class E = Error>
[[noreturn, gnu::cold, gnu::noinline]] void fail_undefined(std::string_view function, std::size_t operand) {
  fail_at<E>({.operand = static_cast<int>(operand)}, undefined_operand(function, operand));
}

/// Throws E unless the operand with this place, counted from 0, is defined.
template <class E = Error>
void check_defined_at(std::string_view function, std::size_t operand, const Tensor& tensor) {
  if (!tensor.defined()) [[unlikely]]
    fail_undefined<E>(function, operand);
}

/// Throws Error for the first of the operands, in the order that messages count them, that is undefined.
template <class... T>
void check_defined(std::string_view function, const T&... operands) {
  std::size_t place = 0;
  (check_defined_at(function, place++, operands), ...);
}

/// The same of a list of operands.
template <class E = Error>
void check_all_defined(std::string_view function, Operands operands) {
  for (std::size_t i = 0; i < operands.size(); ++i) check_defined_at<E>(function, i, operands[i]);
}

/// Throws Error, naming the function, for a target that is undefined or in memory that was lent as const.
RICCI_API void check_not_read_only(std::string_view function, const Tensor& target);

}  // namespace ricci
