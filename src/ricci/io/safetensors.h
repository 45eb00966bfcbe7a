// The safetensors format: a JSON header with names, dtypes, shapes and offsets, then the bytes.
// All the format's rules are enforced: no gap, no overlap, no name twice, a header of at most 100 MB.
// complex64 is the format's C64; complex128 is written as C128 in its manner, which other readers refuse.
#pragma once

#include <memory>
#include <span>

#include "ricci/files/input_file.h"
#include "ricci/files/output_file.h"
#include "ricci/io/array_file.h"

namespace ricci::io {

struct SafetensorsEntry {
  ArrayInfo info;
  std::int64_t offset = 0;  // in the file
};

struct SafetensorsHeader {
  std::vector<SafetensorsEntry> entries;  ///< in the header's order
  Metadata metadata;
};

/// Throws DataError for anything the format forbids; the data is not read.
SafetensorsHeader read_safetensors_header(const InputFile& file);
/// The tensors in the header's order. Throws as read_safetensors_header() does.
std::unique_ptr<ArrayFile> open_safetensors(const InputFile& file);
/// Wider dtypes come first, so that every tensor is aligned. Throws DataError for a name given twice
/// or text that is not UTF-8.
void write_safetensors(OutputFile& out, std::span<const NamedTensor> tensors, const Metadata& metadata = {});

}  // namespace ricci::io
