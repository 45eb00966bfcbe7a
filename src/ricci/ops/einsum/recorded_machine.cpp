#include "ricci/ops/einsum/recorded_machine.h"

#include <algorithm>
#include <optional>

#include "ricci/execute/execute.h"
#include "ricci/ops/einsum/contract_op.h"
#include "ricci/ops/einsum/einsum.h"
#include "ricci/ops/shape.h"
#include "ricci/plan/footprint.h"
#include "ricci/plan/run_program.h"

namespace ricci {
namespace {

using planning::Action;
using planning::Plan;
using planning::Program;

class RecordedMachine {
 public:
  RecordedMachine(const Plan& plan, const Program& program, Operands operands)
      : plan_(plan), program_(program), is_linear_(is_linear(plan.whole.semiring)), slots_(program.slot_count()) {
    std::copy(operands.begin(), operands.end(), slots_.begin());
  }

  Tensor& slot(int s) { return slots_[static_cast<std::size_t>(s)]; }

  void run(std::size_t a) {
    const Action& action = program_.actions[a];
    const int result = program_.result_slot(plan_, action);
    const bool by_rule = !is_linear_ && action.side != planning::kForward;
    slot(result) = to(by_rule ? by_semiring_rule(action) : contracted(action), slot_dtype(plan_, program_, result));
  }
  void free(int s) { slot(s) = Tensor(); }

 private:
  Contraction contraction_of(const Action& action) const {
    Contraction out = action_contraction(plan_, action, plan_.whole.extents);
    out.names = plan_.whole.names;
    return out;
  }

  Tensor contracted(const Action& action) {
    const Contraction contraction = contraction_of(action);
    Tensors in;
    for (std::size_t i = 0; i < contraction.inputs.size(); ++i)
      in.push_back(slot(program_.operand_slot(plan_, action, i)));
    if (!is_linear_) promote_all(in, slot_dtype(plan_, program_, program_.result_slot(plan_, action)));
    const Operands operands(in.data(), in.size());
    return is_linear_ ? contract(contraction, operands) : call_semiring(contraction, operands);
  }

  // A step of a semiring is of one dtype; 16-bit operands meet intermediates that are wider, and make such.
  static void promote_all(Tensors& in, DType dtype) {
    for (const Tensor& t : in) dtype = promote(dtype, t.dtype());
    for (Tensor& t : in) t = to(t, dtype);
  }

  Tensor by_semiring_rule(const Action& action) {
    const auto value = static_cast<int>(program_.operand_count + action.step);
    Tensors in;
    for (const int v : plan_.steps[action.step].values) in.push_back(slot(v));
    promote_all(in, slot(value).dtype());
    return semiring_gradient(contraction_of({action.step, planning::kForward}), Operands(in.data(), in.size()),
                             slot(value), slot(program_.gradient_slot(value)), static_cast<std::size_t>(action.side));
  }

  const Plan& plan_;
  const Program& program_;
  bool is_linear_;
  std::vector<Tensor> slots_;
};

// Nothing is cut or computed twice to save memory: what is recorded is kept anyway. `copy` has the plan where it must
// be another.
const Plan& without_slices(const Plan& plan, std::optional<Plan>& copy) {
  if (plan.slices.empty() && plan.recomputes.empty()) return plan;
  copy = plan;
  copy->slices.clear();
  copy->recomputes.clear();
  return *copy;
}

}  // namespace

Tensor run_through_door(const Plan& plan, Operands operands) {
  std::optional<Plan> copy;
  const Plan& whole = without_slices(plan, copy);
  execute::check_sizes(whole);
  const Program program = make_program(whole, {}, true);
  RecordedMachine machine(whole, program, operands);
  run_actions(program, 0, program.actions.size(), machine);
  return machine.slot(static_cast<int>(program.value_count) - 1);
}

Tensors gradients_through_door(const Plan& plan, Operands operands, const Tensor& seed, std::span<const bool> wanted) {
  std::optional<Plan> copy;
  const Plan& whole = without_slices(plan, copy);
  const Program program = make_program(whole, std::vector<bool>(wanted.begin(), wanted.end()), false);
  RecordedMachine machine(whole, program, operands);
  machine.slot(program.seed_slot()) = seed;
  run_actions(program, 0, program.actions.size(), machine);
  Tensors out(operands.size());
  for (std::size_t i = 0; i < out.size(); ++i)
    if (wanted[i]) out[i] = machine.slot(program.gradient_slot(static_cast<int>(i)));
  return out;
}

}  // namespace ricci
