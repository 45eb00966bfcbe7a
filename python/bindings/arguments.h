// Calling Ricci's functions on whatever arrays a caller has: read, compute unlocked, give back in kind.
#pragma once

#include "convert.h"

namespace ricci::python {

/// f(x) for one array of any kind; `rest` are values of C++.
template <class F, class... Rest>
nb::object apply(F f, nb::handle x, const Rest&... rest) {
  Arguments arguments;
  const Tensor a = arguments.read(x);
  return arguments.give(unlocked([&] { return f(a, rest...); }));
}
template <class F, class... Rest>
nb::object apply2(F f, nb::handle x, nb::handle y, const Rest&... rest) {
  Arguments arguments(x, y);
  const Tensor a = arguments.read(x), b = arguments.read(y);
  return arguments.give(unlocked([&] { return f(a, b, rest...); }));
}

/// The signature for the stub: tensors in, a Tensor out; other arrays in, their kind out. `arrays` are the
/// names of the array arguments, `rest` the others as Python writes them.
std::string array_signature(const std::string& name, std::initializer_list<const char*> arrays,
                            const std::string& rest = "");

/// axis=None, an int, or a tuple of ints.
ReduceOptions reduce_options(nb::handle axis, bool keepdims);

}  // namespace ricci::python
