// What every binding file starts from: nanobind, the library, and the way out of the interpreter's lock.
// Nothing that computes holds the lock; nothing that touches a Python object lets go of it.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>

#include "interpreter_lock.h"
#include "ricci/ricci.h"

namespace ricci::python {

namespace nb = nanobind;
using namespace nb::literals;

/// Calls `call(what)` with the interpreter's lock held: at once where this thread has it, else when a
/// thread of Python next takes it. So no foreign destructor ever runs under one of our own locks.
void release_with_lock(void (*call)(void*), void* what);

void bind_errors();
void bind_dtypes(nb::module_& m);
void bind_tensor(nb::module_& m);
void bind_create(nb::module_& m);
void bind_elementwise(nb::module_& m);
void bind_reduce(nb::module_& m);
void bind_einsum(nb::module_& m);
void bind_spellings(nb::module_& m);
void bind_gradients(nb::module_& m);
void bind_transforms(nb::module_& m);
void bind_user_rules(nb::module_& m);
void bind_plan(nb::module_& m);
void bind_nn(nb::module_& m);
void bind_io(nb::module_& m);
void bind_operations(nb::module_& m);
void bind_settings(nb::module_& m);
void bind_garbage();

}  // namespace ricci::python
