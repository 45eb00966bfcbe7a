// A tensor with its name: what files hold and what modules list.
#pragma once

#include <string>

#include "ricci/tensor/tensor.h"

namespace ricci {

struct NamedTensor {
  std::string name;
  Tensor tensor;
};

}  // namespace ricci
