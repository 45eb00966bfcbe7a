#include "ricci/path/tree/live_labels.h"

#include <algorithm>

namespace ricci::path {

LiveLabels::LiveLabels(const Contraction& contraction)
    : contraction_(&contraction), holders_(contraction.extents.size()), mark_(contraction.extents.size()) {
  const auto count = [&](const Labels& labels) {
    ++round_;
    for (const Label label : labels) {
      if (first_time(label)) ++holders_[static_cast<std::size_t>(label)];
    }
  };
  for (const Term& term : contraction.inputs) count(term.labels);
  count(contraction.output);
  if (contraction.inputs.size() < 2) return;
  for (Label label = 0; label < contraction.label_count() && empty_ < 0; ++label)
    if (holders(label) > 0 && contraction.extents[static_cast<std::size_t>(label)] == 0) empty_ = label;
  for (std::size_t i = 0; i < contraction.inputs.size(); ++i)
    if (!holds_empty(i)) ++holders_[static_cast<std::size_t>(empty_)];
}

bool LiveLabels::first_time(Label label) {
  std::uint32_t& mark = mark_[static_cast<std::size_t>(label)];
  if (mark == round_) return false;
  mark = round_;
  return true;
}

Labels LiveLabels::needed(std::size_t i) {
  Labels out;
  ++round_;
  for (const Label label : contraction_->inputs[i].labels) {
    if (first_time(label) && holders(label) > 1) out.push_back(label);
  }
  if (!holds_empty(i)) out.push_back(empty_);
  return out;
}

bool LiveLabels::is_reduced(std::size_t i) const {
  const Labels& own = contraction_->inputs[i].labels;
  return !holds_empty(i) || std::any_of(own.begin(), own.end(), [&](Label label) { return holders(label) == 1; });
}

Meeting LiveLabels::merge(const Labels& a, const Labels& b) {
  Meeting out;
  ++round_;
  for (const Label label : b) mark_[static_cast<std::size_t>(label)] = round_;
  for (const Label label : a) {
    int& count = holders_[static_cast<std::size_t>(label)];
    if (mark_[static_cast<std::size_t>(label)] != round_) {
      out.left.push_back(label);
    } else if (--count > 1) {
      out.batch.push_back(label);
    } else {
      count = 0;
      out.contracted.push_back(label);
    }
  }
  ++round_;
  for (const Label label : a) mark_[static_cast<std::size_t>(label)] = round_;
  for (const Label label : b) {
    if (mark_[static_cast<std::size_t>(label)] != round_) out.right.push_back(label);
  }
  return out;
}

}  // namespace ricci::path
