// Which live values carry each label. A label that many values carry shows only its smallest ones as
// partners: all pairs of a label in thousands of operands would be millions.
#pragma once

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "ricci/path/search/network.h"

namespace ricci::path {

class LabelIndex {
 public:
  static constexpr std::size_t kMany = 32;      // carriers that make a label crowded
  static constexpr std::size_t kPartners = 16;  // shown of a crowded label

  explicit LabelIndex(const Network& network) : few_(network.holders.size()), crowd_of_(network.holders.size(), -1) {
    for (std::size_t label = 0; label < network.holders.size(); ++label) {
      if (static_cast<std::size_t>(std::max(network.holders[label], 0)) <= kMany) continue;
      crowd_of_[label] = static_cast<int>(crowds_.size());
      crowds_.emplace_back();
    }
  }

  bool crowded(Label label) const { return crowd_of_[static_cast<std::size_t>(label)] >= 0; }

  void add(Label label, int value, double size) {
    if (crowded(label)) {
      crowd(label).emplace(size, value);
    } else {
      few_[static_cast<std::size_t>(label)].push_back(value);
    }
  }

  void remove(Label label, int value, double size) {
    if (crowded(label)) {
      crowd(label).erase({size, value});
      return;
    }
    std::vector<int>& list = few_[static_cast<std::size_t>(label)];
    list.erase(std::find(list.begin(), list.end(), value));
  }

  /// Calls f(value) for the label's partners.
  template <class F>
  void each(Label label, F&& f) {
    if (!crowded(label)) {
      for (const int value : few_[static_cast<std::size_t>(label)]) f(value);
      return;
    }
    std::size_t shown = 0;
    for (const auto& [size, value] : crowd(label)) {
      if (shown++ == kPartners) break;
      f(value);
    }
  }

 private:
  using Crowd = std::set<std::pair<double, int>>;  // by size
  Crowd& crowd(Label label) { return crowds_[static_cast<std::size_t>(crowd_of_[static_cast<std::size_t>(label)])]; }

  std::vector<std::vector<int>> few_;
  std::vector<int> crowd_of_;
  std::vector<Crowd> crowds_;
};

}  // namespace ricci::path
