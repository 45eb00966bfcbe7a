#include "ricci/path/dissection/dissection.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <unordered_map>

#include "ricci/path/dissection/partition.h"
#include "ricci/path/search/greedy.h"

namespace ricci::path {
namespace {

constexpr double kMostImbalance = 0.9;

class Dissector {
 public:
  Dissector(const Network& network, const DissectionTaste& taste)
      : network_(network), taste_(taste), random_(taste.seed), holders_(network.holders) {
    for (const LiveValue& value : network.values) labels_.push_back(value.labels);
  }

  std::vector<Merge> run() {
    std::vector<int> all(network_.values.size());
    std::iota(all.begin(), all.end(), 0);
    std::vector<std::pair<double, int>> left;
    for (const int node : contracted(all, taste_.imbalance))
      left.emplace_back(network_.log2_size(labels_of(node)), node);
    join_smallest_first(std::move(left), static_cast<int>(labels_.size()), merges_);
    return std::move(merges_);
  }

 private:
  using Nodes = std::vector<int>;
  std::vector<Label>& labels_of(int node) { return labels_[static_cast<std::size_t>(node)]; }

  // The values that remain of `members` once every label inside them is summed.
  Nodes contracted(const Nodes& members, double imbalance) {
    if (static_cast<int>(members.size()) <= taste_.leaf) return joined(members);
    const Halves halves = bisect(Hypergraph(network_, members), {.imbalance = imbalance}, random_);
    Nodes parts[2];
    for (std::size_t i = 0; i < members.size(); ++i) parts[halves[i]].push_back(members[i]);
    const double below = std::min(imbalance * taste_.imbalance_growth, kMostImbalance);
    Nodes nodes = contracted(parts[0], below);
    const Nodes more = contracted(parts[1], below);
    nodes.insert(nodes.end(), more.begin(), more.end());
    return joined(nodes);
  }

  // Merges what shares labels, part by part.
  Nodes joined(const Nodes& nodes) {
    Nodes out;
    for (const Nodes& part : connected_parts(nodes)) out.push_back(merged(part));
    return out;
  }

  std::vector<Nodes> connected_parts(const Nodes& nodes) {
    std::vector<std::size_t> leader(nodes.size());
    std::iota(leader.begin(), leader.end(), std::size_t{0});
    const auto find = [&](std::size_t i) {
      while (leader[i] != i) i = leader[i] = leader[leader[i]];
      return i;
    };
    std::unordered_map<Label, std::size_t> first;  // who has the label
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      for (const Label label : labels_of(nodes[i])) leader[find(i)] = find(first.emplace(label, i).first->second);
    }
    std::vector<Nodes> parts;
    std::vector<int> number(nodes.size(), -1);
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      int& part = number[find(i)];
      if (part < 0) {
        part = static_cast<int>(parts.size());
        parts.emplace_back();
      }
      parts[static_cast<std::size_t>(part)].push_back(nodes[i]);
    }
    return parts;
  }

  int merged(const Nodes& part) {
    if (part.size() == 1) return part.front();
    if (part.size() == 2) return merge(part[0], part[1]);
    std::vector<const std::vector<Label>*> values;
    for (const int node : part) values.push_back(&labels_of(node));
    const Network piece = subnetwork(
        network_, values, [&](Label label, int here) { return holders_[static_cast<std::size_t>(label)] > here; });
    const GreedyTrial order = *greedy_trial(piece, {}, INFINITY);
    Nodes made = part;
    for (const auto& [a, b] : order.merges) {
      made.push_back(merge(made[static_cast<std::size_t>(a)], made[static_cast<std::size_t>(b)]));
    }
    return made.back();
  }

  int merge(int a, int b) {
    std::vector<Label> labels = merge_labels(labels_of(a), labels_of(b), holders_);
    labels_of(a) = {};
    labels_of(b) = {};
    labels_.push_back(std::move(labels));
    merges_.emplace_back(a, b);
    return static_cast<int>(labels_.size()) - 1;
  }

  const Network& network_;
  const DissectionTaste taste_;
  Random random_;
  std::vector<int> holders_;
  std::vector<std::vector<Label>> labels_;  // by node
  std::vector<Merge> merges_;
};

}  // namespace

DissectionTaste dissection_taste(std::uint64_t seed, int trial) {
  Random random(seed ^ (static_cast<std::uint64_t>(trial) * 0x9fb21c651e98df25u));
  DissectionTaste taste;
  taste.imbalance = 0.02 * std::pow(40.0, random.uniform());  // 0.02 to 0.8
  taste.imbalance_growth = 0.7 + 0.8 * random.uniform();
  taste.leaf = 4 + static_cast<int>(random.below(16));
  taste.seed = random.next();
  return taste;
}

std::vector<Merge> dissect(const Network& network, const DissectionTaste& taste) {
  return Dissector(network, taste).run();
}

}  // namespace ricci::path
