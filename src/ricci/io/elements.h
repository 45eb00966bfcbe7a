// Elements between tensors and files: any strides out in row-major order, bytes in with their order mended.
#pragma once

#include "ricci/base/function_ref.h"
#include "ricci/files/input_file.h"
#include "ricci/io/array_info.h"

namespace ricci::io {

/// Gives the elements in row-major order to `sink`, in pieces; without a copy where they lie so already.
void for_each_piece(const Tensor& tensor, FunctionRef<void(const void*, std::size_t)> sink);

/// A tensor of the next bytes of `stream`; `swapped` when the file's byte order is not this machine's.
/// The stream must hold checked_bytes(info) more bytes: nothing is allocated otherwise.
Tensor read_elements(ByteStream& stream, const ArrayInfo& info, bool swapped);

/// The same elements with the axes reversed: row-major order of one is column-major order of the other.
Tensor reversed_axes(const Tensor& tensor);

}  // namespace ricci::io
