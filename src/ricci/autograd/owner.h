// Owner: a counted object that names the counted objects it owns, so that cycles of them can be found. See ownership.h.
#pragma once

#include "ricci/base/function_ref.h"
#include "ricci/base/ref.h"

namespace ricci {

/// Called once for each owner's count that an object has of another; null stands for none.
using OwnedVisitor = FunctionRef<void(const RefCounted*)>;

class RICCI_API Owner {
 public:
  /// It is read without a lock: only while nobody else can reach the object.
  virtual void visit_owned(OwnedVisitor visit) const = 0;

 protected:
  ~Owner() = default;
};

}  // namespace ricci
