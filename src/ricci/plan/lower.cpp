#include "ricci/plan/lower.h"

#include <limits>

#include "ricci/path/tree/live_labels.h"
#include "ricci/plan/schedule.h"

namespace ricci::planning {
namespace {

constexpr std::int64_t kMostBytes = std::numeric_limits<std::int64_t>::max();

// A double of bytes as an int64; what does not fit stays at the most there is.
std::int64_t saturated(double bytes) { return bytes >= 0x1p63 ? kMostBytes : static_cast<std::int64_t>(bytes); }

// What a step reads: an operand as it is given, or an intermediate.
struct Value {
  int id = 0;
  Term term;
  double bytes = 0;
};

class Lowering {
 public:
  Lowering(const Contraction& whole, const path::Tree& tree, const path::CostModel& model,
           const std::vector<SlicedLabel>& slices, std::uint64_t most_labels)
      : live_(whole), most_labels_(most_labels) {
    plan_.whole = whole;
    plan_.tree = tree;
    plan_.model = model;
    plan_.slices = slices;
    for (const Term& term : whole.inputs) plan_.operand_shapes.push_back(whole.shape_of(term.labels));
    piece_ = whole;
    piece_.extents = plan_.piece_extents();
  }

  Plan run() &&;

 private:
  std::size_t operand_count() const { return plan_.whole.inputs.size(); }
  double bytes_of(const Labels& labels, DType dtype) const {
    return path::volume(piece_, labels) * static_cast<double>(size_of(dtype));
  }
  Value operand(std::size_t i);
  Labels kept_labels(const path::Meeting& meeting, const Value& a, const Value& b) const;
  Value add_step(std::initializer_list<const Value*> read, Labels output, const path::FoldedShape& shape, bool last);
  void merge(std::size_t k, bool last);

  Plan plan_;
  Contraction piece_;  // the whole with the extents of a slice
  path::LiveLabels live_;
  std::vector<Labels> needed_;  // by operand
  std::vector<bool> reduced_;   // by operand: has others than these
  std::vector<Value> values_;   // by node of the tree
  std::uint64_t most_labels_;
};

// Operand i as the first pairwise step reads it: itself, or what a step of one makes of it.
Value Lowering::operand(std::size_t i) {
  const Value given{static_cast<int>(i), plan_.whole.inputs[i],
                    bytes_of(plan_.whole.inputs[i].labels, plan_.whole.dtype)};
  if (!reduced_[i]) return given;
  return add_step({&given}, needed_[i], path::kNoMultiplication, false);
}

// [batch, the smaller one's, the larger one's]: the larger operand's order stays together innermost.
Labels Lowering::kept_labels(const path::Meeting& meeting, const Value& a, const Value& b) const {
  Labels out = meeting.batch;
  const bool left_last = a.bytes > b.bytes;
  const Labels& first = left_last ? meeting.right : meeting.left;
  const Labels& second = left_last ? meeting.left : meeting.right;
  out.append(first.begin(), first.end());
  out.append(second.begin(), second.end());
  return out;
}

Value Lowering::add_step(std::initializer_list<const Value*> read, Labels output, const path::FoldedShape& shape,
                         bool last) {
  Step step;
  double touched = 0;
  for (const Value* value : read) {
    step.values.push_back(value->id);
    step.contraction.inputs.push_back(value->term);
    if (static_cast<std::size_t>(value->id) >= operand_count()) step.frees.push_back(value->id);
    touched += value->bytes;
  }
  const DType dtype = last ? plan_.whole.dtype : accumulator_of(plan_.whole.dtype);
  const double bytes = bytes_of(output, dtype);
  step.contraction.output = output;
  step.contraction.dtype = dtype;
  step.contraction.semiring = plan_.whole.semiring;
  step.flops = shape.flops();
  step.bytes = saturated(bytes);
  step.predicted_seconds = plan_.model.seconds(shape, touched + bytes);
  plan_.steps.push_back(std::move(step));
  return {static_cast<int>(operand_count() + plan_.steps.size()) - 1, {std::move(output), false}, bytes};
}

void Lowering::merge(std::size_t k, bool last) {
  const auto take = [&](int node) {
    const auto at = static_cast<std::size_t>(node);
    return at < operand_count() ? operand(at) : std::exchange(values_[at], {});
  };
  const Value a = take(plan_.tree.merges[k].first);
  const Value b = take(plan_.tree.merges[k].second);
  const auto labels_of = [&](int node, const Value& value) -> const Labels& {
    const auto at = static_cast<std::size_t>(node);
    return at < operand_count() ? needed_[at] : value.term.labels;
  };
  const path::Meeting meeting =
      live_.merge(labels_of(plan_.tree.merges[k].first, a), labels_of(plan_.tree.merges[k].second, b));
  const auto size = [&](const Labels& labels) { return path::volume(piece_, labels); };
  const path::FoldedShape shape{size(meeting.batch), size(meeting.left), size(meeting.right), size(meeting.contracted)};
  values_[operand_count() + k] =
      add_step({&a, &b}, last ? plan_.whole.output : kept_labels(meeting, a, b), shape, last);
  plan_.steps.back().merge = static_cast<int>(k);
}

Plan Lowering::run() && {
  if (operand_count() == 1) {
    const Value given{0, plan_.whole.inputs[0], bytes_of(plan_.whole.inputs[0].labels, plan_.whole.dtype)};
    add_step({&given}, plan_.whole.output, path::kNoMultiplication, true);
  } else {
    values_.resize(operand_count() + plan_.tree.merges.size());
    for (std::size_t i = 0; i < operand_count(); ++i) {
      needed_.push_back(live_.needed(i));
      reduced_.push_back(live_.is_reduced(i));
    }
    const std::vector<std::size_t> order = least_memory_order(piece_, plan_.tree, most_labels_);
    for (const std::size_t k : order) merge(k, k == order.back());
  }
  return std::move(plan_);
}

}  // namespace

Plan lower(const Contraction& contraction, const path::Tree& tree, const path::CostModel& model,
           const std::vector<SlicedLabel>& slices, std::uint64_t most_labels) {
  return Lowering(contraction, tree, model, slices, most_labels).run();
}

}  // namespace ricci::planning
