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
/// A hash of the elements, 0 where there are none at hand. It tells a change in memory that others may write, who
/// count no versions: NumPy's arrays.
std::size_t elements_hash(const Tensor& t);

}  // namespace ricci
