#include "ricci/path/dissection/hypergraph.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <unordered_map>

namespace ricci::path {
namespace {

constexpr double kUnitsPerBit = 8;  // of an edge's weight: log2 of the label's extent in whole numbers

}  // namespace

Hypergraph::Hypergraph(const Network& network, std::span<const int> members) {
  std::unordered_map<Label, int> number;
  std::vector<int> count;
  for (const int member : members) {
    for (const Label label : network.values[static_cast<std::size_t>(member)].labels) {
      const auto [at, fresh] = number.emplace(label, static_cast<int>(count.size()));
      if (fresh) count.push_back(0);
      ++count[static_cast<std::size_t>(at->second)];
    }
  }
  // Labels with one pin here are none of its edges.
  std::vector<int> edge(count.size(), -1);
  pin_start_.assign(1, 0);
  for (std::size_t i = 0; i < count.size(); ++i) {
    if (count[i] < 2) continue;
    edge[i] = static_cast<int>(pin_start_.size()) - 1;
    pin_start_.push_back(pin_start_.back() + count[i]);
  }
  edge_weight_.resize(pin_start_.size() - 1);
  pins_.resize(static_cast<std::size_t>(pin_start_.back()));
  std::vector<int> next(pin_start_.begin(), pin_start_.end() - 1);
  for (std::size_t vertex = 0; vertex < members.size(); ++vertex) {
    for (const Label label : network.values[static_cast<std::size_t>(members[vertex])].labels) {
      const int e = edge[static_cast<std::size_t>(number.at(label))];
      if (e < 0) continue;
      pins_[static_cast<std::size_t>(next[static_cast<std::size_t>(e)]++)] = static_cast<int>(vertex);
      const double bits = network.log2_extent[static_cast<std::size_t>(label)];
      edge_weight_[static_cast<std::size_t>(e)] = std::max(1, static_cast<int>(std::lround(kUnitsPerBit * bits)));
    }
  }
  vertex_weight_.assign(members.size(), 1);
  transpose();
}

void Hypergraph::transpose() {
  edge_start_.assign(vertex_weight_.size() + 1, 0);
  for (const int vertex : pins_) ++edge_start_[static_cast<std::size_t>(vertex) + 1];
  std::partial_sum(edge_start_.begin(), edge_start_.end(), edge_start_.begin());
  edges_.resize(pins_.size());
  std::vector<int> next(edge_start_.begin(), edge_start_.end() - 1);
  for (int e = 0; e < edges(); ++e) {
    for (const int vertex : pins(e)) edges_[static_cast<std::size_t>(next[static_cast<std::size_t>(vertex)]++)] = e;
  }
}

Hypergraph Hypergraph::contracted(std::span<const int> cluster, int clusters) const {
  Hypergraph out;
  out.vertex_weight_.assign(static_cast<std::size_t>(clusters), 0);
  for (int v = 0; v < vertices(); ++v) {
    out.vertex_weight_[static_cast<std::size_t>(cluster[static_cast<std::size_t>(v)])] += weight(v);
  }
  out.pin_start_.assign(1, 0);
  std::unordered_multimap<std::uint64_t, int> by_pins;  // a hash of an edge's pins -> the edge
  std::vector<int> pinned;
  for (int e = 0; e < edges(); ++e) {
    pinned.clear();
    for (const int v : pins(e)) pinned.push_back(cluster[static_cast<std::size_t>(v)]);
    std::sort(pinned.begin(), pinned.end());
    pinned.erase(std::unique(pinned.begin(), pinned.end()), pinned.end());
    if (pinned.size() < 2) continue;
    std::uint64_t hash = 0;
    for (const int v : pinned) hash = (hash ^ static_cast<std::uint64_t>(v)) * 0x9e3779b97f4a7c15u + (hash >> 29);
    bool known = false;
    const auto [first, last] = by_pins.equal_range(hash);
    for (auto at = first; at != last && !known; ++at) {
      const auto there = out.pins(at->second);
      known = std::equal(there.begin(), there.end(), pinned.begin(), pinned.end());
      if (known) out.edge_weight_[static_cast<std::size_t>(at->second)] += edge_weight(e);
    }
    if (known) continue;
    by_pins.emplace(hash, out.edges());
    out.pins_.insert(out.pins_.end(), pinned.begin(), pinned.end());
    out.pin_start_.push_back(static_cast<int>(out.pins_.size()));
    out.edge_weight_.push_back(edge_weight(e));
  }
  out.transpose();
  return out;
}

}  // namespace ricci::path
