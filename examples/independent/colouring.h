// Proper colourings of small graphs counted two ways that share nothing with Ricci or with each other: a frontier
// table, and addition-contraction. The main job holds its counts against them as it runs.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace ricci::examples {

/// An undirected graph of at most 64 vertices; bit u of neighbours[v] says that u and v touch.
struct Graph {
  std::vector<std::string> names;
  std::vector<std::uint64_t> neighbours;
  std::size_t size() const { return names.size(); }
  int index_of(const std::string& name) const;
};

/// The states and borders of examples/data/us_states.txt.
Graph read_graph(const std::string& path);

/// A sweep in the given order that keeps, for each colouring of the vertices with unseen neighbours,
/// in how many ways the seen ones extend it. `fixed` pins vertices to colours.
std::int64_t count_by_frontier(const Graph& graph, int colours, const std::vector<int>& order,
                               const std::map<int, int>& fixed = {});

/// P(G) = P(G + ab) + P(G / ab) for two neighbours a, b of a vertex that do not touch, until its
/// neighbours are a clique and it leaves a factor (colours - degree).
std::int64_t count_by_contraction(const Graph& graph, int colours, const std::vector<int>& order);

/// The vertices from west to east: by column of the tile grid, then by row.
std::vector<int> sweep_order(const std::string& path, const Graph& graph);

}  // namespace ricci::examples
