// Which labels the values of a contraction still need while they merge: a label is summed at the
// merge where it leaves all remaining values and the output. Costs and plans both walk trees with it.
#pragma once

#include <cstdint>
#include <vector>

#include "ricci/algebra/contraction.h"

namespace ricci::path {

/// The labels of two values that meet, each once: in both and kept, in both and summed, in one only.
struct Meeting {
  Labels batch, contracted, left, right;
};

class LiveLabels {
 public:
  explicit LiveLabels(const Contraction& contraction);

  /// Operand i's labels, each once, without those that only it has (not even the output).
  Labels needed(std::size_t i);
  /// Merges two values with these labels. Values are known by their labels alone: call it once for
  /// each merge, in order.
  Meeting merge(const Labels& a, const Labels& b);
  /// The number of values that have the label, and one more when the output has it.
  int holders(Label label) const { return holders_[static_cast<std::size_t>(label)]; }

 private:
  bool first_time(Label label);

  const Contraction* contraction_;
  std::vector<int> holders_;
  std::vector<std::uint32_t> mark_;  // by label: the round that saw it last
  std::uint32_t round_ = 0;
};

}  // namespace ricci::path
