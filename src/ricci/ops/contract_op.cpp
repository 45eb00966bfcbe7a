#include "ricci/ops/contract_op.h"

#include "ricci/autograd/foreign.h"
#include "ricci/autograd/level.h"
#include "ricci/autograd/record.h"
#include "ricci/autograd/region.h"
#include "ricci/execute/tensor_machine.h"
#include "ricci/ops/budget.h"
#include "ricci/ops/einsum.h"
#include "ricci/ops/shape.h"
#include "ricci/execute/plan_cache.h"
#include "ricci/plan/fit.h"

namespace ricci {
namespace {

// The plan of the same tree with one fresh label on the operands that have the batch.
std::shared_ptr<const planning::Plan> batched_plan(const planning::Plan& plan, const Batch& batch) {
  const Contraction c = plan.whole.batched(std::vector<bool>(batch.has.begin(), batch.has.end()), batch.extent);
  planning::PlanOptions options;
  options.max_bytes = plan.max_bytes;
  options.scratch = execute::scratch_of({});
  if (c.inputs.size() <= 2 || plan.max_bytes) return planning::cached_plan(c, options);
  return std::make_shared<const planning::Plan>(planning::make_plan(c, plan.tree, options));
}

// One step through the public door, so that its result can be differentiated again.
constexpr auto recorded_step = [](const Contraction& contraction, Operands operands, DType dtype) {
  return to(contract(contraction, operands), dtype);
};

// Without history; of operands on one device.
Tensor run_unrecorded(const planning::Plan& plan, Operands in, execute::Values* keep = nullptr) {
  check_values(plan.whole.semiring, in);
  if (plan.steps.size() == 1 && in.size() == 1)
    if (Tensor view = execute::as_view(plan.whole, in[0]); view.defined()) return view;
  return execute::run(plan, in, {}, keep);
}

class Einsum final : public Op {
 public:
  Einsum(std::shared_ptr<const planning::Plan> plan, Operands operands)
      : plan_(std::move(plan)),
        backward_(backward_plan(*plan_, operands)),
        keeps_(operands.size() > 2 && !backward_ && is_recorded(operands) && !Region::current()) {}

  std::string_view name() const override { return "einsum"; }
  Reads reads(std::size_t i) const override { return is_linear() ? reads_all_but(i) : Reads{}; }

  Tensor run(Operands in) const override { return run_unrecorded(*plan_, in, keeps_ ? &values_ : nullptr); }

  bool run_into(Operands in, const Tensor& out) const override {
    check_values(plan_->whole.semiring, in);
    execute::run(*plan_, in, {.target = out});
    return true;
  }

  Tensor batched(Operands in, const Batch& batch) const override {
    return call_contraction(batched_plan(*plan_, batch), in);
  }

  LinearMap derivative(std::size_t i, Operands in, const Tensor&) const override {
    const auto with = [operands = Tensors(in.begin(), in.end()), i](const Contraction& c) {
      return [operands, i, c](const Tensor& t) {
        Tensors all = operands;
        all[i] = t;
        return contract(c, Operands(all.data(), all.size()));
      };
    };
    return {with(plan_->whole), with(plan_->whole.adjoint(i))};
  }

  // All gradients together, sharing the tree's intermediates. Where the result must be differentiable
  // again (recording, or a dual among the values), the tree is replayed step by step through the door.
  // The other semirings come here within a cap only: see call_contraction().
  Tensors pullback(Operands in, const Tensor& output, const Tensor& seed, std::span<const bool> wanted) const override {
    if (backward_) return pullback_within_budget(in, output, seed, wanted);
    return pullback_unbounded(in, output, seed, wanted);
  }

 private:
  bool is_linear() const { return plan_->whole.semiring == Semiring::sum_product; }

  Tensors pullback_unbounded(Operands in, const Tensor& output, const Tensor& seed,
                             std::span<const bool> wanted) const {
    if (!is_linear()) {
      const std::vector<Tensor> all = semiring_gradients(*plan_, in, seed, wanted);
      return Tensors(all.begin(), all.end());
    }
    if (in.size() <= 2) return Op::pullback(in, output, seed, wanted);
    const bool replay = recording() || level_of(in) > 0 || level_of({&seed, 1}) > 0;
    const auto raw_step = [](const Contraction& c, Operands operands, DType dtype) {
      return execute::contract(c, operands, dtype);
    };
    execute::Values values = replay            ? execute::run_through(*plan_, in, recorded_step)
                             : values_.empty() ? execute::run_through(*plan_, in, raw_step)
                             : owners() == 1   ? std::move(values_)  // the tape has let go of it
                                               : values_;
    std::vector<Tensor> all = replay ? execute::gradients(*plan_, std::move(values), seed, wanted, recorded_step)
                                     : execute::gradients(*plan_, std::move(values), seed, wanted, raw_step);
    return Tensors(all.begin(), all.end());
  }

  // Slice by slice. What is recorded again, or has tangents or batches, is not sliced, but an allocation over the cap
  // is an error.
  Tensors pullback_within_budget(Operands in, const Tensor& output, const Tensor& seed,
                                 std::span<const bool> wanted) const {
    const AccountScope scope(make_ref<Account>(*backward_->max_bytes));
    if (recording() || level_of(in) > 0 || level_of({&seed, 1}) > 0)
      return pullback_unbounded(in, output, seed, wanted);
    const planning::PlanOptions asked =
        planning_for_backward(*backward_->max_bytes, in, seed, std::vector<bool>(wanted.begin(), wanted.end()));
    const PlanRef plan = within_budget(backward_, asked);
    std::vector<Tensor> all =
        execute::sweep(*plan, make_program(*plan, asked), in, {.seed = seed, .rule = &semiring_rule()}).gradients;
    return Tensors(all.begin(), all.end());
  }

  std::shared_ptr<const planning::Plan> plan_;
  PlanRef backward_;  // of the gradients within max_bytes; null without a cap
  bool keeps_ = false;
  mutable execute::Values values_;  // operands and intermediates of run() for the joint gradients; none in a checkpoint
};

// Whether the door has nothing to do: no wrapper to take apart, nothing to record, nothing wrong.
bool passes_the_door(Operands operands) {
  for (const Tensor& t : operands)
    if (!t.defined() || t.impl()->wrapper || !(t.device() == operands[0].device())) return false;
  return !is_recorded(operands);
}

}  // namespace

Tensor call_contraction(const std::shared_ptr<const planning::Plan>& plan, Operands operands) {
  if (passes_the_door(operands)) return run_unrecorded(*plan, operands);
  // A batch is taken apart first: the whole plan gets its label.
  const Wrapper* wrapper = outermost(operands);
  const bool wrapped = wrapper ? wrapper->batch() < 0 : foreign_among(operands) != nullptr;
  // Within a cap a recorded contraction is one operation in every semiring.
  const bool by_steps = wrapped || (is_recorded(operands) && !plan->max_bytes);
  const bool semiring = plan->whole.semiring != Semiring::sum_product && by_steps;
  if (semiring || (operands.size() > 2 && wrapped)) {
    const auto step = [&](const Contraction& c, Operands in, DType dtype) {
      return to(semiring ? call_semiring(c, in) : contract(c, in), dtype);
    };
    return execute::run_through(*plan, operands, step).back();
  }
  return call_new<Einsum>(operands, plan, operands);
}

}  // namespace ricci
