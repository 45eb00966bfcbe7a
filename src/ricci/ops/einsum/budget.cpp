#include "ricci/ops/einsum/budget.h"

#include <algorithm>

#include "ricci/autograd/foreign.h"
#include "ricci/autograd/level.h"
#include "ricci/autograd/record.h"
#include "ricci/base/error.h"
#include "ricci/execute/execute.h"
#include "ricci/execute/plan_cache.h"
#include "ricci/ops/einsum/contract_op.h"
#include "ricci/plan/fit.h"

namespace ricci {
namespace {

std::int64_t bytes_as(const Tensor& tensor, DType dtype) {
  return planning::charged_bytes(tensor.numel() * static_cast<std::int64_t>(size_of(dtype)));
}

planning::ScratchBytes scratch_with_rules() {
  return [kernels = execute::scratch_of({})](const planning::StepShape& step, std::int64_t most) {
    const bool by_rule = step.side != planning::kForward && !is_linear(step.contraction.semiring);
    return by_rule ? semiring_rule_bytes(step, kernels, most) : kernels(step, most);
  };
}

bool is_plain(Operands operands) { return !outermost(operands) && !foreign_among(operands); }

// The strides of an operand as the plan reads it.
planning::AxisStrides strides_of(const Tensor& operand, const SmallVector<int, 4>& squeezed) {
  planning::AxisStrides out;
  for (std::size_t axis = 0; axis < operand.strides().size(); ++axis)
    if (!contains(squeezed, static_cast<int>(axis))) out.push_back(operand.strides()[axis]);
  return out;
}

planning::AxisStrides contiguous_strides_of(const Contraction& contraction, const Labels& labels) {
  const Extents shape = contraction.shape_of(labels);
  return contiguous_strides(Shape(shape.begin(), shape.end()));
}

bool fits_output(const Contraction& contraction, const Tensor* out) {
  return out && out->defined() && out->storage() && out->shape() == contraction.output_shape() &&
         out->dtype() == contraction.dtype;
}

std::int64_t output_bytes(const Contraction& contraction) {
  return planning::charged_bytes(
      static_cast<std::int64_t>(path::volume(contraction, contraction.output) * size_of(contraction.dtype)));
}

// Where the result goes: into memory that is there, unless that overlaps an operand.
void plan_output(const Contraction& contraction, Operands operands, const RunOptions& options,
                 planning::PlanningOptions& asked) {
  const bool scales = options.alpha && !options.alpha->is(1);
  if (scales && (is_recorded(operands) || !is_plain(operands))) asked.reserved += output_bytes(contraction);
  asked.layout.scales = scales;
  if (!fits_output(contraction, options.out)) return;
  for (const Tensor& t : operands)
    if (t.storage() && may_overlap(t, *options.out)) return;
  asked.layout.has_output = true;
  asked.layout.accumulates = options.beta && !options.beta->is(0);
  if (!options.out->is_contiguous()) asked.layout.output = options.out->strides();
}

// What replaces a plan is made by the same rates.
planning::PlanningOptions by_rates_of(const planning::Plan& plan, planning::PlanningOptions asked) {
  asked.search.model = plan.model;
  return asked;
}

}  // namespace

planning::PlanningOptions planning_for(const Contraction& contraction,
                                       const SmallVector<SmallVector<int, 4>, 3>& squeezed, Operands operands,
                                       const RunOptions& options) {
  planning::PlanningOptions asked;
  asked.scratch = execute::scratch_of({});
  asked.max_bytes = options.max_bytes;
  if (!options.max_bytes) return asked;
  bool contiguous = true;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    const bool converted = operands[i].dtype() != contraction.dtype;
    if (converted) asked.reserved += bytes_as(operands[i], contraction.dtype);
    contiguous = contiguous && (converted || operands[i].is_contiguous());
    asked.layout.operands.push_back(converted ? contiguous_strides_of(contraction, contraction.inputs[i].labels)
                                              : strides_of(operands[i], squeezed[i]));
  }
  if (contiguous || !is_plain(operands)) asked.layout.operands.clear();
  plan_output(contraction, operands, options, asked);
  return asked;
}

planning::PlanningOptions planning_for_gradients(const Prepared& prepared, Operands operands, const Tensor& seed,
                                                 std::span<const bool> wanted) {
  const Contraction& whole = prepared.plan->whole;
  planning::PlanningOptions asked =
      planning_for(whole, prepared.squeezed, operands, {.max_bytes = prepared.plan->max_bytes});
  asked.gradients = true;
  asked.wanted.assign(wanted.begin(), wanted.end());
  for (std::size_t i = 0; i < operands.size(); ++i)
    if (wanted[i] && operands[i].dtype() != whole.dtype) asked.reserved += bytes_as(operands[i], operands[i].dtype());
  if (!seed.defined()) {
    asked.reserved += planning::charged_bytes(1);
    asked.layout.seed = planning::AxisStrides(whole.output.size(), 0);
  } else if (seed.dtype() != whole.dtype) {
    asked.reserved += bytes_as(seed, whole.dtype);
  } else if (!seed.is_contiguous()) {
    asked.layout.seed = seed.strides();
  }
  if (!is_linear(whole.semiring)) {
    // The value comes first: what share a slice has in the gradients depends on it.
    asked.gives_value = false;
    asked.scratch = scratch_with_rules();
    asked.reserved += output_bytes(whole);
  }
  return asked;
}

PlanRef within_budget(const PlanRef& plan, const planning::PlanningOptions& asked) {
  if (!asked.max_bytes) return plan;
  const std::int64_t cap = *asked.max_bytes - asked.reserved;
  const planning::Program program = make_program(*plan, asked);
  const planning::Footprint found =
      footprint(*plan, program, asked.scratch, std::max<std::int64_t>(cap, 0), asked.layout);
  if (found.peak > cap) return execute::cached_plan(plan->whole, by_rates_of(*plan, asked));
  if (plan->max_bytes == asked.max_bytes) return plan;
  planning::Plan capped = *plan;
  capped.max_bytes = asked.max_bytes;
  return std::make_shared<const execute::Executable>(std::move(capped));
}

planning::PlanningOptions planning_for_backward(std::int64_t max_bytes, Operands operands, const Tensor& seed,
                                                std::vector<bool> wanted) {
  planning::PlanningOptions asked;
  asked.scratch = scratch_with_rules();
  asked.max_bytes = max_bytes;
  asked.gradients = true;
  asked.gives_value = false;
  asked.wanted = std::move(wanted);
  if (is_plain(operands)) asked.layout = execute::layout_of(operands, seed);
  return asked;
}

PlanRef backward_plan(const planning::Plan& plan, Operands operands) {
  const bool foreign = foreign_among(operands);  // of which any may be asked for
  if (!plan.max_bytes || !(foreign || is_recorded(operands))) return nullptr;
  std::vector<bool> wanted;
  for (const Tensor& t : operands) wanted.push_back(foreign || t.requires_grad());
  const auto asked = planning_for_backward(*plan.max_bytes, operands, {}, std::move(wanted));
  return execute::cached_plan(plan.whole, by_rates_of(plan, asked));
}

void check_budgeted(Semiring semiring, Operands operands) {
  if (!is_linear(semiring) && foreign_among(operands))
    fail<GradError>("max_bytes: torch and JAX keep the steps of a contraction in ", name_of(semiring),
                    " while they record or trace, so no cap can be promised",
                    "\n  pass detached operands, or Ricci's own tensors");
}

}  // namespace ricci
