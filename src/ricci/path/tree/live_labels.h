// Which labels the values of a contraction still need while they merge: a label is summed at the
// merge where it leaves all remaining values and the output. Costs and plans both walk trees with it.
// A label of extent 0 leaves no terms, whatever the values are: then every value holds it until the last merge, so that
// none has elements, and neither a zero nor an infinity of one meets those of another.
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

  /// Operand i's labels, each once, without those that only it has (not even the output), and with the one of extent 0.
  Labels needed(std::size_t i);
  /// Whether these are another set than those that it has.
  bool is_reduced(std::size_t i) const;
  /// Merges two values with these labels. Values are known by their labels alone: call it once for
  /// each merge, in order.
  Meeting merge(const Labels& a, const Labels& b);
  /// The number of values that have the label, and one more when the output has it.
  int holders(Label label) const { return holders_[static_cast<std::size_t>(label)]; }

 private:
  bool first_time(Label label);
  bool holds_empty(std::size_t i) const { return empty_ < 0 || contains(contraction_->inputs[i].labels, empty_); }

  const Contraction* contraction_;
  std::vector<int> holders_;
  std::vector<std::uint32_t> mark_;  // by label: the round that saw it last
  std::uint32_t round_ = 0;
  Label empty_ = -1;  // the first label of extent 0; none of fewer than two operands, which are not merged
};

}  // namespace ricci::path
