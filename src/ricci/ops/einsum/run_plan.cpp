#include "ricci/ops/einsum/run_plan.h"

#include "ricci/autograd/foreign.h"
#include "ricci/autograd/level.h"
#include "ricci/autograd/record.h"
#include "ricci/base/error.h"
#include "ricci/execute/execute.h"
#include "ricci/execute/plan_cache.h"
#include "ricci/ops/create.h"
#include "ricci/ops/einsum/budget.h"
#include "ricci/ops/einsum/contract_op.h"
#include "ricci/ops/einsum/rates.h"
#include "ricci/ops/shape.h"
#include "ricci/tensor/defined.h"

namespace ricci {
namespace {

void check_out(const Contraction& contraction, Operands operands, const RunOptions& options) {
  if (!options.out) {
    if (options.beta) fail<EinsumError>("beta without out: there is nothing to scale\n  give out=, or leave beta away");
    return;
  }
  const Tensor& out = *options.out;
  if (!out.defined()) fail<EinsumError>("out is undefined\n  leave it away, and the result is a new tensor");
  check_not_read_only("out", out);
  const Extents shape = contraction.output_shape();
  if (out.shape() != shape)
    fail<ShapeError>("out has shape ", out.shape(), ", the result ", shape, "\n  make it with empty(", shape, ")");
  if (out.dtype() != contraction.dtype)
    fail<DTypeError>("out is ", out.dtype(), ", the result ", contraction.dtype, "\n  make it with dtype ",
                     contraction.dtype);
  if (!(out.device() == operands[0].device()))
    fail<DeviceError>("out is on ", name_of(out.device()), ", the operands on ", name_of(operands[0].device()));
  for (std::size_t axis = 0; axis < out.shape().size(); ++axis)
    if (out.strides()[axis] == 0 && out.shape()[axis] > 1)
      fail<ShapeError>("out is broadcast along axis ", axis,
                       ": several results would go to one element\n  give a clone()");
  if (foreign_among(operands))
    fail<GradError>("out= and beta= overwrite, so torch and JAX can't differentiate or trace them",
                    "\n  leave out away, or pass detached operands");
  if (outermost(operands) || out.impl()->wrapper)
    fail<GradError>("out= and beta= overwrite, so they lose the tangents of jvp() and the batch of vmap()",
                    "\n  leave out away");
  if (is_recorded({&out, 1}) || is_recorded(operands))
    fail<GradError>("out= and beta= overwrite, so they can't be recorded for a gradient",
                    "\n  run it under no_grad(), or leave out away");
}

void check_factor(std::string_view name, const Scalar& factor, DType dtype) {
  if (factor.value.imag() != 0 && !is_complex(dtype))
    fail<DTypeError>(name, " is complex, the result ", dtype, "\n  convert the operands to ", complex_of(dtype));
  if (!factor.is_integer && !is_float(dtype) &&
      factor.value != std::complex<double>(static_cast<double>(factor.integer)))
    fail<DTypeError>(name, " is ", factor.value.real(), ", but a ", dtype, " result takes whole numbers only",
                     "\n  convert the operands to a float dtype");
  check_fits(name, factor, dtype);
}

void check_scaling(const RunOptions& options, Semiring semiring, DType dtype) {
  if (options.alpha) check_factor("alpha", *options.alpha, dtype);
  if (options.beta) check_factor("beta", *options.beta, dtype);
  if (is_linear(semiring)) return;
  if (options.alpha && !options.alpha->is(1))
    fail<EinsumError>("alpha belongs to sum_product; ", name_of(semiring), " has no scaling");
  if (options.beta && !options.beta->is(0) && !options.beta->is(1))
    fail<EinsumError>("beta in ", name_of(semiring), " is 0 (overwrite) or 1 (add with the semiring's sum)");
}

Tensor run_into(const execute::Executable& plan, Operands operands, const RunOptions& options) {
  const NoGrad inside;
  check_values(plan.whole.semiring, operands);
  Tensor& out = *options.out;
  const Scalar alpha = options.alpha.value_or(1), beta = options.beta.value_or(0);
  bool overlaps = false;
  for (const Tensor& t : operands) overlaps = overlaps || may_overlap(t, out);
  if (!overlaps) {
    execute::run(plan, operands, {.target = out, .alpha = alpha, .beta = beta});
    out.storage()->bump_version();
    return out;
  }
  const Tensor target = beta.is(0) ? empty(out.shape(), {.dtype = out.dtype(), .device = out.device()}) : clone(out);
  execute::run(plan, operands, {.target = target, .alpha = alpha, .beta = beta});
  copy_into(out, target);
  return out;
}

}  // namespace

PlanRef plan_for(const Contraction& contraction, const Optimize& optimize, planning::PlanningOptions options) {
  if (!options.scratch) options.scratch = execute::scratch_of({});
  if (!options.search.model) options.search.model = chosen_model(contraction);
  const auto follow = [&](const Path& path) {
    const path::Tree tree = path::Tree::from_linear(path, contraction.inputs.size());
    return std::make_shared<const execute::Executable>(planning::make_plan(contraction, tree, options));
  };
  if (const auto* path = std::get_if<Path>(&optimize)) return follow(*path);
  if (const auto* finder = std::get_if<PathFinder>(&optimize)) return follow((*finder)(contraction));
  if (const auto* name = std::get_if<std::string>(&optimize))
    options.search.method = path::parse_method(*name);
  else if (!std::get<bool>(optimize))
    options.search.method = path::Method::in_order;
  return execute::cached_plan(contraction, options);
}

namespace {

Tensor run_fitting(const Prepared& prepared, Operands operands, const RunOptions& options) {
  const PlanRef& plan = prepared.plan;
  Tensors ready;
  if (!prepared.fits(operands)) ready = prepared.fit(operands);
  const Operands fitting = ready.empty() ? operands : Operands(ready.data(), ready.size());
  check_scaling(options, plan->whole.semiring, plan->whole.dtype);
  check_out(plan->whole, fitting, options);
  if (options.out) return run_into(*plan, fitting, options);
  const bool scales = options.alpha && !options.alpha->is(1);
  if (scales && !is_recorded(fitting) && !outermost(fitting) && !foreign_among(fitting)) {
    check_values(plan->whole.semiring, fitting);
    return execute::run(*plan, fitting, {.alpha = *options.alpha});
  }
  Tensor y = call_contraction(plan, fitting);  // handed on, not counted
  if (!scales) return y;
  const Tensor factor = full({}, *options.alpha, {.dtype = y.dtype(), .device = y.device()});
  const Tensor both[] = {factor, y};
  Contraction scaled{.extents = plan->whole.output_shape(), .dtype = y.dtype()};
  Labels all;
  for (Label label = 0; label < scaled.label_count(); ++label) all.push_back(label);
  scaled.inputs = {Term{}, Term{.labels = all}};
  scaled.output = all;
  return contract(scaled, both);
}

}  // namespace

Tensor run_plan(const Prepared& prepared, Operands operands, const RunOptions& options) {
  if (!options.max_bytes && !prepared.plan->max_bytes) return run_fitting(prepared, operands, options);
  RunOptions capped = options;
  if (!capped.max_bytes) capped.max_bytes = prepared.plan->max_bytes;
  check_budgeted(prepared.plan->whole.semiring, operands);
  const auto asked = planning_for(prepared.plan->whole, prepared.squeezed, operands, capped);
  const Prepared fitted{within_budget(prepared.plan, asked), prepared.squeezed};
  const AccountScope scope(make_ref<Account>(*capped.max_bytes, operands[0].device()));
  return run_fitting(fitted, operands, options);
}

}  // namespace ricci
