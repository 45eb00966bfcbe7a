#include "ricci/path/tree/cost.h"

#include <algorithm>

#include "ricci/path/tree/live_labels.h"

namespace ricci::path {
namespace {

struct Value {
  Labels labels;
  double bytes = 0;
};

class Account {
 public:
  Account(const Contraction& contraction, const CostModel& model)
      : whole_(contraction), model_(model), accumulator_bytes_(double(size_of(accumulator_of(contraction.dtype)))) {}

  // One step that reads `read` bytes and writes `elements` of the accumulator's type (the output's, when last).
  double add(const FoldedShape& shape, double read, double elements, bool last) {
    const double bytes = elements * (last ? double(size_of(whole_.dtype)) : accumulator_bytes_);
    total_.flops += shape.flops();
    total_.largest = std::max(total_.largest, elements);
    total_.written += elements;
    total_.seconds += model_.seconds(shape, read + bytes);
    return bytes;
  }
  const TreeCost& total() const { return total_; }

 private:
  const Contraction& whole_;
  const CostModel& model_;
  double accumulator_bytes_;
  TreeCost total_;
};

Labels together(const Labels& a, const Labels& b, const Labels& c) {
  Labels out = a;
  out.append(b.begin(), b.end());
  out.append(c.begin(), c.end());
  return out;
}

}  // namespace

double volume(const Contraction& contraction, const Labels& labels) {
  double out = 1;
  for (const Label label : labels) {
    const std::int64_t extent = contraction.extents[static_cast<std::size_t>(label)];
    if (extent == 0) return 0;
    out *= static_cast<double>(extent);
  }
  return out;
}

TreeCost cost_of(const Contraction& contraction, const Tree& tree, const CostModel& model) {
  check(tree, contraction);
  Account account(contraction, model);
  LiveLabels live(contraction);
  const double element = static_cast<double>(size_of(contraction.dtype));
  std::vector<Value> values(contraction.inputs.size() + tree.merges.size());
  for (std::size_t i = 0; i < contraction.inputs.size(); ++i) {
    const double bytes = volume(contraction, contraction.inputs[i].labels) * element;
    const bool only = contraction.inputs.size() == 1;
    values[i] = {live.needed(i), bytes};
    if (!only && !live.is_reduced(i)) continue;
    const double written = volume(contraction, only ? contraction.output : values[i].labels);
    values[i].bytes = account.add(kNoMultiplication, bytes, written, only);
  }
  for (std::size_t k = 0; k < tree.merges.size(); ++k) {
    Value& a = values[static_cast<std::size_t>(tree.merges[k].first)];
    Value& b = values[static_cast<std::size_t>(tree.merges[k].second)];
    const Meeting meeting = live.merge(a.labels, b.labels);
    const FoldedShape shape{volume(contraction, meeting.batch), volume(contraction, meeting.left),
                            volume(contraction, meeting.right), volume(contraction, meeting.contracted)};
    const bool last = k + 1 == tree.merges.size();
    Value out{last ? contraction.output : together(meeting.batch, meeting.left, meeting.right), 0};
    out.bytes = account.add(shape, a.bytes + b.bytes, volume(contraction, out.labels), last);
    a = b = {};
    values[contraction.inputs.size() + k] = std::move(out);
  }
  return account.total();
}

}  // namespace ricci::path
