#include "tests/examples/graphs.h"

namespace ricci::examples {

namespace {

std::uint64_t bit(int v) { return std::uint64_t{1} << v; }

}  // namespace

Graph subgraph(const Graph& graph, std::uint64_t vertices) {
  std::vector<std::size_t> kept;
  for (std::size_t v = 0; v < graph.size(); ++v)
    if (vertices >> v & 1) kept.push_back(v);
  Graph out;
  for (const std::size_t v : kept) {
    std::uint64_t set = 0;
    for (std::size_t k = 0; k < kept.size(); ++k) set |= (graph.neighbours[v] >> kept[k] & 1) << k;
    out.names.push_back(graph.names[v]);
    out.neighbours.push_back(set);
  }
  return out;
}

Graph merged(const Graph& graph, int a, int b) {
  Graph out = graph;
  const std::uint64_t around = graph.neighbours[b];
  out.neighbours[a] |= around;
  for (std::size_t u = 0; u < graph.size(); ++u)
    if (around >> u & 1) out.neighbours[u] |= bit(a);
  std::uint64_t all = 0;
  for (std::size_t u = 0; u < graph.size(); ++u) all |= bit(static_cast<int>(u));
  return subgraph(out, all & ~bit(b));
}

}  // namespace ricci::examples
