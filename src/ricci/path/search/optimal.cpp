#include "ricci/path/search/optimal.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <unordered_map>

#include "ricci/path/search/bits.h"

namespace ricci::path {
namespace {

using Set = std::uint64_t;  // of values

constexpr Set bit(std::size_t i) { return Set{1} << i; }
constexpr std::uint64_t kPairsBetweenLooks = 4096;  // at the clock: some tens of microseconds
constexpr std::size_t kDenseValues = 16;            // up to here the table of subsets is an array

// Labels that the same values hold, and that the output treats alike, count as one.
struct LabelClass {
  Set holders = 0;
  bool in_output = false;
  double extent = 1;
};

std::vector<LabelClass> label_classes(const Network& network) {
  std::map<Label, Set> holders;
  for (std::size_t i = 0; i < network.values.size(); ++i) {
    for (const Label label : network.values[i].labels) holders[label] |= bit(i);
  }
  std::map<std::pair<Set, bool>, double> log2_extents;
  for (const auto& [label, set] : holders) {
    const auto at = static_cast<std::size_t>(label);
    log2_extents[{set, network.holders[at] > std::popcount(set)}] += network.log2_extent[at];
  }
  std::vector<LabelClass> out;
  for (const auto& [who, log2_extent] : log2_extents) out.push_back({who.first, who.second, std::exp2(log2_extent)});
  return out;
}

// Entries by subset: an array for few values, a hash table for many.
class SubsetIndex {
 public:
  explicit SubsetIndex(std::size_t values) : dense_(values <= kDenseValues ? std::size_t{1} << values : 0, -1) {}
  int find(Set set) const {
    if (!dense_.empty()) return dense_[set];
    const auto at = sparse_.find(set);
    return at == sparse_.end() ? -1 : at->second;
  }
  void put(Set set, int entry) { (dense_.empty() ? sparse_[set] : dense_[set]) = entry; }

 private:
  std::vector<int> dense_;
  std::unordered_map<Set, int> sparse_;
};

template <std::size_t W>
class Exact {
 public:
  Exact(const Network& network, const ExactOptions& options, const std::vector<LabelClass>& classes)
      : network_(network), options_(options), classes_(classes), weights_(extents(classes)), index_(size()) {}

  std::optional<Tree> run() {
    connect();
    for (std::size_t i = 0; i < size(); ++i) add_value(i);
    for (std::size_t i = size(); i-- > 0 && !exhausted_;) {
      each_partner(bit(i));
      grow(bit(i), up_to(i), [this](Set set) { each_partner(set); });
    }
    if (exhausted_) return std::nullopt;
    return network_.completed(merges());
  }

 private:
  struct Entry {
    Set set = 0;
    Bits<W> labels;
    double size = 1, cost = 0, written = 0;
    int left = -1, right = -1;
  };

  static std::vector<double> extents(const std::vector<LabelClass>& classes) {
    std::vector<double> out;
    for (const LabelClass& c : classes) out.push_back(c.extent);
    return out;
  }
  static Set up_to(std::size_t i) { return bit(i) | (bit(i) - 1); }
  std::size_t size() const { return network_.values.size(); }

  void connect() {
    neighbours_.assign(size(), 0);
    const Set all = up_to(size() - 1);
    for (const LabelClass& c : classes_) {
      for (Set left = c.holders; left != 0; left &= left - 1) {
        neighbours_[static_cast<std::size_t>(std::countr_zero(left))] |= c.holders;
      }
    }
    for (std::size_t i = 0; i < size(); ++i) {
      if (options_.outer_products) neighbours_[i] = all;
      neighbours_[i] &= ~bit(i);
    }
  }

  Set neighbours(Set set) const {
    Set out = 0;
    for (Set left = set; left != 0; left &= left - 1)
      out |= neighbours_[static_cast<std::size_t>(std::countr_zero(left))];
    return out & ~set;
  }

  // Every connected set that grows from `set` without `barred`, each once, smaller before larger.
  template <class F>
  void grow(Set set, Set barred, const F& found) {
    const Set around = neighbours(set) & ~barred;
    if (around == 0 || exhausted_) return;
    for (Set some = -around & around; some != 0 && !exhausted_; some = (some - around) & around) found(set | some);
    for (Set some = -around & around; some != 0 && !exhausted_; some = (some - around) & around) {
      grow(set | some, barred | around, found);
    }
  }

  // Every connected set beside `set` that is adjacent to it, each unordered pair once.
  void each_partner(Set set) {
    const Set barred = up_to(static_cast<std::size_t>(std::countr_zero(set))) | set;
    const Set around = neighbours(set) & ~barred;
    for (Set left = around; left != 0 && !exhausted_;) {
      const std::size_t i = static_cast<std::size_t>(std::bit_width(left)) - 1;
      left &= ~bit(i);
      try_pair(set, bit(i));
      grow(bit(i), barred | (up_to(i) & around), [this, set](Set other) { try_pair(set, other); });
    }
  }

  void add_value(std::size_t i) {
    Entry entry;
    entry.set = bit(i);
    for (std::size_t c = 0; c < classes_.size(); ++c) {
      if (classes_[c].holders & bit(i)) entry.labels.set(c);
    }
    entry.size = weights_.product(entry.labels);
    index_.put(entry.set, static_cast<int>(entries_.size()));
    entries_.push_back(entry);
  }

  // A set met for the first time: the labels of either half that someone outside still needs.
  int new_entry(Set set, const Bits<W>& all, const Bits<W>& shared) {
    Entry entry;
    entry.set = set;
    entry.labels = all;
    shared.for_each([&](std::size_t c) {
      if (!classes_[c].in_output && (classes_[c].holders & ~set) == 0) entry.labels.reset(c);
    });
    entry.size = weights_.product(entry.labels);
    const int at = static_cast<int>(entries_.size());
    index_.put(set, at);
    entries_.push_back(entry);
    return at;
  }

  void try_pair(Set a, Set b) {
    if (++pairs_ > options_.most_pairs) exhausted_ = true;
    if (pairs_ % kPairsBetweenLooks == 0 && options_.watch.over()) exhausted_ = true;
    const int left = index_.find(a), right = index_.find(b);
    const Entry& first = entries_[static_cast<std::size_t>(left)];
    const Entry& second = entries_[static_cast<std::size_t>(right)];
    const Bits<W> all = first.labels | second.labels;
    const double written = first.written + second.written;
    int at = index_.find(a | b);
    const MergeSizes sizes{weights_.product(all), first.size, second.size, 0};
    const double below = first.cost + second.cost;
    if (at < 0) at = new_entry(a | b, all, first.labels & second.labels);
    Entry& both = entries_[static_cast<std::size_t>(at)];
    const double cost = below + options_.cost({sizes.flops, sizes.left, sizes.right, both.size});
    if (both.left >= 0 && std::pair(both.cost, both.written) <= std::pair(cost, written + both.size)) return;
    both.cost = cost;
    both.written = written + both.size;
    both.left = left;
    both.right = right;
  }

  std::vector<std::pair<int, int>> merges() const {
    std::vector<std::pair<int, int>> out;
    std::vector<std::pair<double, int>> components;
    for (Set left = up_to(size() - 1); left != 0;) {
      Set component = left & -left;
      for (Set more = neighbours(component); more != 0; more = neighbours(component)) component |= more;
      left &= ~component;
      const int entry = index_.find(component);
      const int node = emit(entry, out);
      components.emplace_back(std::log2(entries_[static_cast<std::size_t>(entry)].size), node);
    }
    join_smallest_first(std::move(components), static_cast<int>(size() + out.size()), out);
    return out;
  }

  // The merges below an entry, and its node; no deeper than 64.
  int emit(int at, std::vector<std::pair<int, int>>& out) const {
    const Entry& entry = entries_[static_cast<std::size_t>(at)];
    if (entry.left < 0) return std::countr_zero(entry.set);
    const int left = emit(entry.left, out);
    const int right = emit(entry.right, out);
    out.emplace_back(left, right);
    return static_cast<int>(size() + out.size()) - 1;
  }

  const Network& network_;
  const ExactOptions& options_;
  const std::vector<LabelClass>& classes_;
  WeightTable weights_;
  SubsetIndex index_;
  std::vector<Set> neighbours_;
  std::vector<Entry> entries_;
  std::uint64_t pairs_ = 0;
  bool exhausted_ = false;
};

}  // namespace

std::optional<Tree> exact_search(const Network& network, const ExactOptions& options) {
  if (network.values.empty() || network.values.size() > 64) return std::nullopt;
  const std::vector<LabelClass> classes = label_classes(network);
  if (classes.size() <= 64) return Exact<1>(network, options, classes).run();
  if (classes.size() <= 128) return Exact<2>(network, options, classes).run();
  if (classes.size() <= 512) return Exact<8>(network, options, classes).run();
  return std::nullopt;
}

double pairs_with_outer_products(std::size_t values) {
  const double n = static_cast<double>(values);
  return (std::pow(3.0, n) + 1) / 2 - std::pow(2.0, n);
}

}  // namespace ricci::path
