#include "ricci/ops/einsum/plan.h"

#include "ricci/autograd/level.h"
#include "ricci/autograd/record.h"
#include "ricci/base/error.h"
#include "ricci/execute/execute.h"
#include "ricci/ops/create.h"
#include "ricci/ops/einsum/budget.h"
#include "ricci/ops/einsum/contract_op.h"
#include "ricci/ops/einsum/rates.h"
#include "ricci/ops/einsum/run_plan.h"
#include "ricci/ops/random.h"
#include "ricci/ops/shape.h"
#include "ricci/plan/explain.h"
#include "ricci/plan/fit.h"
#include "ricci/tensor/defined.h"

namespace ricci {

Plan plan(std::string_view equation, const std::vector<Shape>& shapes, const PlanOptions& options) {
  const std::vector<DType> dtypes(shapes.size(), options.dtype.value_or(DType::f32));
  const Parsed parsed =
      parse(equation, shapes, dtypes, {.sizes = options.sizes, .strict = options.strict, .semiring = options.semiring});
  planning::PlanningOptions asked;
  asked.search.goal = options.goal;
  asked.search.seconds = options.seconds;
  asked.search.progress = options.progress;
  asked.search.model = chosen_model(parsed.contraction, options.rates);
  asked.max_bytes = options.max_bytes;
  asked.gradients = options.gradients;
  planning::Plan plan = *plan_for(parsed.contraction, options.optimize, asked);
  plan.operand_shapes = shapes;
  return Plan(std::make_shared<const execute::Executable>(std::move(plan)));
}

Plan::Plan(execute::ExecutableRef plan) : plan_(std::move(plan)) {
  Prepared prepared{.plan = plan_, .squeezed = {}};
  for (std::size_t i = 0; i < shapes().size(); ++i)
    prepared.squeezed.push_back(*planning::squeezed_axes(plan_->whole, i, shapes()[i]));
  prepared_ = std::make_shared<const Prepared>(std::move(prepared));
}

const planning::Plan& Plan::data() const { return *plan_; }

void Plan::check_operands(Operands operands) const {
  if (operands.size() != shapes().size())
    fail<EinsumError>("the plan takes ", shapes().size(), " operands, ", operands.size(), " were given");
  for (std::size_t i = 0; i < shapes().size(); ++i) {
    const ErrorSite site{.operand = static_cast<int>(i)};
    check_defined_at<EinsumError>("plan", i, operands[i]);
    if (operands[i].shape() != shapes()[i])
      fail_at<ShapeError>(site, "operand ", i + 1, " has shape ", operands[i].shape(), ", the plan was made for ",
                          shapes()[i], "\n  plan again for these shapes");
  }
  for (std::size_t i = 0; i < shapes().size(); ++i)
    if (promote(plan_->whole.dtype, operands[i].dtype()) != plan_->whole.dtype)
      fail_at<DTypeError>({.operand = static_cast<int>(i)}, "the plan was made for ", plan_->whole.dtype, ", operand ",
                          i + 1, " is ", operands[i].dtype(),
                          "\n  plan with that dtype, or convert the operand with to()");
}

Tensor Plan::operator()(Operands operands, const RunOptions& options) const {
  check_operands(operands);
  return run_plan(*prepared_, operands, options);
}

namespace {

Tensor made_up(const Extents& extents, DType dtype) {
  const Shape shape(extents.begin(), extents.end());
  return is_float(dtype) ? rand(shape, {.dtype = dtype, .seed = 0}) : ones(shape, {.dtype = dtype});
}

// Ones of the result's shape, which take the memory of one.
Tensor ones_of(const Contraction& contraction, Device device) {
  const Extents extents = contraction.output_shape();
  const Shape shape(extents.begin(), extents.end());
  return make_view(ones({}, {.dtype = contraction.dtype, .device = device}), shape, Strides(shape.size(), 0), 0);
}

}  // namespace

Plan::Gradients Plan::gradients(Operands operands, const Tensor& seed, const std::vector<int>& wrt) const {
  const NoGrad inside;
  if (outermost(operands))
    fail<GradError>("gradients: a plan's gradients are not differentiated by jvp() and not batched by vmap()",
                    "\n  use einsum and grad()");
  const bool linear = is_linear(plan_->whole.semiring);
  if (!linear && !is_float(plan_->whole.dtype))
    fail<GradError>("gradients: in ", name_of(plan_->whole.semiring), " they are those of floats, the plan is of ",
                    plan_->whole.dtype, "\n  plan with a float dtype");
  check_operands(operands);
  SmallVector<bool, 16> wanted(operands.size(), wrt.empty());
  for (const int i : wrt) {
    if (i < 0 || i >= static_cast<int>(operands.size()))
      fail<EinsumError>("gradients: wrt names operand ", i, ", the plan has 0..",
                        static_cast<int>(operands.size()) - 1);
    wanted[static_cast<std::size_t>(i)] = true;
  }
  const Contraction& whole = plan_->whole;
  if (!seed.defined() && is_complex(whole.dtype))
    fail<GradError>("gradients: a complex value needs a seed\n  give the gradient of your loss with respect to it");
  if (seed.defined() && seed.shape() != whole.output_shape())
    fail<GradError>("gradients: the seed has shape ", seed.shape(), ", the value ", whole.output_shape());
  const auto asked = planning_for_gradients(*prepared_, operands, seed, {wanted.data(), wanted.size()});
  const PlanRef plan = within_budget(plan_, asked);
  const AccountScope scope(plan->max_bytes ? make_ref<Account>(*plan->max_bytes, operands[0].device())
                                           : Ref<Account>());
  const Tensors ready = prepared_->fit(operands);
  const Tensor g = seed.defined() ? to(seed, whole.dtype) : ones_of(whole, ready[0].device());
  const Operands in(ready.data(), ready.size());
  check_values(whole.semiring, in);
  Gradients out;
  if (!linear) out.value = execute::run(*plan, in);
  execute::Results results =
      execute::run(*plan, make_program(*plan, asked), in, {.seed = g, .rule = &semiring_rule(), .total = out.value});
  if (linear) out.value = std::move(results.value);
  std::vector<Tensor>& all = results.gradients;
  for (std::size_t i = 0; i < all.size(); ++i)
    out.gradients.push_back(all[i].defined() ? to(reshape(all[i], operands[i].shape()), operands[i].dtype())
                                             : Tensor());
  return out;
}

planning::Measured Plan::profile() const {
  constexpr double kQuick = 1;  // seconds: the first run fetches its pages from the system
  const NoGrad inside;
  const Contraction& whole = plan_->whole;
  Tensors operands;
  for (const Term& term : whole.inputs) operands.push_back(made_up(whole.shape_of(term.labels), whole.dtype));
  const std::vector<bool> wanted(plan_->gradients ? operands.size() : 0, true);
  const bool linear = is_linear(whole.semiring);
  const planning::Program program = make_program(*plan_, wanted, linear || !plan_->gradients);
  const Tensor seed = plan_->gradients ? ones_of(whole, operands[0].device()) : Tensor();
  const AccountScope scope(plan_->max_bytes ? make_ref<Account>(*plan_->max_bytes) : Ref<Account>());
  planning::Measured measured;
  for (int run = 0; run < 2 && (run == 0 || measured.seconds < kQuick); ++run)
    execute::run(*plan_, program, Operands(operands.data(), operands.size()),
                 {.seed = seed, .rule = &semiring_rule(), .measured = &measured});
  return measured;
}

std::string Plan::explain(std::size_t columns) const {
  return planning::explain(*plan_, columns, nullptr, execute::kernel_name_on({}));
}
std::string Plan::explain(const planning::Measured& measured, std::size_t columns) const {
  return planning::explain(*plan_, columns, &measured, execute::kernel_name_on({}));
}
std::string Plan::to_json() const { return planning::to_json(*plan_); }

Plan Plan::from_json(std::string_view text) {
  planning::Plan plan = planning::from_json(text, execute::scratch_of({}));
  if (plan.max_bytes && plan.peak_bytes > *plan.max_bytes)
    fail<BudgetError>("the plan was made for max_bytes=", *plan.max_bytes, ", but takes ", plan.peak_bytes,
                      " bytes on this machine\n  plan again");
  return Plan(std::make_shared<const execute::Executable>(std::move(plan)));
}

}  // namespace ricci
