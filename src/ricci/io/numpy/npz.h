// NumPy's npz format: a zip archive of npy files. Members that are no .npy are left alone.
#pragma once

#include <memory>
#include <span>

#include "ricci/files/input_file.h"
#include "ricci/files/output_file.h"
#include "ricci/io/array_file.h"

namespace ricci::io {

/// Reads the directory alone: a member that can't be read does not stand in the way of another. Errors name the file
/// and the member.
std::unique_ptr<ArrayFile> open_npz(const InputFile& file);
/// Stored, as np.savez does. Throws DataError for a name given twice, DTypeError for bfloat16.
void write_npz(OutputFile& out, std::span<const NamedTensor> tensors, const Metadata& metadata = {});

}  // namespace ricci::io
