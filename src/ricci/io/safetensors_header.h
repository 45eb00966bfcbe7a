// The JSON header of a safetensors file as a stream of events, so that its memory is bounded by its size.
#pragma once

#include <string_view>

#include "ricci/io/safetensors.h"

namespace ricci::io {

/// Entries with offsets counted from the end of the header, not yet compared with each other.
/// `ends` gets each entry's second offset. Throws DataError naming `where`.
SafetensorsHeader parse_safetensors_header(std::string_view json, const std::string& where,
                                           std::vector<std::int64_t>& ends);

/// "F32" and so on.
std::string_view safetensors_name(DType dtype);

}  // namespace ricci::io
