// What the fuzzers of text formats share: the input as a file in memory, every operand of the network looked at.
#pragma once

#include "ricci/networks/network.h"
#include "tests/fuzz/io_fuzz.h"

namespace ricci::networks::fuzz {

template <class Read>
int read_network_text(const std::uint8_t* data, std::size_t size, Read&& read) {
  return io::fuzz::read_input(data, size, [&](const io::InputFile& file) {
    const Network network = read(file);
    for (const Tensor& operand : network.operands) io::fuzz::touch(operand);
  });
}

}  // namespace ricci::networks::fuzz
