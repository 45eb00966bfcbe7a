#include "ricci/path/reconfigure.h"

#include "ricci/path/random.h"

namespace ricci::path {

void reconfigure(BinaryTree& tree, const MergeCost& cost, const Windows& windows, const Watch& watch) {
  if (tree.leaves() < 3) return;
  SubsetSearch search(tree.network(), cost);
  Random random(windows.seed);
  std::vector<int> frontier;
  // The costliest merges are opened first; when that helps no more, random ones.
  bool by_cost = true;
  for (int round = 0; round < windows.rounds; ++round) {
    double gain = 0;
    for (int root = tree.leaves(); root < tree.size() && !watch.over(); ++root) {
      const auto weight = [&](int node) { return by_cost ? tree[node].log2_flops : random.uniform(); };
      tree.open_window(root, windows.nodes, weight, frontier);
      gain += search.improve(tree, root, frontier);
    }
    if (watch.over() || (gain <= 0 && !by_cost)) return;
    by_cost = gain > 0 && by_cost;
  }
}

}  // namespace ricci::path
