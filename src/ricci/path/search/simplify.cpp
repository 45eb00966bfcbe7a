#include "ricci/path/search/simplify.h"

#include <algorithm>
#include <deque>

namespace ricci::path {
namespace {

constexpr std::size_t kMostLooked = 64;  // holders of a label in search of one with all labels

class Simplifier {
 public:
  explicit Simplifier(Network& network)
      : network_(network), live_(network.values.size(), 1), holders_(network.holders.size()) {
    for (std::size_t i = 0; i < live_.size(); ++i) {
      for (const Label label : labels(i)) who(label).push_back(i);
    }
  }

  void run() {
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < live_.size(); ++i) order.push_back(i);
    // Small ones first; of vectors the longest, so that later merges are smaller.
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      if (labels(a).size() != labels(b).size()) return labels(a).size() < labels(b).size();
      return network_.log2_size(labels(a)) > network_.log2_size(labels(b));
    });
    waiting_.assign(order.begin(), order.end());
    for (; !waiting_.empty(); waiting_.pop_front()) {
      const std::size_t small = waiting_.front();
      if (!live_[small]) continue;
      if (const std::size_t large = container(small); large != small) absorb(small, large);
    }
    join_scalars();
    std::vector<LiveValue> left;
    for (std::size_t i = 0; i < live_.size(); ++i) {
      if (live_[i]) left.push_back(std::move(network_.values[i]));
    }
    network_.values = std::move(left);
  }

 private:
  std::vector<Label>& labels(std::size_t value) { return network_.values[value].labels; }
  std::vector<std::size_t>& who(Label label) { return holders_[static_cast<std::size_t>(label)]; }
  bool has(std::size_t value, Label label) {
    return live_[value] && std::binary_search(labels(value).begin(), labels(value).end(), label);
  }

  // The smallest other value with all labels of this one; itself when there is none, or no label.
  std::size_t container(std::size_t small) {
    if (labels(small).empty()) return small;
    Label rarest = labels(small).front();
    for (const Label label : labels(small)) {
      if (who(label).size() < who(rarest).size()) rarest = label;
    }
    std::vector<std::size_t>& holders = who(rarest);
    std::erase_if(holders, [&](std::size_t value) { return !has(value, rarest); });
    std::size_t best = small;
    double best_size = 0;
    for (std::size_t i = 0; i < std::min(holders.size(), kMostLooked); ++i) {
      const std::size_t other = holders[i];
      if (other == small ||
          !std::includes(labels(other).begin(), labels(other).end(), labels(small).begin(), labels(small).end()))
        continue;
      const double size = network_.log2_size(labels(other));
      if (best != small && size >= best_size) continue;
      best = other;
      best_size = size;
    }
    return best;
  }

  // All scalars become one, and that one goes into the smallest of the others.
  void join_scalars() {
    const std::size_t none = live_.size();
    std::size_t scalar = none, smallest = none;
    double least = 0;
    for (std::size_t i = 0; i < live_.size(); ++i) {
      if (!live_[i]) continue;
      if (labels(i).empty()) {
        if (scalar != none) absorb(scalar, i);
        scalar = i;
        continue;
      }
      const double size = network_.log2_size(labels(i));
      if (smallest != none && size >= least) continue;
      smallest = i;
      least = size;
    }
    if (scalar != none && smallest != none) absorb(scalar, smallest);
  }

  void absorb(std::size_t small, std::size_t large) {
    LiveValue &gone = network_.values[small], &kept = network_.values[large];
    kept.labels = merge_labels(gone.labels, kept.labels, network_.holders);
    const int node = network_.next_node();
    network_.merges.emplace_back(gone.node, kept.node);
    kept.node = node;
    gone.labels.clear();
    live_[small] = 0;
    waiting_.push_back(large);
  }

  Network& network_;
  std::vector<char> live_;
  std::vector<std::vector<std::size_t>> holders_;  // by label; may name values that have it no more
  std::deque<std::size_t> waiting_;
};

}  // namespace

void simplify(Network& network) { Simplifier(network).run(); }

}  // namespace ricci::path
