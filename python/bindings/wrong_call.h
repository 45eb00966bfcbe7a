// What a call that no signature fits is told: nanobind's list of C++ signatures, said shortly.
// public_function.cpp asks once a call has failed.
#pragma once

#include "common.h"

namespace ricci::python {

/// A call as CPython passes it (PEP 590).
struct CallArguments {
  PyObject* const* arguments;
  std::size_t count;  // by place, with CPython's flag
  PyObject* names;    // of the others, a tuple or null
};

/// Puts a better error in the place of nanobind's, which is set: TypeError naming the keyword that is unknown or
/// missing, Error for an object that was never initialised. Any other stays, and that too where there are no words.
void explain(const CallArguments& call) noexcept;

/// An operator that declines leaves the word to the other side; not where its own object was never initialised.
PyObject* check_declined(PyObject* result, const CallArguments& call) noexcept;

/// Throws Error: the object's __init__ was not called.
[[noreturn]] void fail_uninitialised(nb::handle object);

}  // namespace ricci::python
