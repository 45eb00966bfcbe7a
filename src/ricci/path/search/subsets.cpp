#include "ricci/path/search/subsets.h"

#include <bit>
#include <cmath>

namespace ricci::path {
namespace {

constexpr double kMostLog2 = 1000;  // beyond it a power of two is no finite double

// Sums over all subsets of each set, in place.
void sum_over_subsets(std::vector<double>& values, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t bit = std::size_t{1} << i;
    for (std::size_t high = bit; high < (std::size_t{1} << count); high += 2 * bit) {
      for (std::size_t set = high; set < high + bit; ++set) values[set] += values[set - bit];
    }
  }
}

}  // namespace

bool SubsetSearch::measure(const BinaryTree& tree, int root, const std::vector<int>& frontier) {
  count_ = frontier.size();
  const std::size_t sets = std::size_t{1} << count_, all = sets - 1;
  labels_.clear();
  for (std::size_t i = 0; i < count_; ++i) {
    for (const Label label : tree[frontier[i]].labels) {
      Set& mask = holder_mask_[static_cast<std::size_t>(label)];
      if (mask == 0) labels_.push_back(label);
      mask |= Set{1} << i;
    }
  }
  const Set outside = Set{1} << count_;
  for (const Label label : tree[root].labels) holder_mask_[static_cast<std::size_t>(label)] |= outside;
  // log2 of the volume of labels that lie inside each set: at all (made_), and not outside (inner_).
  made_.assign(sets, 0);
  inner_.assign(sets, 0);
  for (const Label label : labels_) {
    Set& mask = holder_mask_[static_cast<std::size_t>(label)];
    const double log2_extent = tree.network().log2_extent[static_cast<std::size_t>(label)];
    made_[mask & all] += log2_extent;
    if (!(mask & outside)) inner_[mask] += log2_extent;
    mask = 0;
  }
  sum_over_subsets(made_, count_);
  sum_over_subsets(inner_, count_);
  if (made_[all] > kMostLog2) return false;
  all_.resize(sets);
  for (std::size_t set = 0; set < sets; ++set) all_[set] = made_[all] - made_[all ^ set];
  for (std::size_t set = 0; set < sets; ++set) {
    all_[set] = std::exp2(all_[set]);
    inner_[set] = std::exp2(-inner_[set]);
    made_[set] = all_[set] * inner_[set];
  }
  return true;
}

void SubsetSearch::best_split(Set set) {
  const Set lowest = set & -set, rest = set ^ lowest;
  double best = best_[set];
  Set half = 0;
  for (Set a = rest; a != 0;) {  // b = the others, with the lowest
    a = (a - 1) & rest;
    const Set first = a | lowest, second = set ^ first;
    const double below = best_[first] + best_[second];
    if (below >= best) continue;
    const double here =
        below + cost_({all_[set] * inner_[first] * inner_[second], made_[first], made_[second], made_[set]});
    if (here < best) {
      best = here;
      half = first;
    }
  }
  best_[set] = half == 0 ? INFINITY : best;
  half_[set] = half;
}

// Costs of subsets; those that cost `bound` or more count as out of reach.
void SubsetSearch::search(Set all, double bound) {
  best_.assign(all + std::size_t{1}, bound);
  half_.resize(all + std::size_t{1});
  for (Set set = 1; set <= all; ++set) {
    if (std::has_single_bit(set)) {
      best_[set] = 0;
    } else if (cost_.least(made_[set]) >= bound) {
      best_[set] = INFINITY;
    } else {
      best_split(set);
    }
  }
}

int SubsetSearch::emit(Set set, std::vector<Merge>& merges) const {
  if (std::has_single_bit(set)) return std::countr_zero(set);
  const int left = emit(half_[set], merges), right = emit(set ^ half_[set], merges);
  merges.emplace_back(left, right);
  return static_cast<int>(count_ + merges.size()) - 1;
}

double SubsetSearch::cost_now(const BinaryTree& tree, int root, const std::vector<int>& frontier) {
  double sum = 0;
  open_.assign(1, root);
  while (!open_.empty()) {
    const int node = open_.back();
    open_.pop_back();
    if (contains(frontier, node)) continue;
    sum += tree.cost_of(node, cost_);
    open_.push_back(tree[node].left);
    open_.push_back(tree[node].right);
  }
  return sum;
}

double SubsetSearch::improve(BinaryTree& tree, int root, const std::vector<int>& frontier, double least) {
  if (frontier.size() < 3) return 0;
  const double now = cost_now(tree, root, frontier);
  if (now < least || !measure(tree, root, frontier)) return 0;
  const Set all = (Set{1} << count_) - 1;
  search(all, now * (1 - 1e-9));
  if (!(best_[all] < now)) return 0;
  std::vector<Merge> merges;
  emit(all, merges);
  tree.replace(root, frontier, merges);
  return now - best_[all];
}

}  // namespace ricci::path
