#include "ricci/plan/footprint.h"

#include <algorithm>

#include "ricci/base/checked.h"
#include "ricci/plan/run_program.h"

namespace ricci::planning {
namespace {

constexpr std::int64_t kMost = INT64_MAX;
constexpr std::int64_t kSeedTensors = 6;  // of a slice's part of the result

std::int64_t add(std::int64_t a, std::int64_t b) { return checked_add(a, b).value_or(kMost); }

std::int64_t bytes_of(const Extents& extents, const Labels& labels, DType dtype) {
  double bytes = static_cast<double>(size_of(dtype));
  for (const Label label : labels) {
    if (extents[static_cast<std::size_t>(label)] == 0) return charged_bytes(0);
    bytes *= static_cast<double>(extents[static_cast<std::size_t>(label)]);
  }
  if (bytes >= 0x1p62) return kMost;
  std::int64_t exact = static_cast<std::int64_t>(size_of(dtype));
  for (const Label label : labels) exact *= extents[static_cast<std::size_t>(label)];
  return charged_bytes(exact);
}

AxisStrides contiguous(const Extents& extents, const Labels& labels) {
  AxisStrides out(labels.size(), 1);
  std::int64_t stride = 1;
  for (std::size_t axis = labels.size(); axis-- > 0;) {
    out[axis] = stride;
    stride =
        checked_mul(stride, std::max<std::int64_t>(extents[static_cast<std::size_t>(labels[axis])], 1)).value_or(kMost);
  }
  return out;
}

// The machine that only counts bytes.
class Meter {
 public:
  Meter(const Plan& plan, const Program& program, const ScratchBytes& scratch, std::int64_t most, const Layout& layout)
      : plan_(plan),
        program_(program),
        scratch_(scratch),
        most_(most),
        layout_(layout),
        extents_(plan.piece_extents()),
        bytes_(program.slot_count(), 0) {
    out_.held.assign(plan.steps.size(), 0);
  }

  Footprint measure() {
    const auto each_shape = [this](auto&& f) {
      for (const Slice& slice : distinct_slices(plan_)) f(slice);
    };
    run_program(program_, each_shape, *this);
    round_gradients();
    return out_;
  }

  void run(std::size_t a) {
    const Action& action = program_.actions[a];
    const int slot = program_.result_slot(plan_, action);
    const bool there = accumulates(slot) || (program_.is_result(slot) && layout_.has_output);
    if (!there) {
      bytes(slot) =
          bytes_of(is_whole(slot) ? plan_.whole.extents : extents_, labels_of(slot), slot_dtype(plan_, program_, slot));
      hold(bytes(slot), a);
    }
    const std::int64_t scratch = scratch_of(action, slot, std::max<std::int64_t>(most_ - live_, 0));
    hold(scratch, a, true);
    live_ = std::max<std::int64_t>(live_ - scratch, 0);
  }
  void free(int slot) {
    // Once the sum has saturated the peak is known; it must only stay a number.
    live_ = std::max<std::int64_t>(live_ - bytes(slot), 0);
    bytes(slot) = 0;
  }
  void begin_slices() {
    allocate_accumulated();
    before_ = bytes_;
    live_before_ = live_;
  }
  void begin_slice(const Slice& slice) {
    extents_ = slice.extents;
    bytes_ = before_;
    live_ = live_before_;
  }
  void end_slice() {}
  void end_slices() { extents_ = plan_.piece_extents(); }

  // By step, in a slice with whole pieces.
  std::vector<std::string> names(const KernelName& name) const {
    std::vector<std::string> out(plan_.steps.size());
    for (const Action& action : program_.actions)
      if (is_possible(action)) out[action.step] = name(shape_of(action, program_.result_slot(plan_, action)));
    return out;
  }

 private:
  const Labels& labels_of(int slot) const { return program_.labels_of(plan_, slot); }
  std::int64_t& bytes(int slot) { return bytes_[static_cast<std::size_t>(slot)]; }
  bool accumulates(int slot) const { return program_.accumulates[static_cast<std::size_t>(slot)]; }

  // Of all slices; the result that gradients alone read is that of one.
  bool is_whole(int slot) const {
    return program_.is_operand_gradient(slot) || (program_.is_result(slot) && program_.gives_value);
  }

  void hold(std::int64_t more, std::size_t action, bool is_scratch = false) {
    live_ = add(live_, more);
    if (action < program_.actions.size()) {
      std::int64_t& held = out_.held[program_.actions[action].step];
      held = std::max(held, live_);
    }
    if (live_ <= out_.peak) return;
    out_.peak = live_;
    out_.peak_action = action;
    out_.peak_scratch = is_scratch ? more : 0;
  }

  // What lives through all slices: gradients, and the result with, for 16-bit floats, the sums of one place in it.
  void allocate_accumulated() {
    for (int slot = 0; slot < static_cast<int>(bytes_.size()); ++slot) {
      if (!accumulates(slot)) continue;
      const DType dtype = slot_dtype(plan_, program_, slot);
      if (!program_.is_result(slot)) {
        bytes(slot) = bytes_of(plan_.whole.extents, labels_of(slot), dtype);
        hold(bytes(slot), program_.first);
        continue;
      }
      if (!layout_.has_output) hold(bytes_of(plan_.whole.extents, labels_of(slot), plan_.whole.dtype), program_.first);
      if (dtype != plan_.whole.dtype) hold(bytes_of(plan_.piece_extents(), labels_of(slot), dtype), program_.first);
    }
    allocate_seeds();
  }

  // What the gradients of a slice begin with in other semirings: the total that the slice's result is held against,
  // which results no slice has won yet, and the slice's share of the seed, worked out through some tensors more.
  void allocate_seeds() {
    const Labels& output = plan_.whole.output;
    if (is_linear(plan_.whole.semiring) || program_.wanted.empty()) return;
    if (plan_.sums_slices(output)) hold(bytes_of(plan_.whole.extents, output, plan_.whole.dtype), program_.first);
    const std::int64_t piece = bytes_of(plan_.piece_extents(), output, accumulator_of(plan_.whole.dtype));
    hold(checked_mul(piece, kSeedTensors).value_or(kMost), program_.first);
  }

  // Gradients that were summed in a wider dtype are rounded one by one at the end.
  void round_gradients() {
    for (int slot = 0; slot < static_cast<int>(bytes_.size()); ++slot) {
      if (!program_.is_operand_gradient(slot) || !accumulates(slot)) continue;
      if (slot_dtype(plan_, program_, slot) == plan_.whole.dtype) continue;
      hold(bytes_of(plan_.whole.extents, labels_of(slot), plan_.whole.dtype), program_.actions.size() - 1);
      live_ -= bytes(slot);
    }
  }

  AxisStrides strides_of(int slot, const Labels& labels) const {
    const auto s = static_cast<std::size_t>(slot);
    const bool seed = slot == program_.seed_slot();
    if (seed && !layout_.seed.empty()) return layout_.seed;
    if (s < program_.operand_count && s < layout_.operands.size()) return layout_.operands[s];
    const bool wide = slot_dtype(plan_, program_, slot) != plan_.whole.dtype;
    if (program_.is_result(slot) && !layout_.output.empty() && !wide) return layout_.output;
    const bool whole = seed || s < program_.operand_count || (is_whole(slot) && !(program_.is_result(slot) && wide));
    return contiguous(whole ? plan_.whole.extents : extents_, labels);
  }

  // No machine holds more; what would overflow is not asked for.
  bool is_possible(const Action& action) const {
    const Contraction& step = plan_.steps[action.step].contraction;
    double most = path::volume(plan_.whole, step.output);
    for (const Term& term : step.inputs) most = std::max(most, path::volume(plan_.whole, term.labels));
    return most < 0x1p56;
  }

  StepShape shape_of(const Action& action, int result) const {
    StepShape shape{.contraction = action_contraction(plan_, action, extents_), .side = action.side};
    for (std::size_t i = 0; i < shape.contraction.inputs.size(); ++i) {
      const int slot = program_.operand_slot(plan_, action, i);
      const bool given = slot < static_cast<int>(program_.operand_count) || slot == program_.seed_slot();
      shape.strides.push_back(strides_of(slot, shape.contraction.inputs[i].labels));
      shape.dtypes.push_back(given ? plan_.whole.dtype : slot_dtype(plan_, program_, slot));
    }
    shape.result_strides = strides_of(result, shape.contraction.output);
    shape.dtype = slot_dtype(plan_, program_, result);
    const bool last = program_.is_result(result);
    shape.scales = last && layout_.scales;
    shape.accumulates = last && layout_.accumulates;
    return shape;
  }

  std::int64_t scratch_of(const Action& action, int result, std::int64_t left) const {
    if (!scratch_ || !is_possible(action)) return 0;
    StepShape shape = shape_of(action, result);
    std::int64_t bytes = scratch_(shape, left);
    if (accumulates(result) && !shape.accumulates) {
      shape.accumulates = true;
      bytes = std::max(bytes, scratch_(shape, left));
    }
    return bytes;
  }

  const Plan& plan_;
  const Program& program_;
  const ScratchBytes& scratch_;
  std::int64_t most_;
  const Layout& layout_;
  Extents extents_;                           // of the slice
  std::vector<std::int64_t> bytes_, before_;  // by slot, while it lives; as the slices begin
  std::int64_t live_ = 0, live_before_ = 0;
  Footprint out_;
};

}  // namespace

Contraction action_contraction(const Plan& plan, const Action& action, const Extents& extents) {
  Contraction out = plan.steps[action.step].contraction;
  out.extents = extents;
  return action.side == kForward ? out : out.adjoint(static_cast<std::size_t>(action.side));
}

std::vector<std::string> kernel_names(const Plan& plan, const KernelName& name) {
  const Program program = make_program(plan, {}, true);
  return Meter(plan, program, {}, INT64_MAX, {}).names(name);
}

Footprint footprint(const Plan& plan, const Program& program, const ScratchBytes& scratch, std::int64_t most,
                    const Layout& layout) {
  Footprint out = Meter(plan, program, scratch, most, layout).measure();
  for (std::size_t a = 0; a < program.actions.size(); ++a) {
    const Step& step = plan.steps[program.actions[a].step];
    const bool sliced = a >= program.first && a < program.last;
    double times = 1, count = 1;  // the first counts multiplications exactly, the last pieces as whole ones
    for (const SlicedLabel& slice : plan.slices) {
      if (!sliced) break;
      bool has = contains(step.contraction.output, slice.label);
      for (const Term& term : step.contraction.inputs) has = has || contains(term.labels, slice.label);
      const auto pieces = static_cast<double>(plan.piece_count(slice));
      count *= pieces;
      times *= has ? static_cast<double>(plan.whole.extents[static_cast<std::size_t>(slice.label)]) /
                         static_cast<double>(slice.piece)
                   : pieces;
    }
    out.flops += step.flops == 0 ? 0 : step.flops * times;
    out.seconds += step.predicted_seconds * count;
  }
  return out;
}

}  // namespace ricci::planning
