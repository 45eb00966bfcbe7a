// The values of the examples by trying everything: only for small problems. What the independent methods are held
// against.
#pragma once

#include "examples/independent/colouring.h"
#include "examples/independent/ising.h"

namespace ricci::examples {

/// Every colouring built vertex by vertex.
std::int64_t count_by_search(const Graph& graph, int colours);

/// The Ising model summed over all configurations.
IsingValues ising_by_enumeration(int rows, int columns, long double beta);

}  // namespace ricci::examples
