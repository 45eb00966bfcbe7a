// A contraction as the finders see it: a hypergraph of label sets with the logarithms of extents.
// Private labels are gone, repeated ones stand once, an extent of 0 counts as 1 (an empty result
// costs nothing in any order). The merges decided so far come with it.
#pragma once

#include <span>
#include <utility>
#include <vector>

#include "ricci/path/tree.h"

namespace ricci::path {

/// A value not yet merged: its number in the tree and its labels, ascending.
struct LiveValue {
  int node = 0;
  std::vector<Label> labels;
};

struct Network {
  std::size_t operand_count = 0;
  std::vector<LiveValue> values;
  std::vector<double> log2_extent;  // by label
  std::vector<int> holders;         // by label: live values that have it, and one more for the output
  std::vector<std::pair<int, int>> merges;

  explicit Network(const Contraction& contraction);
  int next_node() const { return static_cast<int>(operand_count + merges.size()); }
  double log2_size(const std::vector<Label>& labels) const;
  /// The tree of the merges decided here followed by these, whose nodes are numbered from
  /// 0..values.size()-1 (the live values) on.
  Tree completed(std::span<const std::pair<int, int>> rest) const;
};

/// log2(2^a + 2^b), for logarithms too large for their powers; -inf is the logarithm of 0.
double log2_sum(double a, double b);

/// Outer products of what no label connects: always the two smallest next. `nodes` and their log2
/// sizes in, merges appended, fresh nodes numbered from `next`.
void join_smallest_first(std::vector<std::pair<double, int>> nodes, int next, std::vector<std::pair<int, int>>& merges);

}  // namespace ricci::path
