// A network's equation, parsed for the shapes and dtypes of its operands: for the readers, which hold it against them,
// and for those who show it.
#pragma once

#include "ricci/algebra/parse.h"
#include "ricci/networks/network.h"

namespace ricci::networks {

/// Throws Error where the equation does not fit.
RICCI_API Parsed parse_network(const NetworkText& text, const std::vector<io::ArrayInfo>& operands);

}  // namespace ricci::networks
