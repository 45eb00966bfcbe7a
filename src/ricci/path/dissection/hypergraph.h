// A weighted hypergraph in flat arrays: vertices are values (or clusters of them), edges the labels
// that two or more of them share. The partitioner coarsens it and cuts it in two.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ricci/path/search/network.h"

namespace ricci::path {

class Hypergraph {
 public:
  /// Vertices are `members` of the network's values, edges the labels shared by two or more of them.
  Hypergraph(const Network& network, std::span<const int> members);

  int vertices() const { return static_cast<int>(vertex_weight_.size()); }
  int edges() const { return static_cast<int>(edge_weight_.size()); }
  int weight(int vertex) const { return vertex_weight_[static_cast<std::size_t>(vertex)]; }
  int edge_weight(int edge) const { return edge_weight_[static_cast<std::size_t>(edge)]; }
  std::span<const int> pins(int edge) const { return row(pins_, pin_start_, edge); }
  std::span<const int> edges_of(int vertex) const { return row(edges_, edge_start_, vertex); }

  /// Vertices with the same cluster number (0..clusters-1) become one; edges inside one vanish, edges
  /// over the same clusters become one.
  Hypergraph contracted(std::span<const int> cluster, int clusters) const;

 private:
  Hypergraph() = default;
  static std::span<const int> row(const std::vector<int>& items, const std::vector<int>& start, int i) {
    const auto at = static_cast<std::size_t>(i);
    return {items.data() + start[at], items.data() + start[at + 1]};
  }
  /// Fills the rows of the vertices from those of the edges.
  void transpose();

  std::vector<int> vertex_weight_, edge_weight_;
  std::vector<int> pin_start_, pins_;    // by edge
  std::vector<int> edge_start_, edges_;  // by vertex
};

}  // namespace ricci::path
