// Parts of graphs, whose colourings the tests of the examples count.
#pragma once

#include "examples/independent/colouring.h"

namespace ricci::examples {

/// The graph on the vertices of a bit set.
Graph subgraph(const Graph& graph, std::uint64_t vertices);

/// The graph with vertex b merged into a: its colourings are those that give both one colour.
Graph merged(const Graph& graph, int a, int b);

}  // namespace ricci::examples
