#include "ricci/path/dissection/partition.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace ricci::path {
namespace {

constexpr int kSmallest = 40;             // vertices that are cut without coarsening
constexpr int kMostGrown = 400;           // vertices; beyond it, halves start at random
constexpr std::size_t kCrowd = 64;        // pins of an edge that says nothing about who belongs together
constexpr double kLeastShrinkage = 0.95;  // of a level worth its while

std::vector<int> shuffled(int n, Random& random) {
  std::vector<int> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  for (std::size_t i = order.size(); i > 1; --i)
    std::swap(order[i - 1], order[random.below(static_cast<std::uint32_t>(i))]);
  return order;
}

struct Clusters {
  std::vector<int> of;  // by vertex
  int count = 0;
};

// Pairs every vertex with the free neighbour that shares the heaviest edges with it, light ones first.
Clusters match(const Hypergraph& graph, int heaviest, Random& random) {
  Clusters out{std::vector<int>(static_cast<std::size_t>(graph.vertices()), -1), 0};
  std::vector<double> rating(out.of.size(), 0);
  std::vector<int> met;
  for (const int v : shuffled(graph.vertices(), random)) {
    if (out.of[static_cast<std::size_t>(v)] >= 0) continue;
    met.clear();
    for (const int e : graph.edges_of(v)) {
      const auto pins = graph.pins(e);
      if (pins.size() > kCrowd) continue;
      const double share = graph.edge_weight(e) / static_cast<double>(pins.size() - 1);
      for (const int other : pins) {
        if (other == v || out.of[static_cast<std::size_t>(other)] >= 0) continue;
        double& sum = rating[static_cast<std::size_t>(other)];
        if (sum == 0) met.push_back(other);
        sum += share;
      }
    }
    int best = -1;
    double best_rating = 0;
    for (const int other : met) {
      const double here = rating[static_cast<std::size_t>(other)] / graph.weight(other);
      rating[static_cast<std::size_t>(other)] = 0;
      if (here <= best_rating || graph.weight(v) + graph.weight(other) > heaviest) continue;
      best = other;
      best_rating = here;
    }
    out.of[static_cast<std::size_t>(v)] = out.count;
    if (best >= 0) out.of[static_cast<std::size_t>(best)] = out.count;
    ++out.count;
  }
  return out;
}

// Grows one half from a random vertex, always by the neighbour that adds least to the cut.
Halves grown(const Hypergraph& graph, int target, Random& random) {
  Halves halves(static_cast<std::size_t>(graph.vertices()), 1);
  std::vector<int> inside(static_cast<std::size_t>(graph.edges()), 0);
  int weight = 0;
  int next = static_cast<int>(random.below(static_cast<std::uint32_t>(graph.vertices())));
  while (next >= 0 && weight + graph.weight(next) <= target) {
    halves[static_cast<std::size_t>(next)] = 0;
    weight += graph.weight(next);
    for (const int e : graph.edges_of(next)) ++inside[static_cast<std::size_t>(e)];
    next = -1;
    double best = 0;
    for (int v = 0; v < graph.vertices(); ++v) {
      if (halves[static_cast<std::size_t>(v)] == 0) continue;
      double gain = random.uniform() / 2;
      for (const int e : graph.edges_of(v)) {
        const int pins = static_cast<int>(graph.pins(e).size()), there = inside[static_cast<std::size_t>(e)];
        if (there == 0) gain -= graph.edge_weight(e);
        if (there > 0) gain += graph.edge_weight(e) * (there + 1 == pins ? 1.0 : 0.5);
      }
      if (next >= 0 && gain <= best) continue;
      next = v;
      best = gain;
    }
  }
  return halves;
}

Halves random_halves(const Hypergraph& graph, int target, Random& random) {
  Halves halves(static_cast<std::size_t>(graph.vertices()), 1);
  int weight = 0;
  for (const int v : shuffled(graph.vertices(), random)) {
    if (weight + graph.weight(v) > target) continue;
    weight += graph.weight(v);
    halves[static_cast<std::size_t>(v)] = 0;
  }
  return halves;
}

// Both halves have a vertex.
void fill_empty_half(const Hypergraph& graph, Halves& halves) {
  const auto ones = std::count(halves.begin(), halves.end(), 1);
  if (graph.vertices() < 2) return;
  if (ones == 0) halves.front() = 1;
  if (ones == graph.vertices()) halves.front() = 0;
}

Halves first_cut(const Hypergraph& graph, int most, int tries, Random& random) {
  int all = 0;
  for (int v = 0; v < graph.vertices(); ++v) all += graph.weight(v);
  Halves best;
  std::int64_t best_weight = 0;
  for (int i = 0; i < tries; ++i) {
    const int least = all - most;
    const int target = std::max(1, least + static_cast<int>(random.uniform() * (most - least)));
    Halves halves =
        graph.vertices() <= kMostGrown ? grown(graph, target, random) : random_halves(graph, target, random);
    fill_empty_half(graph, halves);
    const std::int64_t weight = refine(graph, most, halves);
    if (!best.empty() && weight >= best_weight) continue;
    best_weight = weight;
    best = std::move(halves);
  }
  return best;
}

Halves bisect_level(const Hypergraph& graph, int most, const Cut& cut, Random& random) {
  if (graph.vertices() > kSmallest) {
    const Clusters clusters = match(graph, std::max(2, most / 4), random);
    if (clusters.count < kLeastShrinkage * graph.vertices()) {
      const Halves coarse = bisect_level(graph.contracted(clusters.of, clusters.count), most, cut, random);
      Halves halves(static_cast<std::size_t>(graph.vertices()));
      for (std::size_t v = 0; v < halves.size(); ++v) halves[v] = coarse[static_cast<std::size_t>(clusters.of[v])];
      refine(graph, most, halves);
      return halves;
    }
  }
  return first_cut(graph, most, cut.first_cuts, random);
}

}  // namespace

Halves bisect(const Hypergraph& graph, const Cut& cut, Random& random) {
  const int n = graph.vertices();  // vertices of the finest level weigh 1
  const int most =
      std::min(std::max(1, n - 1), std::max((n + 1) / 2, static_cast<int>(std::ceil((1 + cut.imbalance) * n / 2))));
  Halves halves = bisect_level(graph, most, cut, random);
  fill_empty_half(graph, halves);
  return halves;
}

}  // namespace ricci::path
