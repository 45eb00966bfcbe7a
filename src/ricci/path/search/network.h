// A contraction as the finders see it: a hypergraph of label sets with the logarithms of extents.
// Private labels are gone, repeated ones stand once, an extent of 0 counts as 1 (an empty result
// costs nothing in any order). The merges decided so far come with it.
#pragma once

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include "ricci/path/tree/tree.h"

namespace ricci::path {

/// Two nodes that become one.
using Merge = std::pair<int, int>;

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
  std::vector<Merge> merges;

  Network() = default;
  explicit Network(const Contraction& contraction);
  int next_node() const { return static_cast<int>(operand_count + merges.size()); }
  double log2_size(const std::vector<Label>& labels) const;
  /// The tree of the merges decided here followed by these, whose nodes are numbered from
  /// 0..values.size()-1 (the live values) on.
  Tree completed(std::span<const Merge> rest) const;
};

/// What two values with these labels (ascending) make: the labels that someone else among `holders`
/// still needs, ascending. Counts each shared label's two holders as one from then on.
std::vector<Label> merge_labels(const std::vector<Label>& a, const std::vector<Label>& b, std::vector<int>& holders);

/// The problem of these values alone, given by their labels (of `whole`), ascending; labels are
/// numbered anew. `outside(label, holders here)` says whether the label is still needed elsewhere.
template <class Outside>
Network subnetwork(const Network& whole, std::span<const std::vector<Label>* const> values, Outside&& outside) {
  Network out;
  out.operand_count = values.size();
  std::vector<Label> known;
  for (const std::vector<Label>* labels : values) known.insert(known.end(), labels->begin(), labels->end());
  std::sort(known.begin(), known.end());
  known.erase(std::unique(known.begin(), known.end()), known.end());
  out.holders.assign(known.size(), 0);
  for (const std::vector<Label>* labels : values) {
    out.values.push_back({static_cast<int>(out.values.size()), {}});
    for (const Label label : *labels) {
      const auto number = std::lower_bound(known.begin(), known.end(), label) - known.begin();
      out.values.back().labels.push_back(static_cast<Label>(number));
      ++out.holders[static_cast<std::size_t>(number)];
    }
  }
  for (std::size_t i = 0; i < known.size(); ++i) {
    out.log2_extent.push_back(whole.log2_extent[static_cast<std::size_t>(known[i])]);
    if (outside(known[i], out.holders[i])) ++out.holders[i];
  }
  return out;
}

/// log2(2^a + 2^b), for logarithms too large for their powers; -inf is the logarithm of 0.
double log2_sum(double a, double b);

/// Outer products of what no label connects: always the two smallest next. `nodes` and their log2
/// sizes in, merges appended, fresh nodes numbered from `next`.
void join_smallest_first(std::vector<std::pair<double, int>> nodes, int next, std::vector<Merge>& merges);

}  // namespace ricci::path
