// The best tree over a few values by dynamic programming over all their subsets, outer products
// included. Each subset's volumes come from sums over subsets, so a pair costs three look-ups:
// flops(A, B) = volume of all labels of A and B / (those only inside A * those only inside B).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "ricci/path/tree/binary_tree.h"

namespace ricci::path {

class SubsetSearch {
 public:
  static constexpr std::size_t kMost = 14;  // values

  SubsetSearch(const Network& network, const MergeCost& cost) : cost_(cost), holder_mask_(network.holders.size()) {}

  /// Puts the best merges between the frontier and its root when they cost less; by how much, or 0.
  /// Does not look at windows that cost less than `least`.
  double improve(BinaryTree& tree, int root, const std::vector<int>& frontier, double least = 0);

 private:
  using Set = std::uint32_t;  // of the frontier's nodes

  double cost_now(const BinaryTree& tree, int root, const std::vector<int>& frontier);
  /// False when a volume is beyond a double.
  bool measure(const BinaryTree& tree, int root, const std::vector<int>& frontier);
  void search(Set all, double bound);
  void best_split(Set set);
  int emit(Set set, std::vector<Merge>& merges) const;

  const MergeCost& cost_;
  std::vector<Set> holder_mask_;  // by label: who has it
  std::vector<Label> labels_;
  std::vector<int> open_;
  std::size_t count_ = 0;  // frontier nodes
  // By subset: the volume of all labels, 1 / that of labels only inside, elements, cost, one half.
  std::vector<double> all_, inner_, made_, best_;
  std::vector<Set> half_;
};

}  // namespace ricci::path
