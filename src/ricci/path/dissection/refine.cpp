#include "ricci/path/dissection/refine.h"

#include <algorithm>

namespace ricci::path {
namespace {

constexpr int kMostGain = 1 << 16;  // larger gains share a bucket

// Vertices of one half by the gain of moving them: a doubly linked list for each gain, last in first out.
class GainBuckets {
 public:
  GainBuckets(int vertices, int most_gain)
      : most_(most_gain),
        head_(2 * static_cast<std::size_t>(most_gain) + 1, -1),
        next_(static_cast<std::size_t>(vertices)),
        previous_(static_cast<std::size_t>(vertices)) {}

  void add(int vertex, int gain) {
    const std::size_t bucket = place(gain);
    const auto v = static_cast<std::size_t>(vertex);
    previous_[v] = -1;
    next_[v] = head_[bucket];
    if (next_[v] >= 0) previous_[static_cast<std::size_t>(next_[v])] = vertex;
    head_[bucket] = vertex;
    top_ = std::max(top_, static_cast<std::ptrdiff_t>(bucket));
  }

  void remove(int vertex, int gain) {
    const auto v = static_cast<std::size_t>(vertex);
    if (next_[v] >= 0) previous_[static_cast<std::size_t>(next_[v])] = previous_[v];
    if (previous_[v] >= 0) {
      next_[static_cast<std::size_t>(previous_[v])] = next_[v];
    } else {
      head_[place(gain)] = next_[v];
    }
  }

  /// A vertex of the best gain, or -1.
  int top() {
    while (top_ >= 0 && head_[static_cast<std::size_t>(top_)] < 0) --top_;
    return top_ < 0 ? -1 : head_[static_cast<std::size_t>(top_)];
  }

 private:
  std::size_t place(int gain) const { return static_cast<std::size_t>(std::clamp(gain, -most_, most_) + most_); }
  int most_;
  std::ptrdiff_t top_ = -1;
  std::vector<int> head_, next_, previous_;
};

class Refiner {
 public:
  Refiner(const Hypergraph& graph, int most, Halves& halves)
      : graph_(graph),
        most_(most),
        halves_(halves),
        inside_(2 * static_cast<std::size_t>(graph.edges())),
        gain_(static_cast<std::size_t>(graph.vertices())) {
    for (int v = 0; v < graph.vertices(); ++v) {
      weight_[half(v)] += graph.weight(v);
      int sum = 0;
      for (const int e : graph.edges_of(v)) sum += graph.edge_weight(e);
      most_gain_ = std::min(std::max(most_gain_, sum), kMostGain);
    }
    for (int e = 0; e < graph.edges(); ++e) {
      for (const int v : graph.pins(e)) ++inside(e, half(v));
    }
  }

  /// What one pass takes off the cut.
  std::int64_t pass();

 private:
  std::uint8_t& half(int vertex) { return halves_[static_cast<std::size_t>(vertex)]; }
  int& inside(int edge, int h) { return inside_[2 * static_cast<std::size_t>(edge) + static_cast<std::size_t>(h)]; }
  int& gain(int vertex) { return gain_[static_cast<std::size_t>(vertex)]; }

  void start(GainBuckets* buckets);
  int choose(GainBuckets* buckets);
  void change_gain(int vertex, int change, GainBuckets* buckets);
  void move(int vertex, GainBuckets* buckets);
  void take_back(int vertex);

  const Hypergraph& graph_;
  int most_, most_gain_ = 1;
  Halves& halves_;
  std::vector<int> inside_;  // by edge and half: pins there
  std::vector<int> gain_;    // by vertex
  std::vector<char> locked_;
  int weight_[2] = {0, 0};
};

void Refiner::start(GainBuckets* buckets) {
  locked_.assign(gain_.size(), 0);
  for (int v = 0; v < graph_.vertices(); ++v) {
    gain(v) = 0;
    for (const int e : graph_.edges_of(v)) {
      if (inside(e, half(v)) == 1) gain(v) += graph_.edge_weight(e);
      if (inside(e, 1 - half(v)) == 0) gain(v) -= graph_.edge_weight(e);
    }
    buckets[half(v)].add(v, gain(v));
  }
}

// The better of the two halves' best, where there is room; from the too heavy half when one is.
int Refiner::choose(GainBuckets* buckets) {
  int best = -1;
  for (const int from : {0, 1}) {
    const int v = buckets[from].top();
    if (v < 0) continue;
    const int moved = weight_[1 - from] + graph_.weight(v);
    if (moved > most_ && moved >= weight_[from]) continue;
    if (best < 0 || gain(v) > gain(best) || (gain(v) == gain(best) && weight_[from] > weight_[half(best)])) best = v;
  }
  return best;
}

void Refiner::change_gain(int vertex, int change, GainBuckets* buckets) {
  if (locked_[static_cast<std::size_t>(vertex)] || change == 0) return;
  buckets[half(vertex)].remove(vertex, gain(vertex));
  gain(vertex) += change;
  buckets[half(vertex)].add(vertex, gain(vertex));
}

void Refiner::move(int vertex, GainBuckets* buckets) {
  const int from = half(vertex), to = 1 - from;
  buckets[from].remove(vertex, gain(vertex));
  locked_[static_cast<std::size_t>(vertex)] = 1;
  for (const int e : graph_.edges_of(vertex)) {
    const int weight = graph_.edge_weight(e);
    if (inside(e, to) == 0) {
      for (const int v : graph_.pins(e)) change_gain(v, weight, buckets);
    } else if (inside(e, to) == 1) {
      for (const int v : graph_.pins(e)) {
        if (half(v) == to) change_gain(v, -weight, buckets);
      }
    }
    --inside(e, from);
    ++inside(e, to);
    if (inside(e, from) == 0) {
      for (const int v : graph_.pins(e)) change_gain(v, -weight, buckets);
    } else if (inside(e, from) == 1) {
      for (const int v : graph_.pins(e)) {
        if (half(v) == from) change_gain(v, weight, buckets);
      }
    }
  }
  half(vertex) = static_cast<std::uint8_t>(to);
  weight_[from] -= graph_.weight(vertex);
  weight_[to] += graph_.weight(vertex);
}

void Refiner::take_back(int vertex) {
  const int from = half(vertex), to = 1 - from;
  for (const int e : graph_.edges_of(vertex)) {
    --inside(e, from);
    ++inside(e, to);
  }
  half(vertex) = static_cast<std::uint8_t>(to);
  weight_[from] -= graph_.weight(vertex);
  weight_[to] += graph_.weight(vertex);
}

std::int64_t Refiner::pass() {
  GainBuckets buckets[2] = {{graph_.vertices(), most_gain_}, {graph_.vertices(), most_gain_}};
  start(buckets);
  const std::size_t patience = 30 + static_cast<std::size_t>(graph_.vertices()) / 10;  // moves without a new best
  std::vector<int> moved;
  std::int64_t gained = 0, best = 0;
  std::size_t kept = 0;
  int excess = std::max({weight_[0], weight_[1], most_}), best_excess = excess;
  for (int v = choose(buckets); v >= 0 && moved.size() < kept + patience; v = choose(buckets)) {
    gained += gain(v);
    move(v, buckets);
    moved.push_back(v);
    excess = std::max({weight_[0], weight_[1], most_});
    if (excess < best_excess || (excess == best_excess && gained > best)) {
      best = gained;
      best_excess = excess;
      kept = moved.size();
    }
  }
  while (moved.size() > kept) {
    take_back(moved.back());
    moved.pop_back();
  }
  return best;
}

}  // namespace

std::int64_t cut_weight(const Hypergraph& graph, const Halves& halves) {
  std::int64_t sum = 0;
  for (int e = 0; e < graph.edges(); ++e) {
    const auto pins = graph.pins(e);
    const auto half = [&](int v) { return halves[static_cast<std::size_t>(v)]; };
    const bool cut = std::any_of(pins.begin(), pins.end(), [&](int v) { return half(v) != half(pins.front()); });
    if (cut) sum += graph.edge_weight(e);
  }
  return sum;
}

std::int64_t refine(const Hypergraph& graph, int most, Halves& halves) {
  Refiner refiner(graph, most, halves);
  while (refiner.pass() > 0) continue;
  return cut_weight(graph, halves);
}

}  // namespace ricci::path
