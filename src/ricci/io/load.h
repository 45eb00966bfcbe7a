// Tensors by file name: the suffix decides the format (formats.h). What the doors call.
// A file appears whole or not at all.
#pragma once

#include "ricci/io/formats.h"

namespace ricci {

/// All tensors of a file, in its order; the one of an npy file has the name "". Throws DataError.
RICCI_API std::vector<NamedTensor> load(const std::string& path);
/// One tensor: by name, or with the name "" the only one there is. Throws DataError listing the names.
RICCI_API Tensor load_tensor(const std::string& path, const std::string& name = "");

/// Writes tensors of any strides. npy takes exactly one. Throws DataError, DTypeError; nothing is left then.
RICCI_API void save(const std::string& path, std::span<const NamedTensor> tensors, const io::Metadata& metadata = {});
/// One tensor; it is named "arr_0" in npz, as np.savez does, and "tensor" in safetensors.
RICCI_API void save(const std::string& path, const Tensor& tensor, const io::Metadata& metadata = {});

namespace io {

/// What a file says of itself; no data is read, but its length is held against the sizes.
struct FileInfo {
  const Format* format = nullptr;
  std::int64_t file_bytes = 0;
  std::vector<ArrayInfo> arrays;
  Metadata metadata;
};
RICCI_API FileInfo read_info(const std::string& path);
/// The same of one array, chosen as load_tensor chooses.
RICCI_API ArrayInfo read_info(const std::string& path, const std::string& name);

}  // namespace io
}  // namespace ricci
