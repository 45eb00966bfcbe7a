// What an object says of its memory in __array_interface__, which NumPy believes without a look.
#pragma once

#include "common.h"

namespace ricci::python {

/// Checks what can be checked without touching the memory: that sizes and addresses are possible, that a buffer is long
/// enough, and that this process has memory at the addresses. That it is the object's own is believed. Throws
/// ShapeError; does nothing for objects without __array_interface__.
void check_array_interface(nb::handle object);

}  // namespace ricci::python
