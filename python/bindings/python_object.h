// Python objects that C++ keeps: hooks, functions that run again, what rules of the user's own leave.
#pragma once

#include "common.h"

namespace ricci::python {

/// Let go of with the lock held, wherever its last owner goes.
class PythonObject final : public RefCounted {
 public:
  explicit PythonObject(nb::handle object);
  ~PythonObject() override { let_go(); }
  nb::handle get() const { return object_; }
  /// As the collector breaks a cycle.
  void let_go();
  /// How many there are.
  static std::int64_t count();

 private:
  nb::handle object_;
};

using Owned = Ref<PythonObject>;
inline Owned own(nb::handle object) { return make_ref<PythonObject>(object); }

}  // namespace ricci::python
