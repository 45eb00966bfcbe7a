// The least cost over every pairwise order of a small contraction.
#pragma once

#include <algorithm>
#include <cmath>

#include "ricci/path/tree/binary_tree.h"
#include "tests/path/networks.h"

namespace ricci::test {

// Every order of every tree, by trying all pairs at every step.
class Exhaustive {
 public:
  Exhaustive(const Contraction& net, bool outer_products, path::MergeCost cost = path::MergeCost())
      : net_(net), outer_(outer_products), cost_(cost) {
    std::vector<std::pair<int, unsigned>> all;  // node, operands below it
    for (std::size_t i = 0; i < net.inputs.size(); ++i) all.emplace_back(static_cast<int>(i), 1u << i);
    tree_.operand_count = net.inputs.size();
    descend(all);
  }
  double best = INFINITY;

 private:
  // Multiplications exactly, so that integers can be held equal.
  double cost() const {
    if (cost_.goal() == path::Goal::flops) return path::cost_of(net_, tree_).flops;
    return path::BinaryTree(path::Network(net_), tree_.merges).total(cost_);
  }
  bool touch(unsigned a, unsigned b) const {
    for (std::size_t i = 0; i < net_.inputs.size(); ++i) {
      for (std::size_t j = 0; j < net_.inputs.size(); ++j) {
        if (!(a >> i & 1) || !(b >> j & 1)) continue;
        for (const Label label : net_.inputs[i].labels) {
          if (contains(net_.inputs[j].labels, label)) return true;
        }
      }
    }
    return false;
  }
  void descend(const std::vector<std::pair<int, unsigned>>& left) {
    if (left.size() == 1) {
      best = std::min(best, cost());
      return;
    }
    bool any = false;
    for (std::size_t i = 0; i < left.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) any = any || touch(left[i].second, left[j].second);
    }
    for (std::size_t i = 0; i < left.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        if (any && !outer_ && !touch(left[i].second, left[j].second)) continue;
        auto rest = left;
        tree_.merges.emplace_back(left[j].first, left[i].first);
        rest[j] = {static_cast<int>(net_.inputs.size() + tree_.merges.size()) - 1, left[i].second | left[j].second};
        rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(i));
        descend(rest);
        tree_.merges.pop_back();
      }
    }
  }
  const Contraction& net_;
  bool outer_;
  path::MergeCost cost_;
  path::Tree tree_;
};

}  // namespace ricci::test
