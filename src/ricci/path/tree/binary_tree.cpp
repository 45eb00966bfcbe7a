#include "ricci/path/tree/binary_tree.h"

#include <algorithm>
#include <cmath>

namespace ricci::path {

BinaryTree::BinaryTree(const Network& network, std::span<const Merge> merges) : network_(&network) {
  const std::size_t n = network.values.size();
  nodes_.resize(n + merges.size());
  at_edge_.resize(nodes_.size());
  for (std::size_t i = 0; i < n; ++i) {
    nodes_[i].labels = network.values[i].labels;
    nodes_[i].log2_size = network.log2_size(nodes_[i].labels);
  }
  std::vector<int> holders = network.holders;
  for (std::size_t k = 0; k < merges.size(); ++k) {
    join(static_cast<int>(n + k), merges[k].first, merges[k].second, holders);
  }
  root_ = size() - 1;
  holders_.resize(network.holders.size());
}

void BinaryTree::join(int node, int left, int right, std::vector<int>& holders) {
  Node& made = at(node);
  made.left = left;
  made.right = right;
  at(left).parent = at(right).parent = node;
  const std::vector<Label>&a = at(left).labels, &b = at(right).labels;
  made.log2_flops = at(left).log2_size + at(right).log2_size;
  for (auto i = a.begin(), j = b.begin(); i != a.end() && j != b.end();) {
    if (*i == *j) made.log2_flops -= network_->log2_extent[static_cast<std::size_t>(*i)];
    const bool first = *i <= *j, second = *j <= *i;
    i += first;
    j += second;
  }
  made.labels = merge_labels(a, b, holders);
  made.log2_size = network_->log2_size(made.labels);
}

double BinaryTree::cost_of(int node, const MergeCost& cost) const {
  const Node& made = (*this)[node];
  return cost({std::exp2(made.log2_flops), std::exp2((*this)[made.left].log2_size),
               std::exp2((*this)[made.right].log2_size), std::exp2(made.log2_size)});
}

double BinaryTree::total(const MergeCost& cost) const {
  double sum = 0;
  for (int node = leaves(); node < size(); ++node) sum += cost_of(node, cost);
  return sum;
}

double BinaryTree::log2_flops() const {
  double sum = -INFINITY;
  for (int node = leaves(); node < size(); ++node) sum = log2_sum(sum, (*this)[node].log2_flops);
  return sum;
}

Network BinaryTree::window(int root, std::span<const int> frontier) const {
  std::vector<const std::vector<Label>*> values;
  for (const int node : frontier) values.push_back(&(*this)[node].labels);
  const std::vector<Label>& needed = (*this)[root].labels;
  return subnetwork(*network_, values,
                    [&](Label label, int) { return std::binary_search(needed.begin(), needed.end(), label); });
}

void BinaryTree::inner_nodes(int root, std::span<const int> frontier, std::vector<int>& out) {
  for (const int node : frontier) at_edge_[static_cast<std::size_t>(node)] = 1;
  out.assign(1, root);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const Node opened = at(out[i]);
    for (const int child : {opened.left, opened.right}) {
      if (!at_edge_[static_cast<std::size_t>(child)]) out.push_back(child);
    }
  }
  std::reverse(out.begin(), out.end());
  for (const int node : frontier) at_edge_[static_cast<std::size_t>(node)] = 0;
}

void BinaryTree::replace(int root, std::span<const int> frontier, std::span<const Merge> merges) {
  std::vector<int> ids;
  inner_nodes(root, frontier, ids);
  for (const int node : frontier) {
    for (const Label label : at(node).labels) holders_[static_cast<std::size_t>(label)] = 0;
  }
  for (const int node : frontier) {
    for (const Label label : at(node).labels) ++holders_[static_cast<std::size_t>(label)];
  }
  for (const Label label : at(root).labels) ++holders_[static_cast<std::size_t>(label)];
  const int parent = at(root).parent, edge = static_cast<int>(frontier.size());
  const auto node = [&](int local) {
    return local < edge ? frontier[static_cast<std::size_t>(local)] : ids[static_cast<std::size_t>(local - edge)];
  };
  for (std::size_t k = 0; k < merges.size(); ++k) join(ids[k], node(merges[k].first), node(merges[k].second), holders_);
  at(root).parent = parent;
}

std::vector<Merge> BinaryTree::merges() const {
  std::vector<int> order(1, root_);  // parents before children
  for (std::size_t i = 0; i < order.size(); ++i) {
    const Node& node = (*this)[order[i]];
    for (const int child : {node.left, node.right}) {
      if (child >= leaves()) order.push_back(child);
    }
  }
  std::vector<int> number(nodes_.size());
  for (int leaf = 0; leaf < leaves(); ++leaf) number[static_cast<std::size_t>(leaf)] = leaf;
  std::vector<Merge> out;
  for (auto node = order.rbegin(); node != order.rend(); ++node) {
    number[static_cast<std::size_t>(*node)] = leaves() + static_cast<int>(out.size());
    out.emplace_back(number[static_cast<std::size_t>((*this)[*node].left)],
                     number[static_cast<std::size_t>((*this)[*node].right)]);
  }
  return out;
}

}  // namespace ricci::path
