// Operation: an Op as torch and JAX see it, a primitive whose value and rules they call back for.
#pragma once

#include "common.h"
#include "ricci/autograd/op.h"

namespace ricci::python {

struct Operation {
  Ref<Op> op;
};

/// A number for code to be compiled to know an operation by, good as long as this lives. Numbers of one
/// process mean nothing in another: they start at a random one.
class Registration {
 public:
  explicit Registration(Ref<Op> op);
  ~Registration();
  Registration(const Registration&) = delete;
  Registration& operator=(const Registration&) = delete;
  std::int64_t key() const { return key_; }

 private:
  std::int64_t key_;
};

/// The operation of a number, or null.
Ref<Op> registered(std::int64_t key);

/// XLA's handlers by stage: an executable takes the operation of its attribute `key` when it is made, and runs it.
nb::dict xla_handlers();

}  // namespace ricci::python
