// A tree of merges that finders change in place, with the labels and the size of every node.
// Invariant: nodes 0..leaves()-1 are the network's live values, the others have two children each;
// a node's labels are those of its leaves that the output or a leaf outside still needs.
#pragma once

#include <algorithm>

#include "ricci/path/search/goal.h"
#include "ricci/path/search/network.h"

namespace ricci::path {

class BinaryTree {
 public:
  struct Node {
    int parent = -1, left = -1, right = -1;
    double log2_size = 0;
    double log2_flops = 0;  // of the merge that makes it
    std::vector<Label> labels;
  };

  /// `merges` name the network's live values from 0 on; all of them become one. The network must
  /// outlive the tree.
  BinaryTree(const Network& network, std::span<const Merge> merges);

  const Network& network() const { return *network_; }
  int leaves() const { return static_cast<int>(network_->values.size()); }
  int size() const { return static_cast<int>(nodes_.size()); }
  int root() const { return root_; }
  bool is_leaf(int node) const { return node < leaves(); }
  const Node& operator[](int node) const { return nodes_[static_cast<std::size_t>(node)]; }

  double cost_of(int node, const MergeCost& cost) const;
  /// The sum over all merges; infinite when a merge is beyond a double.
  double total(const MergeCost& cost) const;

  /// log2 of the multiplications of all merges, also where they are beyond a double.
  double log2_flops() const;

  /// The nodes below `root` that are left when the merges between them and it are taken away: starts
  /// with the root alone and opens inner nodes while there are fewer than `most`, the one of greatest
  /// weight(node) first.
  template <class Weight>
  void open_window(int root, std::size_t most, Weight&& weight, std::vector<int>& frontier) const;
  /// The same problem for the frontier's nodes alone; its labels are numbered anew.
  Network window(int root, std::span<const int> frontier) const;
  /// Puts other merges between a frontier and its root; they name the frontier's nodes from 0 on.
  void replace(int root, std::span<const int> frontier, std::span<const Merge> merges);

  /// The merges in an order in which each comes after what it takes.
  std::vector<Merge> merges() const;

 private:
  Node& at(int node) { return nodes_[static_cast<std::size_t>(node)]; }
  void join(int node, int left, int right, std::vector<int>& holders);
  /// The inner nodes of a window, the root last.
  void inner_nodes(int root, std::span<const int> frontier, std::vector<int>& out);

  const Network* network_;
  std::vector<Node> nodes_;
  int root_ = -1;
  std::vector<int> holders_;   // by label: scratch of replace()
  std::vector<char> at_edge_;  // by node: in the frontier; scratch of replace()
};

template <class Weight>
void BinaryTree::open_window(int root, std::size_t most, Weight&& weight, std::vector<int>& frontier) const {
  frontier.assign(1, root);
  std::vector<double> weights(1, is_leaf(root) ? -INFINITY : weight(root));
  while (frontier.size() < most) {
    const auto top = std::max_element(weights.begin(), weights.end()) - weights.begin();
    const auto i = static_cast<std::size_t>(top);
    if (is_leaf(frontier[i])) return;
    const Node& opened = (*this)[frontier[i]];
    frontier[i] = opened.left;
    frontier.push_back(opened.right);
    weights[i] = is_leaf(opened.left) ? -INFINITY : weight(opened.left);
    weights.push_back(is_leaf(opened.right) ? -INFINITY : weight(opened.right));
  }
}

}  // namespace ricci::path
