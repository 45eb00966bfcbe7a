// Python's garbage collector and what C++ owns. A cycle may run through both: a hook of Python's is kept by a tensor or
// a node of the tape, and what the hook refers to keeps, in the end, that tensor.
#pragma once

#include "common.h"
#include "ricci/autograd/owner.h"

namespace ricci::python {

/// Names the counted objects that the C++ side of a Python object owns. It does not allocate.
using VisitOwned = void (*)(nb::handle object, OwnedVisitor visit);
/// Tells the collector of a class whose objects own counted objects; its slots have traverse_owned().
void collect_through(nb::handle type, VisitOwned visit);
/// For tp_traverse: what the object owns in C++, as the collection that is running knows it.
int traverse_owned(PyObject* self, visitproc visit, void* arg);
/// A tp_traverse of objects that own nothing else.
int traverse_owner(PyObject* self, visitproc visit, void* arg);

}  // namespace ricci::python
