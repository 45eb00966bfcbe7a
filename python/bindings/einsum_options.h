// What einsum() and plan() read alike from their keyword arguments.
#pragma once

#include "arguments.h"
#include "ricci/autograd/op.h"

namespace ricci::python {

/// One call of einsum: its operands' kinds, its options, and the object the result goes to.
class Call {
 public:
  /// None, a Tensor, or any array that shares its memory and may be written. Throws DTypeError.
  void read_out(nb::handle object);
  /// The `out` object itself, or the result in the operands' kind.
  nb::object give(const Tensor& result) const;

  Arguments arguments{};
  EinsumOptions options{};

 private:
  nb::handle out_object_{};
  Tensor out_{};
};

Optimize optimize_from(nb::handle object);
/// A number of seconds, or nothing for None.
std::optional<double> seconds_from(nb::handle object);
/// A callable that hears of a search's progress and may return False to end it; None for none. Without
/// one, a search of given seconds still looks for Ctrl-C.
path::SearchListener listener_from(nb::handle object, bool timed);
std::map<std::string, std::int64_t> sizes_from(nb::handle object);
/// A number of bytes, or nothing for None. Throws EinsumError for anything but a whole number above 0.
std::optional<std::int64_t> budget_from(nb::handle object);

}  // namespace ricci::python
