#include "ricci/ops/einsum/contract_op.h"

#include "ricci/autograd/foreign.h"
#include "ricci/autograd/level.h"
#include "ricci/autograd/record.h"
#include "ricci/autograd/region.h"
#include "ricci/execute/plan_cache.h"
#include "ricci/ops/einsum/budget.h"
#include "ricci/ops/einsum/einsum.h"
#include "ricci/ops/einsum/recorded_machine.h"
#include "ricci/plan/fit.h"

namespace ricci {
namespace {

// Planned by the same rates and within the same cap.
planning::PlanningOptions options_of(const planning::Plan& plan) {
  planning::PlanningOptions options;
  options.search.model = plan.model;
  options.max_bytes = plan.max_bytes;
  options.scratch = execute::scratch_of({});
  return options;
}

// The plan of the same tree with one fresh label on the operands that have the batch.
execute::ExecutableRef batched_plan(const planning::Plan& plan, const Batch& batch) {
  const Contraction c = plan.whole.batched(std::vector<bool>(batch.has.begin(), batch.has.end()), batch.extent);
  const planning::PlanningOptions options = options_of(plan);
  if (c.inputs.size() <= 2 || plan.max_bytes) return execute::cached_plan(c, options);
  return std::make_shared<const execute::Executable>(planning::make_plan(c, plan.tree, options));
}

// Without history; of operands on one device.
Tensor run_unrecorded(const execute::Executable& plan, Operands in) {
  check_values(plan.whole.semiring, in);
  if (plan.steps.size() == 1 && in.size() == 1)
    if (Tensor view = execute::as_view(plan.whole, in[0]); view.defined()) return view;
  return execute::run(plan, in);
}

// Intermediates of the value that the joint gradients read.
struct KeptValues final : RefCounted {
  execute::Kept values;
};

class Einsum final : public Op {
 public:
  Einsum(execute::ExecutableRef plan, Operands operands)
      : plan_(std::move(plan)), backward_(backward_plan(*plan_, operands)) {}

  std::string_view name() const override { return "einsum"; }
  Reads reads(std::size_t i) const override { return is_linear() ? reads_all_but(i) : Reads{}; }

  TensorType output_type(Operands) const override { return {plan_->whole.output_shape(), plan_->whole.dtype}; }
  Tensor run(Operands in) const override { return run_unrecorded(*plan_, in); }

  // In a checkpoint nothing is kept, and of two operands there is nothing to keep.
  Tensor run_recorded(Operands in, Record& record) const override {
    if (in.size() <= 2 || backward_ || Region::current()) return run(in);
    SmallVector<bool, 16> wanted;
    for (const Tensor& t : in) wanted.push_back(t.requires_grad());
    auto values = make_ref<KeptValues>();
    Tensor out = execute::run_keeping(*plan_, in, {wanted.data(), wanted.size()}, values->values);
    record.kept = std::move(values);
    return out;
  }

  void run_into(Operands in, const Tensor& out) const override {
    check_values(plan_->whole.semiring, in);
    execute::run(*plan_, in, {.target = out});
  }

  Tensor batched(Operands in, const Batch& batch) const override {
    return call_contraction(batched_plan(*plan_, batch), in);
  }

  LinearMap derivative(std::size_t i, Operands in, const Tensor&) const override {
    const auto with = [operands = Tensors(in.begin(), in.end()), i, plan = plan_](const Contraction& c) {
      return [operands, i, c, plan](const Tensor& t) {
        Tensors all = operands;
        all[i] = t;
        const Operands together(all.data(), all.size());
        if (!plan->max_bytes) return contract(c, together);
        return call_contraction(execute::cached_plan(c, options_of(*plan)), together);
      };
    };
    return {with(plan_->whole), with(plan_->whole.adjoint(i))};
  }

  // All gradients together, sharing the tree's intermediates. Where the result must be differentiable
  // again (recording, or a dual among the values), the tree is run through the door step by step.
  // The other semirings come here within a cap only: see call_contraction().
  Tensors pullback(Operands in, const Tensor& output, const Tensor& seed, std::span<const bool> wanted,
                   Ref<RefCounted> kept) const override {
    const bool foreign = foreign_among(in) || foreign_of(seed);
    const bool again = foreign || recording() || level_of(in) > 0 || level_of({&seed, 1}) > 0;
    const bool apart = foreign && plan_->max_bytes;  // each within the cap
    const bool capped = backward_ && !apart;
    const AccountScope scope(capped ? make_ref<Account>(*backward_->max_bytes, seed.device()) : Ref<Account>());
    if (is_linear() && (apart || ((again || !backward_) && shares_nothing(in.size(), again))))
      return Op::pullback(in, output, seed, wanted, {});
    if (again) return gradients_through_door(*plan_, in, seed, wanted);
    const std::vector<Tensor> all = backward_ ? gradients_within_budget(in, seed, wanted)
                                              : execute::gradients(*plan_, in, values_of(kept), seed, wanted);
    return Tensors(all.begin(), all.end());
  }

 private:
  bool is_linear() const { return ricci::is_linear(plan_->whole.semiring); }

  // Whether the gradients have no intermediate in common; that of one operand may be a view.
  bool shares_nothing(std::size_t operands, bool again) const {
    return operands == 1 || (operands == 2 && (again || plan_->steps.size() > 1));
  }

  // What was kept, moved where nobody else has it: the tape has let go of it then.
  static execute::Kept values_of(const Ref<RefCounted>& kept) {
    if (!kept) return {};
    auto& values = static_cast<KeptValues&>(*kept).values;
    return kept->owners() == 1 ? std::move(values) : values;
  }

  std::vector<Tensor> gradients_within_budget(Operands in, const Tensor& seed, std::span<const bool> wanted) const {
    const planning::PlanningOptions asked =
        planning_for_backward(*backward_->max_bytes, in, seed, std::vector<bool>(wanted.begin(), wanted.end()));
    const PlanRef plan = within_budget(backward_, asked);
    return execute::run(*plan, make_program(*plan, asked), in, {.seed = seed, .rule = &semiring_rule()}).gradients;
  }

  execute::ExecutableRef plan_;
  PlanRef backward_;  // of the gradients within max_bytes; null without a cap
};

// Whether the door has nothing to do: no wrapper to take apart, nothing to record, nothing wrong.
bool passes_the_door(Operands operands) {
  for (const Tensor& t : operands)
    if (!t.defined() || t.impl()->wrapper || !(t.device() == operands[0].device())) return false;
  return !is_recorded(operands);
}

}  // namespace

Tensor call_contraction(const execute::ExecutableRef& plan, Operands operands) {
  if (passes_the_door(operands)) return run_unrecorded(*plan, operands);
  // A batch is taken apart first: the whole plan gets its label.
  const Wrapper* wrapper = outermost(operands);
  const bool wrapped = wrapper ? wrapper->batch() < 0 : foreign_among(operands) != nullptr;
  // Within a cap a recorded contraction is one operation in every semiring, and one of another framework's in this.
  const bool capped = plan->max_bytes && !wrapper;
  const bool semiring = !is_linear(plan->whole.semiring) && (wrapped || (is_recorded(operands) && !plan->max_bytes));
  if (semiring || (operands.size() > 2 && wrapped && !capped)) return run_through_door(*plan, operands);
  return call_new<Einsum>(operands, plan, operands);
}

}  // namespace ricci
