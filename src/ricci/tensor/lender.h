// Lender: whoever lent the memory of a storage and counts changes of it by itself, as torch does.
#pragma once

#include <cstdint>

#include "ricci/base/ref.h"

namespace ricci {

class RICCI_API Lender : public RefCounted {
 public:
  /// How often the lender's own functions have changed the memory; any number, another after each change.
  virtual std::uint32_t version() const = 0;
  /// Tells the lender of a change made here.
  virtual void bump_version() = 0;
};

}  // namespace ricci
