// Our own network file: a contraction with its tensors in one safetensors file. The metadata holds
// "format" = "ricci-network", "version" = "1", "equation", "operands" (a JSON list of tensor names, in
// order; a name may repeat), and where they are needed "sizes" (JSON), "semiring", "name", "comment".
#pragma once

#include "ricci/networks/network.h"

namespace ricci::networks {

/// Throw DataError.
Network load_network_file(const std::string& path);
NetworkInfo read_network_file_info(const std::string& path);

}  // namespace ricci::networks
