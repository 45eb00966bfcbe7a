#include "ricci/path/search/reconfigure.h"

#include <cmath>

#include "ricci/path/search/random.h"

namespace ricci::path {
namespace {

constexpr double kNegligible = 1e-3;  // share of the cost that all windows left alone have together

}  // namespace

void reconfigure(BinaryTree& tree, const MergeCost& cost, const Windows& windows, const Deadline& watch) {
  if (tree.leaves() < 3) return;
  SubsetSearch search(tree.network(), cost);
  Random random(windows.seed);
  std::vector<int> frontier;
  // The costliest merges are opened first; when that helps no more, random ones.
  bool by_cost = true;
  for (int round = 0; round < windows.rounds; ++round) {
    const double total = tree.total(cost);
    if (!std::isfinite(total)) return;  // what could be gained in a window would not be seen
    const double least = kNegligible * total / (tree.size() - tree.leaves());
    double gain = 0;
    for (int root = tree.leaves(); root < tree.size() && !watch.over(); ++root) {
      const auto weight = [&](int node) { return by_cost ? tree[node].log2_flops : random.uniform(); };
      tree.open_window(root, windows.nodes, weight, frontier);
      gain += search.improve(tree, root, frontier, least);
    }
    if (watch.over() || (gain <= 0 && !by_cost)) return;
    by_cost = gain > 0 && by_cost;
  }
}

}  // namespace ricci::path
