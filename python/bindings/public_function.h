// The functions and methods that Python sees: objects of our own, each around one of nanobind's.
// A call goes straight through; one that fails is told what wrong_call.h finds. module.cpp asks for them once.
#pragma once

#include "common.h"

namespace ricci::python {

/// An object of our own around one of nanobind's functions.
nb::object show_function(nb::handle bound);
/// Puts an object of our own around every function, method and property of the module that is defined by now.
void show_functions(nb::module_& m);

/// Stands among the type slots of every class with an __init__: calling the class makes an object and calls __init__
/// as Python sees it, where nanobind would call its own.
PyObject* construct_object(PyObject* type, PyObject* const* arguments, std::size_t count, PyObject* names) noexcept;
/// The number of the slot tp_vectorcall. CPython's headers name it from 3.14 on; nanobind takes it for all.
inline constexpr int kTypeVectorcall = 82;
/// For classes that have no other slots.
extern PyType_Slot constructor_slots[];

}  // namespace ricci::python
