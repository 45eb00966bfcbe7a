// What the file fuzzers share: the input as a file in memory, every refusal but a DataError is a finding.
#pragma once

#include <cstring>
#include <string>
#include <vector>

#include "ricci/base/error.h"
#include "ricci/files/input_file.h"
#include "ricci/io/elements.h"

namespace ricci::io::fuzz {

template <class Read>
int read_input(const std::uint8_t* data, std::size_t size, Read&& read) {
  std::vector<std::byte> bytes(size);
  if (size > 0) std::memcpy(bytes.data(), data, size);
  try {
    read(InputFile::from_bytes("'input'", std::move(bytes)));
  } catch (const DataError&) {
  }
  return 0;
}

/// Reads every element, so that a tensor that reaches past its storage is seen.
inline void touch(const Tensor& tensor) {
  volatile unsigned char sum = 0;
  for_each_piece(tensor, [&](const void* piece, std::size_t bytes) {
    for (std::size_t i = 0; i < bytes; ++i)
      sum = static_cast<unsigned char>(sum + static_cast<const unsigned char*>(piece)[i]);
  });
}

}  // namespace ricci::io::fuzz
