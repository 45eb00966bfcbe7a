// What a call that no signature fits is told: nanobind's list of C++ signatures, said shortly.
#pragma once

#include "common.h"

namespace ricci::python {

/// Gives every function and class in the module, as far as it is defined by now, the errors of this file:
/// TypeError naming the keyword that is unknown or missing, Error for an object that was never initialised.
/// Calls that succeed pay one jump.
void explain_wrong_calls(nb::module_& m);

/// Throws Error: the object's __init__ was not called.
[[noreturn]] void fail_uninitialised(nb::handle object);

}  // namespace ricci::python
