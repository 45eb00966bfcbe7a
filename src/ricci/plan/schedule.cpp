#include "ricci/plan/schedule.h"

#include <algorithm>

#include "ricci/path/tree/cost.h"
#include "ricci/path/tree/live_labels.h"

namespace ricci::planning {
namespace {

// Elements of every node's value; 0 for operands, which are alive anyway.
std::vector<double> result_sizes(const Contraction& contraction, const path::Tree& tree, std::uint64_t most_labels) {
  const std::size_t n = tree.operand_count;
  path::LiveLabels live(contraction);
  std::vector<Labels> labels(n + tree.merges.size());
  std::vector<double> sizes(labels.size(), 0.0);
  for (std::size_t i = 0; i < n; ++i) labels[i] = live.needed(i);
  for (std::size_t k = 0; k < tree.merges.size(); ++k) {
    const auto a = static_cast<std::size_t>(tree.merges[k].first), b = static_cast<std::size_t>(tree.merges[k].second);
    path::Meeting meeting = live.merge(labels[a], labels[b]);
    Labels& kept = labels[n + k];
    kept = std::move(meeting.batch);
    kept.append(meeting.left.begin(), meeting.left.end());
    kept.append(meeting.right.begin(), meeting.right.end());
    if (kept.size() > most_labels) fail<EinsumError>("the results of this tree have too many labels");
    most_labels -= kept.size();
    sizes[n + k] = path::volume(contraction, kept);
    labels[a] = labels[b] = {};
  }
  return sizes;
}

}  // namespace

std::vector<std::size_t> least_memory_order(const Contraction& contraction, const path::Tree& tree,
                                            std::uint64_t most_labels) {
  const std::size_t n = tree.operand_count;
  const std::vector<double> size = result_sizes(contraction, tree, most_labels);
  std::vector<double> peak(size.size(), 0.0);
  std::vector<bool> second_first(tree.merges.size());
  for (std::size_t k = 0; k < tree.merges.size(); ++k) {
    const auto a = static_cast<std::size_t>(tree.merges[k].first), b = static_cast<std::size_t>(tree.merges[k].second);
    const double first_a = std::max(peak[a], size[a] + peak[b]), first_b = std::max(peak[b], size[b] + peak[a]);
    second_first[k] = first_b < first_a;
    peak[n + k] = std::max(std::min(first_a, first_b), size[a] + size[b] + size[n + k]);
  }
  // Depth first from the root, written backwards: a merge, then its later child, then its earlier one.
  std::vector<std::size_t> order, open;
  if (!tree.merges.empty()) open.push_back(tree.merges.size() - 1);
  while (!open.empty()) {
    const std::size_t k = open.back();
    open.pop_back();
    order.push_back(k);
    std::size_t earlier = static_cast<std::size_t>(tree.merges[k].first);
    std::size_t later = static_cast<std::size_t>(tree.merges[k].second);
    if (second_first[k]) std::swap(earlier, later);
    if (earlier >= n) open.push_back(earlier - n);
    if (later >= n) open.push_back(later - n);
  }
  std::reverse(order.begin(), order.end());
  return order;
}

}  // namespace ricci::planning
