// What calls of CPython's own functions have to say when they fail.
#pragma once

#include "common.h"

namespace ricci::python {

/// A new reference, or the Python exception that stands for it.
inline nb::object checked(PyObject* fresh) {
  if (!fresh) nb::raise_python_error();
  return nb::steal(fresh);
}

/// Forgets an exception that is told better in Ricci's words; a lack of memory goes on as it is.
inline void forget_exception() {
  if (PyErr_ExceptionMatches(PyExc_MemoryError)) nb::raise_python_error();
  PyErr_Clear();
}

/// Makes room for one release_with_lock(), which destructors call and which must not fail.
void expect_release();

}  // namespace ricci::python
