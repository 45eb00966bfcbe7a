// Mirror: stands for a counted object of C++ in the eyes of CPython's collector; see garbage.cpp.
#pragma once

#include <vector>

#include "common.h"

namespace ricci::python {

struct Mirror {
  PyObject head;
  const RefCounted* object;     // an owner's count
  std::uint32_t owners;         // of the object, this one among them
  std::vector<Mirror*>* owned;  // a reference each

  PyObject* base() { return &head; }
  /// Whether the object has the owners that it had.
  bool holds() const { return object->owners() == owners; }
};

/// A new reference.
Mirror* make_mirror(const RefCounted* object);

}  // namespace ricci::python
