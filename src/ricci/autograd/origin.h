// What anomaly mode remembers of a node.
#pragma once

#include <string>

#include "ricci/tensor/tensor.h"

namespace ricci {

struct Origin {
  std::string where;
  bool finite = true;  // the value it made
};

/// The origin of a value made now.
Origin origin_of(const Tensor& value);

}  // namespace ricci
