#include "ricci/path/search/anneal.h"

#include <algorithm>
#include <bit>

#include "ricci/path/search/random.h"

namespace ricci::path {
namespace {

// Labels as bits, those of one extent together, so that most words weigh their members alike.
class LabelBits {
 public:
  explicit LabelBits(const Network& network) : place_(network.log2_extent.size(), -1) {
    std::vector<Label> order;
    for (const LiveValue& value : network.values) order.insert(order.end(), value.labels.begin(), value.labels.end());
    std::sort(order.begin(), order.end());
    order.erase(std::unique(order.begin(), order.end()), order.end());
    const auto log2_extent = [&](Label label) { return network.log2_extent[static_cast<std::size_t>(label)]; };
    std::stable_sort(order.begin(), order.end(), [&](Label a, Label b) { return log2_extent(a) < log2_extent(b); });
    for (const Label label : order) {
      place_[static_cast<std::size_t>(label)] = static_cast<int>(weights_.size());
      weights_.push_back(log2_extent(label));
    }
    for (std::size_t first = 0; first < weights_.size(); first += 64) {
      const std::size_t last = std::min(first + 64, weights_.size()) - 1;
      uniform_.push_back(weights_[first] == weights_[last]);
    }
    one_extent_ = !weights_.empty() && weights_.front() == weights_.back();
  }

  std::size_t words() const { return uniform_.size(); }
  std::size_t place(Label label) const { return static_cast<std::size_t>(place_[static_cast<std::size_t>(label)]); }

  template <std::size_t W>
  double log2_size(const std::array<std::uint64_t, W>& set) const {
    if (one_extent_) {
      int members = 0;
      for (std::size_t w = 0; w < W; ++w) members += std::popcount(set[w]);
      return members * weights_[0];
    }
    double sum = 0;
    for (std::size_t w = 0; w < words(); ++w) {
      if (uniform_[w]) {
        sum += std::popcount(set[w]) * weights_[64 * w];
        continue;
      }
      for (std::uint64_t left = set[w]; left != 0; left &= left - 1) {
        sum += weights_[64 * w + static_cast<std::size_t>(std::countr_zero(left))];
      }
    }
    return sum;
  }

 private:
  std::vector<int> place_;       // by label
  std::vector<double> weights_;  // by place: log2 of the extent
  std::vector<char> uniform_;    // by word
  bool one_extent_ = false;
};

template <std::size_t W>
class Annealer final : public AnnealedTree {
 public:
  Annealer(const Network& network, const std::vector<Merge>& merges, const MergeCost& cost, LabelBits bits,
           std::uint64_t seed)
      : leaves_(static_cast<int>(network.values.size())), cost_(cost), bits_(std::move(bits)), random_(seed) {
    const BinaryTree tree(network, merges);
    nodes_.resize(static_cast<std::size_t>(tree.size()));
    for (int i = 0; i < tree.size(); ++i) {
      Node& node = at(i);
      node = {tree[i].parent, tree[i].left, tree[i].right, std::exp2(tree[i].log2_size), 0, {}};
      if (i >= leaves_) node.cost = tree.cost_of(i, cost_);
      for (const Label label : tree[i].labels) {
        node.labels[bits_.place(label) / 64] |= std::uint64_t{1} << (bits_.place(label) % 64);
      }
    }
    root_ = tree.root();
    best_ = nodes_;
    best_total_ = total();
  }

  void sweep(double temperature, int sweeps) override {
    const auto inner = static_cast<std::uint32_t>(static_cast<int>(nodes_.size()) - leaves_);
    set_temperature(temperature);
    for (int done = 0; done < sweeps; ++done) {
      for (std::uint32_t i = 0; i < inner; ++i) try_rotation(leaves_ + static_cast<int>(random_.below(inner)));
      keep_best();
    }
  }

  std::vector<Merge> best_merges() const override {
    std::vector<int> order(1, root_);  // parents before children
    for (std::size_t i = 0; i < order.size(); ++i) {
      const Node& node = best_[static_cast<std::size_t>(order[i])];
      for (const int child : {node.left, node.right}) {
        if (child >= leaves_) order.push_back(child);
      }
    }
    std::vector<int> number(best_.size());
    for (int leaf = 0; leaf < leaves_; ++leaf) number[static_cast<std::size_t>(leaf)] = leaf;
    std::vector<Merge> out;
    for (auto i = order.rbegin(); i != order.rend(); ++i) {
      const Node& node = best_[static_cast<std::size_t>(*i)];
      number[static_cast<std::size_t>(*i)] = leaves_ + static_cast<int>(out.size());
      out.emplace_back(number[static_cast<std::size_t>(node.left)], number[static_cast<std::size_t>(node.right)]);
    }
    return out;
  }

 private:
  using Set = std::array<std::uint64_t, W>;
  struct Node {
    int parent = -1, left = -1, right = -1;
    double made = 1, cost = 0;
    Set labels{};
  };
  static constexpr std::size_t kChances = 256;

  Node& at(int node) { return nodes_[static_cast<std::size_t>(node)]; }

  double total() const {
    double sum = 0;
    for (const Node& node : nodes_) sum += node.cost;
    return sum;
  }

  void keep_best() {
    const double now = total();
    if (!(now < best_total_)) return;
    best_total_ = now;
    best_ = nodes_;
  }

  // Factors by which a rotation may cost more, as likely as each other.
  void set_temperature(double temperature) {
    for (std::size_t i = 0; i < kChances; ++i) {
      chances_[i] = std::exp2(-temperature * std::log((static_cast<double>(i) + 0.5) / kChances));
    }
  }

  // One of the (up to four) rotations at a node: a child's child changes places with the other child.
  void try_rotation(int p) {
    const std::uint64_t draw = random_.next();
    Node& top = at(p);
    int x = draw & 1 ? top.left : top.right, c = draw & 1 ? top.right : top.left;
    if (x < leaves_) std::swap(x, c);
    if (x < leaves_) return;
    Node& below = at(x);
    const int a = draw & 2 ? below.left : below.right, b = draw & 2 ? below.right : below.left;
    const Node &keep = at(a), &move = at(b), &other = at(c);  // x becomes (a c), p becomes (x b)
    const double most = (below.cost + top.cost) * chances_[(draw >> 8) % kChances];
    Set with, kept, all;
    for (std::size_t w = 0; w < W; ++w) with[w] = keep.labels[w] | other.labels[w];
    const double flops_x = std::exp2(bits_.log2_size(with));
    if (!cost_.counts_elements() && flops_x > most) return;
    for (std::size_t w = 0; w < W; ++w) {
      kept[w] = with[w] & (move.labels[w] | top.labels[w]);
      all[w] = kept[w] | move.labels[w];
    }
    const double made = cost_.counts_elements() ? std::exp2(bits_.log2_size(kept)) : 0;
    const double cost_x = cost_({flops_x, keep.made, other.made, made});
    const double cost_p = cost_({std::exp2(bits_.log2_size(all)), made, move.made, top.made});
    if (cost_x + cost_p > most) return;
    below.labels = kept;
    below.made = made;
    below.cost = cost_x;
    below.left = a;
    below.right = c;
    at(c).parent = x;
    top.cost = cost_p;
    top.left = x;
    top.right = b;
    at(b).parent = p;
  }

  int leaves_, root_ = -1;
  const MergeCost& cost_;
  LabelBits bits_;
  Random random_;
  std::vector<Node> nodes_, best_;
  double best_total_ = 0;
  std::array<double, kChances> chances_{};
};

}  // namespace

std::unique_ptr<AnnealedTree> AnnealedTree::start(const Network& network, const std::vector<Merge>& merges,
                                                  const MergeCost& cost, std::uint64_t seed) {
  if (merges.size() < 2) return nullptr;
  LabelBits bits(network);
  const auto make = [&](auto words) -> std::unique_ptr<AnnealedTree> {
    return std::make_unique<Annealer<decltype(words)::value>>(network, merges, cost, std::move(bits), seed);
  };
  if (bits.words() <= 4) return make(std::integral_constant<std::size_t, 4>());
  if (bits.words() <= 8) return make(std::integral_constant<std::size_t, 8>());
  if (bits.words() <= 16) return make(std::integral_constant<std::size_t, 16>());
  if (bits.words() <= 64) return make(std::integral_constant<std::size_t, 64>());
  return nullptr;
}

}  // namespace ricci::path
