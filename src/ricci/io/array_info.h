// What a file says of an array before its data: name, dtype, shape.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "ricci/tensor/named_tensor.h"

namespace ricci::io {

/// Text kept beside tensors, as safetensors files do.
using Metadata = std::map<std::string, std::string>;

struct ArrayInfo {
  std::string name;  ///< "" where the format has none (npy)
  DType dtype = DType::f32;
  Shape shape;
  bool column_major = false;  ///< stored with the first axis fastest (Fortran order)
};

/// A file may have at most this many axes an array.
inline constexpr std::size_t kMaxAxes = 64;

/// "float32 (2, 3)" for messages and listings.
RICCI_API std::string describe(const ArrayInfo& info);

}  // namespace ricci::io
