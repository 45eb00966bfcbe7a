// The typed errors of every door. A message says what was written, where, and how to mend it.
// NarrowIntegers through fail() at the public door; below it there are assertions.
#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "ricci/base/api.h"

namespace ricci {

/// Where in a call an error lies; -1 and "" where it has no such part.
struct ErrorSite {
  int operand = -1;              ///< the operand's number, from 0
  std::string label{};           ///< the label's name
  std::ptrdiff_t position = -1;  ///< the character in the equation, from 0
};

/// Base of everything Ricci throws on purpose.
class RICCI_API Error : public std::invalid_argument {
 public:
  explicit Error(const std::string& message, ErrorSite site = {})
      : std::invalid_argument(message), site_(std::move(site)) {}
  ~Error() override;
  int operand() const { return site_.operand; }
  const std::string& label() const { return site_.label; }
  std::ptrdiff_t position() const { return site_.position; }

 private:
  ErrorSite site_;
};

#define RICCI_ERROR(Name, Parent)        \
  class RICCI_API Name : public Parent { \
   public:                               \
    using Parent::Parent;                \
    ~Name() override;                    \
  }

/// The equation, or how it fits its operands, is wrong.
RICCI_ERROR(EinsumError, Error);
/// Shapes or axes do not fit.
RICCI_ERROR(ShapeError, Error);
/// An index is out of range.
RICCI_ERROR(IndexError, ShapeError);
/// An element type is unknown, or not one the operation works in.
RICCI_ERROR(DTypeError, Error);
/// A derivative was asked for that does not exist or whose graph is gone.
RICCI_ERROR(GradError, Error);
/// A file is missing, damaged, hostile, or can't be written.
RICCI_ERROR(DataError, Error);
/// A device is unknown, or operands live on different ones.
RICCI_ERROR(DeviceError, Error);
/// The machine has no more memory.
RICCI_ERROR(MemoryError, Error);
/// The call needs more bytes than its budget; says the least that would do.
RICCI_ERROR(BudgetError, MemoryError);

#undef RICCI_ERROR

inline void append_text(std::string& out, std::string_view text) { out += text; }
inline void append_text(std::string& out, char c) { out += c; }
RICCI_API void append_text(std::string& out, long long value);
RICCI_API void append_text(std::string& out, unsigned long long value);
RICCI_API void append_text(std::string& out, double value);
inline void append_text(std::string& out, int value) { append_text(out, static_cast<long long>(value)); }
inline void append_text(std::string& out, long value) { append_text(out, static_cast<long long>(value)); }
inline void append_text(std::string& out, unsigned value) { append_text(out, static_cast<unsigned long long>(value)); }
inline void append_text(std::string& out, unsigned long value) {
  append_text(out, static_cast<unsigned long long>(value));
}

/// Any range of printable things: "(2, 3)", and "(2,)" for one, as Python writes tuples.
template <class Range>
requires requires(const Range& r) {
  *r.begin();
} &&(!std::is_convertible_v<const Range&, std::string_view>)void append_text(std::string& out, const Range& range) {
  out += '(';
  std::size_t n = 0;
  for (const auto& item : range) {
    if (n++ > 0) out += ", ";
    append_text(out, item);
  }
  out += n == 1 ? ",)" : ")";
}

/// The parts one after the other as text; ranges print as "(2, 3)".
template <class... Parts>
std::string concat(const Parts&... parts) {
  std::string out;
  (append_text(out, parts), ...);
  return out;
}

/// Throws E with the parts as its message: the one way an error leaves Ricci.
template <class E = Error, class... Parts>
[[noreturn]] void fail(const Parts&... parts) {
  throw E(concat(parts...));
}

/// As fail(), with the operand, label and position it is about.
template <class E = Error, class... Parts>
[[noreturn]] void fail_at(ErrorSite site, const Parts&... parts) {
  throw E(concat(parts...), std::move(site));
}

}  // namespace ricci
