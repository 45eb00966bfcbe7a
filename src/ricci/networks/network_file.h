// Our own network file: a contraction with its tensors in one safetensors file. The metadata holds
// "format" = "ricci-network", "version" = "1", "equation", "operands" (a JSON list of tensor names, in
// order; a name may repeat), and where they are needed "sizes" (JSON), "semiring", "name", "comment".
#pragma once

#include "ricci/files/input_file.h"
#include "ricci/networks/network.h"

namespace ricci::networks {

// The row of .safetensors in the table of formats.
Network read_network_file(const io::InputFile& file, const NetworkOptions& options);
NetworkInfo inspect_network_file(const io::InputFile& file);
void write_network_file(const std::string& path, const Network& network);

}  // namespace ricci::networks
