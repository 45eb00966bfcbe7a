// What is asked of every array before it is read or written, once for all formats.
#pragma once

#include "ricci/io/array_info.h"

namespace ricci::io {

/// Bytes of the elements. Throws DataError, naming `where`, for a negative extent, more than kMaxAxes
/// axes, or a product beyond int64.
std::int64_t checked_bytes(const ArrayInfo& info, const std::string& where);
/// Throws Error unless the tensor has elements that a file can hold.
void check_writable(const Tensor& tensor, const std::string& where);
/// "'a', 'b', 'c' and 5 more": for messages that list what there is.
std::string list_names(const std::vector<std::string>& names);

}  // namespace ricci::io
