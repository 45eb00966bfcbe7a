// NumPy's npz format: a zip archive of npy files. Members that are no .npy are left alone.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "ricci/io/array_info.h"
#include "ricci/io/input_file.h"
#include "ricci/io/output_file.h"

namespace ricci::io {

/// Names, dtypes and shapes; no data is read.
RICCI_API std::vector<ArrayInfo> read_npz_header(const InputFile& file);
/// The names alone: a member that can't be read does not stand in the way of another.
RICCI_API std::vector<std::string> npz_names(const InputFile& file);
RICCI_API ArrayInfo read_npz_header(const InputFile& file, const std::string& name);
/// All arrays, in the order of the archive. Throws DataError naming the file and the member.
RICCI_API std::vector<NamedTensor> read_npz(const InputFile& file);
/// One array. Throws DataError listing the names there are.
RICCI_API Tensor read_npz(const InputFile& file, const std::string& name);
/// Stored, as np.savez does. Throws DataError for a name given twice, DTypeError for bfloat16.
RICCI_API void write_npz(OutputFile& out, std::span<const NamedTensor> tensors);

}  // namespace ricci::io
