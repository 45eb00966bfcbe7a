// NumPy's npy format, versions 1.0 to 3.0: one array with a header that is a Python literal.
// Reads both byte orders and both axis orders; writes what np.save writes, byte for byte.
#pragma once

#include <memory>
#include <span>

#include "ricci/base/function_ref.h"
#include "ricci/files/input_file.h"
#include "ricci/files/output_file.h"
#include "ricci/io/array_file.h"

namespace ricci::io {

/// The header of an npy file; the data is neither read nor needed.
RICCI_API ArrayInfo read_npy_header(ByteStream& stream);
/// The array; the stream must end with it. Column-major data becomes a view with such strides.
/// Throws DataError, also for dtypes that Ricci has not; Python objects are never unpickled.
RICCI_API Tensor read_npy(ByteStream& stream);

/// Writes np.save's file into `sink`, any strides. Throws DTypeError for bfloat16, which npy has not.
RICCI_API void write_npy(const Tensor& tensor, FunctionRef<void(const void*, std::size_t)> sink);

/// The row of npy files in the table of formats.
std::unique_ptr<ArrayFile> open_npy(const InputFile& file);
void write_npy_file(OutputFile& out, std::span<const NamedTensor> tensors, const Metadata& metadata);

}  // namespace ricci::io
