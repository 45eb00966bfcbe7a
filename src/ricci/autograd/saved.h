// Saved: a value kept for a rule, with the version its storage had; within a checkpoint only a slot.
#pragma once

#include <string_view>

#include "ricci/autograd/owner.h"
#include "ricci/tensor/tensor.h"

namespace ricci {

struct Saved {
  Tensor value{};  // shape, dtype and history only, where there is a slot or the rule reads no more
  Ref<RefCounted> slot{};
  std::uint32_t version = 0;
  std::size_t elements = 0;  // elements_hash() in anomaly mode, else 0

  void visit_owned(OwnedVisitor visit) const {
    visit(value.impl().get());
    visit(slot.get());
  }
};

/// Keeps a value, by its slot when a checkpoint is being run.
Saved save(const Tensor& value);
/// The value as it was. Throws GradError, naming `owner`, when it was changed in place since.
Tensor unpack(const Saved& saved, std::string_view owner);

/// A copy of the handle's state with another history (or none): same elements, same wrapper.
RICCI_API Tensor with_history(const Tensor& tensor, Ref<History> history);

}  // namespace ricci
