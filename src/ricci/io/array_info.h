// What a file says of an array before its data: name, dtype, shape. Checked here once for all formats.
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

/// Bytes of the elements. Throws DataError, naming `where`, for a negative extent, more than kMaxAxes
/// axes, or a product beyond int64.
std::int64_t checked_bytes(const ArrayInfo& info, const std::string& where);
/// "float32 (2, 3)" for messages and listings.
RICCI_API std::string describe(const ArrayInfo& info);
/// Throws Error unless the tensor has elements that a file can hold.
void check_writable(const Tensor& tensor, const std::string& where);
/// "'a', 'b', 'c' and 5 more": for messages that list what there is.
std::string list_names(const std::vector<std::string>& names);

}  // namespace ricci::io
