#include "ricci/execute/tensor_machine.h"

#include <algorithm>
#include <chrono>
#include <complex>
#include <limits>

namespace ricci::execute {
namespace {

using planning::Action;
using planning::Part;
using planning::Plan;
using planning::Program;

// All of one kind of labels, element for element.
Contraction identity(const Contraction& whole, const Labels& labels, const Extents& extents,
                     Semiring semiring = Semiring::sum_product) {
  Contraction out{.extents = extents, .dtype = whole.dtype, .semiring = semiring};
  Labels axes;  // a repeated label would be its diagonal
  for (std::size_t axis = 0; axis < labels.size(); ++axis) {
    axes.push_back(static_cast<Label>(out.extents.size()));
    out.extents.push_back(extents[static_cast<std::size_t>(labels[axis])]);
  }
  out.inputs.push_back({axes, false});
  out.output = axes;
  return out;
}

Tensor part_of(const Tensor& whole, const Labels& labels, const Part& part) {
  Shape shape;
  std::int64_t offset = whole.offset();
  for (std::size_t axis = 0; axis < labels.size(); ++axis) {
    const auto label = static_cast<std::size_t>(labels[axis]);
    offset += part.first[label] * whole.strides()[axis];
    shape.push_back(part.extents[label]);
  }
  return make_view(whole, shape, whole.strides(), offset);
}

void fill(const Tensor& tensor, double value) {
  MapStep step;
  step.shape = tensor.shape();
  step.inputs = {{&value, DType::f64, Strides(tensor.shape().size(), 0)}};
  step.out = {tensor.raw_data(), tensor.dtype()};
  step.out_strides = tensor.strides();
  backend_of(tensor.device()).map(step);
}

// Seconds of the steps that run forward.
class Stopwatch {
 public:
  explicit Stopwatch(std::size_t steps) : seconds_(steps, 0), runs_(steps, 0) {}

  void start() { from_ = Clock::now(); }
  void stop(const Action& action) {
    if (action.side != planning::kForward) return;
    seconds_[action.step] += since(from_);
    ++runs_[action.step];
  }
  planning::Measured measured() const {
    planning::Measured out{seconds_, since(begin_)};
    for (std::size_t k = 0; k < runs_.size(); ++k) out.steps[k] /= std::max(runs_[k], 1.0);
    return out;
  }

 private:
  using Clock = std::chrono::steady_clock;
  static double since(Clock::time_point from) { return std::chrono::duration<double>(Clock::now() - from).count(); }

  std::vector<double> seconds_, runs_;
  Clock::time_point from_, begin_ = Clock::now();
};

// Counts through the slices, the last label fastest.
class Slices {
 public:
  explicit Slices(const Plan& plan) : plan_(plan), at_(plan.slices.size(), 0) {
    part_ = {Extents(plan.whole.extents.size(), 0), plan.piece_extents()};
  }

  const Part& part() const { return part_; }
  bool next() {
    for (std::size_t i = at_.size(); i-- > 0;) {
      const bool more = ++at_[i] < plan_.piece_count(plan_.slices[i]);
      if (!more) at_[i] = 0;
      place(i);
      if (more) return true;
    }
    return false;
  }
  /// Of the slices that a tensor of these labels has in one place: whether this is the first, or the last.
  bool is_first_of(const Labels& labels) const {
    return every_other(labels, [&](std::size_t i) { return at_[i] == 0; });
  }
  bool is_last_of(const Labels& labels) const {
    return every_other(labels, [&](std::size_t i) { return at_[i] + 1 == plan_.piece_count(plan_.slices[i]); });
  }

 private:
  template <class F>
  bool every_other(const Labels& labels, F&& f) const {
    for (std::size_t i = 0; i < at_.size(); ++i)
      if (!contains(labels, plan_.slices[i].label) && !f(i)) return false;
    return true;
  }
  void place(std::size_t i) {
    const auto label = static_cast<std::size_t>(plan_.slices[i].label);
    part_.first[label] = at_[i] * plan_.slices[i].piece;
    part_.extents[label] = std::min(plan_.slices[i].piece, plan_.whole.extents[label] - part_.first[label]);
  }

  const Plan& plan_;
  std::vector<std::int64_t> at_;
  Part part_;
};

class Sweeper {
 public:
  Sweeper(const Plan& plan, const Program& program, std::span<const Tensor> operands, const SweepOptions& options,
          Stopwatch* stopwatch)
      : plan_(plan),
        program_(program),
        operands_(operands.begin(), operands.end()),
        seed_(options.seed),
        epilogue_(options.epilogue),
        rule_(plan.whole.semiring == Semiring::sum_product ? nullptr : options.rule),
        stopwatch_(stopwatch),
        slots_(2 * program.value_count),
        slices_(plan) {}

  Swept run() {
    if (rule_ && plan_.sums_slices(plan_.whole.output))
      total_ = sweep(plan_, make_program(plan_, {}, true), operands_).value;
    set_inputs(false);
    run_actions(0, program_.first);
    allocate();
    do {
      set_inputs(true);
      is_seeded_ = false;
      if (!plan_.slices.empty()) start_place();
      run_actions(program_.first, program_.last);
      if (!plan_.slices.empty()) end_place();
    } while (slices_.next());
    set_inputs(false);
    run_actions(program_.last, program_.actions.size());
    return results();
  }

 private:
  Tensor& slot(int s) { return slots_[static_cast<std::size_t>(s)]; }
  int result() const { return static_cast<int>(program_.value_count) - 1; }
  int seed_slot() const { return program_.gradient_slot(result()); }
  bool accumulates(int s) const { return program_.accumulates[static_cast<std::size_t>(s)]; }
  DType dtype_of(int s) const { return planning::slot_dtype(plan_, program_, s); }
  const Labels& operand_labels(std::size_t i) const { return plan_.whole.inputs[i].labels; }
  std::size_t operand_of(int gradient) const { return static_cast<std::size_t>(gradient) - program_.value_count; }
  const Labels& labels_of(int gradient) const {
    const std::size_t value = operand_of(gradient);
    return value < program_.operand_count ? operand_labels(value)
                                          : plan_.steps[value - program_.operand_count].contraction.output;
  }
  bool is_wide() const { return accumulates(result()) && dtype_of(result()) != plan_.whole.dtype; }
  Tensor fresh(const Labels& labels, const Extents& extents, DType dtype) const {
    Shape shape;
    for (const Label label : labels) shape.push_back(extents[static_cast<std::size_t>(label)]);
    return empty(shape, {.dtype = dtype, .device = operands_[0].device()});
  }

  // Operands and the seed: the parts that the slice has of them, or all of them.
  void set_inputs(bool sliced) {
    const bool parts = sliced && !plan_.slices.empty();
    for (std::size_t i = 0; i < operands_.size(); ++i)
      slots_[i] = parts && program_.varies[i] ? part_of(operands_[i], operand_labels(i), slices_.part()) : operands_[i];
    if (seed_.defined()) slot(seed_slot()) = parts ? part_of(seed_, plan_.whole.output, slices_.part()) : seed_;
    const Extents extents = parts ? slices_.part().extents : plan_.piece_extents();
    if (extents == extents_ && !contractions_.empty()) return;
    extents_ = extents;
    contractions_.clear();
    for (const Action& action : program_.actions)
      contractions_.push_back(planning::action_contraction(plan_, action, extents_));
  }

  // What all slices write their parts of.
  void allocate() {
    if (plan_.slices.empty()) return;
    for (int s = 0; s < static_cast<int>(slots_.size()); ++s) {
      if (!accumulates(s)) continue;
      if (s == result()) {
        value_ = epilogue_.target.defined() ? epilogue_.target
                                            : fresh(plan_.whole.output, plan_.whole.extents, plan_.whole.dtype);
      } else {
        slot(s) = fresh(labels_of(s), plan_.whole.extents, dtype_of(s));
        if (is_diagonal(s)) fill(slot(s), 0);
      }
    }
  }

  // Slices of a repeated label lie along the diagonal and leave the rest.
  bool is_diagonal(int gradient) const {
    const Labels& labels = labels_of(gradient);
    return std::any_of(plan_.slices.begin(), plan_.slices.end(), [&](const planning::SlicedLabel& slice) {
      return std::count(labels.begin(), labels.end(), slice.label) > 1;
    });
  }

  // 16-bit floats are summed in a wider dtype, one place of the result after the other.
  void start_place() {
    if (!is_wide() || !slices_.is_first_of(plan_.whole.output)) return;
    wide_ = Tensor();
    wide_ = fresh(plan_.whole.output, slices_.part().extents, dtype_of(result()));
  }
  void end_place() {
    if (!is_wide() || !slices_.is_last_of(plan_.whole.output)) return;
    const Tensor place = part_of(value_, plan_.whole.output, slices_.part());
    contract(identity(plan_.whole, plan_.whole.output, slices_.part().extents, plan_.whole.semiring), {&wide_, 1},
             value_.dtype(), {.target = place, .alpha = 1, .beta = epilogue_.beta});
    wide_ = Tensor();
  }

  // Where the action's result goes, and how it is added to what is there.
  Epilogue target_of(int s) {
    if (!accumulates(s)) return s == result() ? epilogue_ : Epilogue{};
    Epilogue out;
    if (s == result()) {
      const bool first = slices_.is_first_of(plan_.whole.output);
      out.alpha = epilogue_.alpha;
      out.beta = !first ? Scalar(1) : is_wide() ? Scalar(0) : epilogue_.beta;
      out.target = is_wide() ? wide_ : part_of(value_, plan_.whole.output, slices_.part());
      return out;
    }
    const Labels& labels = labels_of(s);
    out.beta = slices_.is_first_of(labels) && !is_diagonal(s) ? 0 : 1;
    out.target = part_of(slot(s), labels, slices_.part());
    return out;
  }

  // In other semirings the seed of a slice depends on what the slice has to do with the whole.
  void seed_slice() {
    is_seeded_ = true;
    const Labels& output = plan_.whole.output;
    const Tensor total = total_.defined() ? part_of(total_, output, slices_.part()) : Tensor();
    if (total.defined() && slices_.is_first_of(output)) {
      open_ = Tensor();
      open_ = fresh(output, slices_.part().extents, accumulator_of(plan_.whole.dtype));
      fill(open_, 1);
    }
    slot(seed_slot()) = rule_->of_slice(plan_.whole.semiring, slot(result()), total, slot(seed_slot()), open_);
  }

  Tensor gradient_by_rule(const Action& action, int s) {
    if (!is_seeded_) seed_slice();
    const planning::Step& step = plan_.steps[action.step];
    const auto value = static_cast<int>(program_.operand_count + action.step);
    SmallVector<Tensor, 2> in;
    for (const int v : step.values) in.push_back(slot(v));
    const Contraction forward =
        planning::action_contraction(plan_, {.step = action.step, .side = planning::kForward, .frees = {}}, extents_);
    const Tensor made = rule_->of_step(forward, {in.data(), in.size()}, slot(value),
                                       slot(program_.gradient_slot(value)), static_cast<std::size_t>(action.side));
    if (!accumulates(s) && made.dtype() == dtype_of(s)) return made;
    return contract(identity(plan_.whole, labels_of(s), extents_), {&made, 1}, dtype_of(s), target_of(s));
  }

  Tensor made_by(std::size_t a, int s) {
    const Action& action = program_.actions[a];
    if (rule_ && action.side != planning::kForward) return gradient_by_rule(action, s);
    const planning::Step& step = plan_.steps[action.step];
    SmallVector<Tensor, 2> in;
    for (std::size_t i = 0; i < step.values.size(); ++i)
      in.push_back(static_cast<int>(i) == action.side
                       ? slot(program_.gradient_slot(static_cast<int>(program_.operand_count + action.step)))
                       : slot(step.values[i]));
    return contract(contractions_[a], {in.data(), in.size()}, dtype_of(s), target_of(s));
  }

  void run_actions(std::size_t first, std::size_t last) {
    for (std::size_t a = first; a < last; ++a) {
      const Action& action = program_.actions[a];
      const int s = program_.result_slot(plan_, action);
      if (stopwatch_) stopwatch_->start();
      Tensor made = made_by(a, s);
      if (stopwatch_) stopwatch_->stop(action);
      if (!accumulates(s)) slot(s) = std::move(made);
      for (const int freed : action.frees) slot(freed) = Tensor();
    }
  }

  Swept results() {
    Swept out;
    if (program_.gives_value) out.value = plan_.slices.empty() ? slot(result()) : value_;
    for (std::size_t i = 0; i < program_.wanted.size(); ++i) {
      Tensor& gradient = slot(program_.gradient_slot(static_cast<int>(i)));
      if (program_.wanted[i] && gradient.dtype() != plan_.whole.dtype)
        gradient =
            contract(identity(plan_.whole, operand_labels(i), plan_.whole.extents), {&gradient, 1}, plan_.whole.dtype);
      out.gradients.push_back(program_.wanted[i] ? std::move(gradient) : Tensor());
    }
    return out;
  }

  const Plan& plan_;
  const Program& program_;
  std::vector<Tensor> operands_;
  Tensor seed_;
  Epilogue epilogue_;
  const GradientRule* rule_;
  Stopwatch* stopwatch_;
  std::vector<Tensor> slots_;
  Slices slices_;
  Extents extents_;                        // that the contractions have
  std::vector<Contraction> contractions_;  // by action
  Tensor value_, wide_;
  Tensor total_, open_;  // for gradients by a rule
  bool is_seeded_ = false;
};

// A tensor without elements: its geometry is all that loops are made of.
Tensor outline(const Contraction& contraction, const Labels& labels, const planning::AxisStrides& strides,
               DType dtype) {
  auto impl = make_ref<TensorImpl>();
  for (const Label label : labels) impl->shape.push_back(contraction.extents[static_cast<std::size_t>(label)]);
  impl->strides = strides;
  impl->dtype = dtype;
  impl->device = {DeviceType::meta, 0};
  return Tensor(std::move(impl));
}

struct Outlines {
  SmallVector<Tensor, 2> operands;
  Epilogue epilogue;
};
Outlines outlines(const planning::StepShape& step) {
  Outlines out;
  for (std::size_t i = 0; i < step.strides.size(); ++i)
    out.operands.push_back(
        outline(step.contraction, step.contraction.inputs[i].labels, step.strides[i], step.dtypes[i]));
  out.epilogue = {.target = outline(step.contraction, step.contraction.output, step.result_strides, step.dtype),
                  .alpha = step.scales ? 2 : 1,
                  .beta = step.accumulates ? 1 : 0};
  return out;
}

}  // namespace

void check_sizes(const Plan& plan) {
  for (std::size_t k = 0; k < plan.steps.size(); ++k) {
    const planning::Step& step = plan.steps[k];
    if (step.bytes < std::numeric_limits<std::int64_t>::max()) continue;
    fail<MemoryError>("step ", k + 1, " of ", plan.steps.size(), " of the plan would make ",
                      path::volume(plan.whole, step.contraction.output), " elements of ", step.contraction.dtype,
                      ", past 2^63 bytes\n  let optimize='auto' find an order, or give another path");
  }
}

Swept sweep(const Plan& plan, const Program& program, std::span<const Tensor> operands, const SweepOptions& options) {
  check_sizes(plan);
  if (!options.measured) return Sweeper(plan, program, operands, options, nullptr).run();
  Stopwatch stopwatch(plan.steps.size());
  Swept out = Sweeper(plan, program, operands, options, &stopwatch).run();
  *options.measured = stopwatch.measured();
  return out;
}

planning::ScratchBytes scratch_of(Device device) {
  return [device](const planning::StepShape& step, std::int64_t most) {
    const Outlines in = outlines(step);
    return contract_bytes(step.contraction, {in.operands.data(), in.operands.size()}, device, most, in.epilogue);
  };
}

planning::KernelName kernel_name_on(Device device) {
  return [device](const planning::StepShape& step) {
    const Outlines in = outlines(step);
    return kernel_name(step.contraction, {in.operands.data(), in.operands.size()}, device, in.epilogue);
  };
}

planning::Layout layout_of(std::span<const Tensor> operands, const Tensor& seed, const Epilogue& epilogue) {
  planning::Layout out;
  if (!std::all_of(operands.begin(), operands.end(), [](const Tensor& t) { return t.is_contiguous(); }))
    for (const Tensor& t : operands) out.operands.push_back(t.strides());
  if (seed.defined() && !seed.is_contiguous()) out.seed = seed.strides();
  out.has_output = epilogue.target.defined();
  if (out.has_output && !epilogue.target.is_contiguous()) out.output = epilogue.target.strides();
  out.scales = !epilogue.alpha.is(1);
  out.accumulates = !epilogue.beta.is(0);
  return out;
}

}  // namespace ricci::execute
