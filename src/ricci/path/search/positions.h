// Positions in a list from which things vanish: the k-th value left, and the place of a value among
// those left, each in O(log n) by a Fenwick tree of counts. Used by the linear form of trees.
#pragma once

#include <bit>
#include <cstddef>
#include <vector>

namespace ricci::path {

/// The values 0..capacity-1 in ascending order; all are left at first.
class Positions {
 public:
  explicit Positions(std::size_t capacity) : counts_(capacity + 1) {
    for (std::size_t i = 1; i <= capacity; ++i) counts_[i] = static_cast<int>(i & (~i + 1));
  }

  void remove(std::size_t value) {
    for (std::size_t i = value + 1; i < counts_.size(); i += i & (~i + 1)) --counts_[i];
  }

  /// How many smaller values are left.
  int position_of(std::size_t value) const {
    int sum = 0;
    for (std::size_t i = value; i > 0; i &= i - 1) sum += counts_[i];
    return sum;
  }

  /// The value with `position` smaller ones left.
  int value_at(int position) const {
    std::size_t at = 0;
    for (std::size_t step = std::bit_floor(counts_.size()); step > 0; step /= 2) {
      if (at + step >= counts_.size() || counts_[at + step] > position) continue;
      at += step;
      position -= counts_[at];
    }
    return static_cast<int>(at);
  }

 private:
  std::vector<int> counts_;  // counts_[i]: values left among the (i & -i) values that end at i - 1
};

}  // namespace ricci::path
