#include "ricci/path/search/network.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <queue>

#include "ricci/path/tree/live_labels.h"

namespace ricci::path {

Network::Network(const Contraction& contraction) : operand_count(contraction.inputs.size()) {
  LiveLabels live(contraction);
  for (std::size_t i = 0; i < operand_count; ++i) {
    const Labels needed = live.needed(i);
    std::vector<Label> labels(needed.begin(), needed.end());
    std::sort(labels.begin(), labels.end());
    values.push_back({static_cast<int>(i), std::move(labels)});
  }
  for (std::size_t label = 0; label < contraction.extents.size(); ++label) {
    log2_extent.push_back(std::log2(static_cast<double>(std::max<std::int64_t>(contraction.extents[label], 1))));
    holders.push_back(live.holders(static_cast<Label>(label)));
  }
}

double Network::log2_size(const std::vector<Label>& labels) const {
  double sum = 0;
  for (const Label label : labels) sum += log2_extent[static_cast<std::size_t>(label)];
  return sum;
}

Tree Network::completed(std::span<const Merge> rest) const {
  const int live = static_cast<int>(values.size()), shift = next_node() - live;
  const auto node = [&](int local) {
    return local < live ? values[static_cast<std::size_t>(local)].node : local + shift;
  };
  Tree tree{operand_count, merges};
  for (const auto& [a, b] : rest) tree.merges.emplace_back(node(a), node(b));
  return tree;
}

std::vector<Label> merge_labels(const std::vector<Label>& a, const std::vector<Label>& b, std::vector<int>& holders) {
  std::vector<Label> kept;
  kept.reserve(a.size() + b.size());
  auto at = b.begin();
  for (const Label label : a) {
    while (at != b.end() && *at < label) kept.push_back(*at++);
    if (at == b.end() || *at != label) {
      kept.push_back(label);
      continue;
    }
    ++at;
    if (--holders[static_cast<std::size_t>(label)] > 1) kept.push_back(label);
  }
  kept.insert(kept.end(), at, b.end());
  return kept;
}

double log2_sum(double a, double b) {
  if (a < b) std::swap(a, b);
  return b == -INFINITY ? a : a + std::log1p(std::exp2(b - a)) * std::numbers::log2e;
}

void join_smallest_first(std::vector<std::pair<double, int>> nodes, int next, std::vector<Merge>& merges) {
  std::priority_queue left(std::greater<>(), std::move(nodes));
  while (left.size() > 1) {
    const auto [size_a, a] = left.top();
    left.pop();
    const auto [size_b, b] = left.top();
    left.pop();
    merges.emplace_back(a, b);
    left.emplace(size_a + size_b, next++);
  }
}

}  // namespace ricci::path
