#include "ricci/execute/tensor_machine.h"

#include <algorithm>
#include <chrono>

#include "ricci/autograd/accumulate.h"
#include "ricci/execute/execute.h"
#include "ricci/plan/run_program.h"

namespace ricci::execute {
namespace {

using planning::Action;
using planning::Plan;
using planning::Program;
using planning::Slice;
using planning::Slices;

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

Tensor part_of(const Tensor& whole, const Labels& labels, const Slice& slice) {
  Shape shape;
  std::int64_t offset = whole.offset();
  for (std::size_t axis = 0; axis < labels.size(); ++axis) {
    const auto label = static_cast<std::size_t>(labels[axis]);
    offset += slice.first[label] * whole.strides()[axis];
    shape.push_back(slice.extents[label]);
  }
  return make_view(whole, shape, whole.strides(), offset);
}

// The semiring's zero everywhere: the sum over nothing.
void fill_with_zero(const Tensor& tensor, Semiring semiring) {
  Contraction sum{.extents = tensor.shape(), .dtype = tensor.dtype(), .semiring = semiring};
  for (Label label = 0; label < sum.label_count(); ++label) sum.output.push_back(label);
  sum.inputs.push_back({{sum.label_count()}, false});
  sum.extents.push_back(0);
  const Tensor nothing = empty({0}, {.dtype = tensor.dtype(), .device = tensor.device()});
  contract(sum, {&nothing, 1}, tensor.dtype(), {.target = tensor});
}

class TensorMachine {
 public:
  /// `total`: the value of all slices, which gradients in other semirings are held against.
  TensorMachine(const Plan& plan, const Program& program, std::span<const Tensor> operands, const RunOptions& options,
                const Slices& slices, Tensor total = {})
      : plan_(plan),
        program_(program),
        operands_(operands.begin(), operands.end()),
        seed_(options.seed),
        epilogue_(options.epilogue),
        rule_(is_linear(plan.whole.semiring) ? nullptr : options.rule),
        slots_(program.slot_count()),
        slices_(slices),
        total_(std::move(total)) {
    set_inputs(false);
  }

  void run(std::size_t a) {
    const int s = program_.result_slot(plan_, program_.actions[a]);
    Tensor made = made_by(a, s);
    if (!accumulates(s)) slot(s) = std::move(made);
  }
  void free(int s) { slot(s) = Tensor(); }
  void begin_slices() { allocate(); }
  void begin_slice(const Slice&) {
    set_inputs(true);
    is_seeded_ = false;
    if (!plan_.slices.empty()) start_place();
  }
  void end_slice() {
    if (!plan_.slices.empty()) end_place();
  }
  void end_slices() { set_inputs(false); }

  const Tensor& value() { return plan_.slices.empty() ? slot(result()) : value_; }
  Results results() {
    Results out;
    if (program_.gives_value) out.value = value();
    for (std::size_t i = 0; i < program_.wanted.size(); ++i) {
      Tensor& gradient = slot(program_.gradient_slot(static_cast<int>(i)));
      if (program_.wanted[i] && gradient.dtype() != plan_.whole.dtype)
        gradient =
            contract(identity(plan_.whole, operand_labels(i), plan_.whole.extents), {&gradient, 1}, plan_.whole.dtype);
      out.gradients.push_back(program_.wanted[i] ? std::move(gradient) : Tensor());
    }
    return out;
  }
  /// The intermediates that are there, and the other way round.
  Kept take_kept() {
    Kept kept(slots_.begin(), slots_.begin() + result());
    std::fill_n(kept.begin(), operands_.size(), Tensor());
    return kept;
  }
  void give_kept(Kept kept) {
    for (std::size_t s = operands_.size(); s < kept.size(); ++s) slots_[s] = std::move(kept[s]);
  }

 private:
  Tensor& slot(int s) { return slots_[static_cast<std::size_t>(s)]; }
  int result() const { return static_cast<int>(program_.value_count) - 1; }
  int seed_slot() const { return program_.seed_slot(); }
  bool accumulates(int s) const { return program_.accumulates[static_cast<std::size_t>(s)]; }
  DType dtype_of(int s) const { return planning::slot_dtype(plan_, program_, s); }
  const Labels& operand_labels(std::size_t i) const { return plan_.whole.inputs[i].labels; }
  const Labels& labels_of(int s) const { return program_.labels_of(plan_, s); }
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
      slots_[i] = parts && program_.varies[i] ? part_of(operands_[i], operand_labels(i), *slices_) : operands_[i];
    if (seed_.defined()) slot(seed_slot()) = parts ? part_of(seed_, plan_.whole.output, *slices_) : seed_;
    const Extents extents = parts ? (*slices_).extents : plan_.piece_extents();
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
        if (adds_to_zeros(s)) fill_elements(slot(s), 0);
      }
    }
    if (!slices_.is_whole() && value_.defined()) fill_with_zero(value_, plan_.whole.semiring);
  }

  // Slices of a repeated label lie along the diagonal and leave the rest, and a part of the slices leaves what it
  // likes.
  bool adds_to_zeros(int gradient) const {
    if (!slices_.is_whole()) return true;
    const Labels& labels = labels_of(gradient);
    return std::any_of(plan_.slices.begin(), plan_.slices.end(), [&](const planning::SlicedLabel& slice) {
      return std::count(labels.begin(), labels.end(), slice.label) > 1;
    });
  }

  // 16-bit floats are summed in a wider dtype, one place of the result after the other.
  void start_place() {
    if (!is_wide() || !slices_.is_first_of(plan_.whole.output)) return;
    wide_ = Tensor();
    wide_ = fresh(plan_.whole.output, (*slices_).extents, dtype_of(result()));
  }
  void end_place() {
    if (!is_wide() || !slices_.is_last_of(plan_.whole.output)) return;
    const Tensor place = part_of(value_, plan_.whole.output, *slices_);
    contract(identity(plan_.whole, plan_.whole.output, (*slices_).extents, plan_.whole.semiring), {&wide_, 1},
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
      out.target = is_wide() ? wide_ : part_of(value_, plan_.whole.output, *slices_);
      return out;
    }
    const Labels& labels = labels_of(s);
    out.beta = slices_.is_first_of(labels) && !adds_to_zeros(s) ? 0 : 1;
    out.target = part_of(slot(s), labels, *slices_);
    return out;
  }

  // In other semirings the seed of a slice depends on what the slice has to do with the whole.
  void seed_slice() {
    is_seeded_ = true;
    const Labels& output = plan_.whole.output;
    const Tensor total = total_.defined() ? part_of(total_, output, *slices_) : Tensor();
    if (total.defined() && slices_.is_first_of(output)) {
      open_ = Tensor();
      open_ = fresh(output, (*slices_).extents, accumulator_of(plan_.whole.dtype));
      fill_elements(open_, 1);
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
        planning::action_contraction(plan_, {.step = action.step, .side = planning::kForward}, extents_);
    const Tensor made = rule_->of_step(forward, {in.data(), in.size()}, slot(value),
                                       slot(program_.gradient_slot(value)), static_cast<std::size_t>(action.side));
    if (!accumulates(s) && made.dtype() == dtype_of(s)) return made;
    return contract(identity(plan_.whole, labels_of(s), extents_), {&made, 1}, dtype_of(s), target_of(s));
  }

  Tensor made_by(std::size_t a, int s) {
    const Action& action = program_.actions[a];
    if (rule_ && action.side != planning::kForward) return gradient_by_rule(action, s);
    SmallVector<Tensor, 2> in;
    for (std::size_t i = 0; i < contractions_[a].inputs.size(); ++i)
      in.push_back(slot(program_.operand_slot(plan_, action, i)));
    return contract(contractions_[a], {in.data(), in.size()}, dtype_of(s), target_of(s));
  }

  const Plan& plan_;
  const Program& program_;
  std::vector<Tensor> operands_;
  Tensor seed_;
  Epilogue epilogue_;
  const GradientRule* rule_;
  std::vector<Tensor> slots_;
  const Slices& slices_;
  Extents extents_;                        // that the contractions have
  std::vector<Contraction> contractions_;  // by action
  Tensor value_, wide_;
  Tensor total_, open_;  // for gradients by a rule
  bool is_seeded_ = false;
};

// A machine whose forward steps are timed.
class TimedMachine : public TensorMachine {
 public:
  TimedMachine(const Plan& plan, const Program& program, TensorMachine machine)
      : TensorMachine(std::move(machine)),
        actions_(program.actions),
        seconds_(plan.steps.size(), 0),
        runs_(plan.steps.size(), 0) {}

  void run(std::size_t a) {
    const Clock::time_point from = Clock::now();
    TensorMachine::run(a);
    if (actions_[a].side != planning::kForward) return;
    seconds_[actions_[a].step] += since(from);
    ++runs_[actions_[a].step];
  }
  planning::Measured measured() const {
    planning::Measured out{seconds_, since(begin_)};
    for (std::size_t k = 0; k < runs_.size(); ++k) out.steps[k] /= std::max(runs_[k], 1.0);
    return out;
  }

 private:
  using Clock = std::chrono::steady_clock;
  static double since(Clock::time_point from) { return std::chrono::duration<double>(Clock::now() - from).count(); }

  const std::vector<Action>& actions_;
  std::vector<double> seconds_, runs_;  // by step
  Clock::time_point begin_ = Clock::now();
};

template <class Machine>
Results run_all(const Program& program, Slices& slices, Machine& machine) {
  const auto each_slice = [&](auto&& f) {
    if (slices.empty()) return;
    do f(*slices);
    while (slices.next());
  };
  run_program(program, each_slice, machine);
  return machine.results();
}

}  // namespace

Results run(const Plan& plan, const Program& program, std::span<const Tensor> operands, const RunOptions& options) {
  check_sizes(plan);
  const bool by_rule = options.rule && !is_linear(plan.whole.semiring);
  Tensor total;
  if (by_rule && plan.sums_slices(plan.whole.output))
    total = options.total.defined() ? options.total : run(plan, make_program(plan, {}, true), operands).value;
  Slices slices(plan, options.slices.begin, options.slices.end);
  TensorMachine machine(plan, program, operands, options, slices, total);
  if (!options.measured) return run_all(program, slices, machine);
  TimedMachine timed(plan, program, std::move(machine));
  Results out = run_all(program, slices, timed);
  *options.measured = timed.measured();
  return out;
}

Tensor run_forward(const Plan& plan, const Program& program, std::span<const Tensor> operands, Kept& kept) {
  check_sizes(plan);
  const Slices whole(plan);
  TensorMachine machine(plan, program, operands, {}, whole);
  run_actions(program, 0, program.backward, machine);
  kept = machine.take_kept();
  return machine.value();
}

std::vector<Tensor> run_backward(const Plan& plan, const Program& program, std::span<const Tensor> operands, Kept kept,
                                 const Tensor& seed) {
  const Slices whole(plan);
  TensorMachine machine(plan, program, operands, {.seed = seed}, whole);
  machine.give_kept(std::move(kept));
  run_actions(program, program.backward, program.actions.size(), machine);
  return machine.results().gradients;
}

}  // namespace ricci::execute
