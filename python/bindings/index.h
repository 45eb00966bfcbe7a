// x[key] and x[key] = value as Python writes them.
#pragma once

#include "convert.h"

namespace ricci::python {

/// Ints, slices, None and ... give a view; an integer tensor, array or list in place of one axis takes
/// rows, and a bool mask alone takes those where it holds. Throws IndexError, ShapeError.
Tensor index(const Tensor& x, nb::handle key);
/// Ints, slices, None and ... only. May rebind `x`.
void assign_index(Tensor& x, nb::handle key, nb::handle value);

}  // namespace ricci::python
