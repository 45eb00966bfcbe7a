#include "ricci/path/tree/live_labels.h"

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
  return out;
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
