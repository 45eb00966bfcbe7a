#include "ricci/ops/einsum.h"

#include "ricci/autograd/record.h"
#include "ricci/base/error.h"
#include "ricci/ops/contract_op.h"
#include "ricci/ops/create.h"
#include "ricci/ops/reduce.h"
#include "ricci/ops/shape.h"
#include "ricci/plan/cache.h"

namespace ricci {
namespace {

using PlanRef = std::shared_ptr<const planning::Plan>;

std::vector<Extents> shapes_of(Operands operands) {
  std::vector<Extents> shapes;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    if (!operands[i].defined()) fail_at<EinsumError>({.operand = static_cast<int>(i)}, "operand ", i + 1, " is undefined");
    shapes.push_back(operands[i].shape());
  }
  return shapes;
}

std::vector<DType> dtypes_of(Operands operands) {
  std::vector<DType> dtypes;
  for (const Tensor& t : operands) dtypes.push_back(t.dtype());
  return dtypes;
}

PlanRef plan_for(const Contraction& contraction, const Optimize& optimize) {
  if (const auto* path = std::get_if<Path>(&optimize)) {
    const path::Tree tree = path::Tree::from_linear(*path, contraction.inputs.size());
    return std::make_shared<const planning::Plan>(planning::make_plan(contraction, tree));
  }
  planning::PlanOptions options;
  if (const auto* name = std::get_if<std::string>(&optimize)) options.search.method = path::parse_method(*name);
  else if (!std::get<bool>(optimize)) options.search.method = path::Method::in_order;
  return planning::cached_plan(contraction, options);
}

// The operands as the contraction reads them: squeezed axes gone, one dtype.
Tensors prepare_operands(const Parsed& parsed, Operands operands) {
  Tensors out;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    Shape shape;
    for (std::size_t axis = 0; axis < operands[i].shape().size(); ++axis)
      if (!contains(parsed.squeezed[i], static_cast<int>(axis))) shape.push_back(operands[i].shape()[axis]);
    out.push_back(to(reshape(operands[i], shape), parsed.contraction.dtype));
  }
  return out;
}

// max_product distributes over nonnegative numbers only.
void check_semiring(const Contraction& contraction, Operands operands) {
  if (contraction.semiring != Semiring::max_product) return;
  const NoGrad inside;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    if (operands[i].numel() == 0) continue;
    const double least = min(operands[i].detach()).item<double>();
    if (least < 0)
      fail_at<EinsumError>({.operand = static_cast<int>(i)}, "max_product needs nonnegative values, but operand ", i + 1,
                           " has ", least, "\n  take the logarithms and max_plus, or shift the values");
  }
}

void check_out(const Contraction& contraction, Operands operands, const EinsumOptions& options) {
  if (!options.out) {
    if (options.beta) fail<EinsumError>("beta without out: there is nothing to scale\n  give out=, or leave beta away");
    return;
  }
  const Tensor& out = *options.out;
  if (!out.defined()) fail<EinsumError>("out is undefined\n  leave it away, and the result is a new tensor");
  const Extents shape = contraction.output_shape();
  if (out.shape() != shape)
    fail<ShapeError>("out has shape ", out.shape(), ", the result ", shape, "\n  make it with empty(", shape, ")");
  if (out.dtype() != contraction.dtype)
    fail<DTypeError>("out is ", out.dtype(), ", the result ", contraction.dtype, "\n  make it with dtype ", contraction.dtype);
  if (!(out.device() == operands[0].device()))
    fail<DeviceError>("out is on ", name_of(out.device()), ", the operands on ", name_of(operands[0].device()));
  for (std::size_t axis = 0; axis < out.shape().size(); ++axis)
    if (out.strides()[axis] == 0 && out.shape()[axis] > 1)
      fail<ShapeError>("out is broadcast along axis ", axis, ": several results would go to one element\n  give a clone()");
  if (!recording()) return;
  bool history = out.requires_grad();
  for (const Tensor& t : operands) history = history || t.requires_grad();
  if (history)
    fail<GradError>("out= and beta= overwrite, so they can't be recorded for a gradient",
                    "\n  run it under no_grad(), or leave out away");
}

void check_scaling(const EinsumOptions& options) {
  if (options.semiring == Semiring::sum_product) return;
  if (options.alpha && !options.alpha->is(1))
    fail<EinsumError>("alpha belongs to sum_product; ", name_of(options.semiring), " has no scaling");
  if (options.beta && !options.beta->is(0) && !options.beta->is(1))
    fail<EinsumError>("beta in ", name_of(options.semiring), " is 0 (overwrite) or 1 (add with the semiring's sum)");
}

Tensor run_into(const PlanRef& plan, Operands operands, const EinsumOptions& options) {
  const NoGrad inside;
  Tensor& out = *options.out;
  const Scalar alpha = options.alpha.value_or(1), beta = options.beta.value_or(0);
  bool overlaps = false;
  for (const Tensor& t : operands) overlaps = overlaps || t.storage() == out.storage();
  if (!overlaps) {
    execute::run(*plan, operands, {.target = out, .alpha = alpha, .beta = beta});
    out.storage()->bump_version();
    return out;
  }
  const Tensor target = beta.is(0) ? empty(out.shape(), {.dtype = out.dtype(), .device = out.device()}) : clone(out);
  execute::run(*plan, operands, {.target = target, .alpha = alpha, .beta = beta});
  copy_into(out, target);
  return out;
}

Tensor run_plan(const PlanRef& plan, Operands operands, const EinsumOptions& options) {
  check_semiring(plan->whole, operands);
  if (options.out) return run_into(plan, operands, options);
  const Tensor y = call_contraction(plan, operands);
  if (!options.alpha || options.alpha->is(1)) return y;
  const Tensor factor = full({}, *options.alpha, {.dtype = y.dtype(), .device = y.device()});
  const Tensor both[] = {factor, y};
  Contraction scaled{.extents = plan->whole.output_shape(), .dtype = y.dtype()};
  Labels all;
  for (Label label = 0; label < scaled.label_count(); ++label) all.push_back(label);
  scaled.inputs = {Term{}, Term{.labels = all}};
  scaled.output = all;
  return contract(scaled, both);
}

Tensor run_parsed(const Parsed& parsed, Operands operands, const EinsumOptions& options) {
  check_scaling(options);
  check_out(parsed.contraction, operands, options);
  const PlanRef plan = plan_for(parsed.contraction, options.optimize);
  const Tensors ready = prepare_operands(parsed, operands);
  return run_plan(plan, Operands(ready.data(), ready.size()), options);
}

ParseOptions parse_options(const EinsumOptions& o) { return {.sizes = o.sizes, .strict = o.strict, .semiring = o.semiring}; }

}  // namespace

Tensor einsum(std::string_view equation, Operands operands, const EinsumOptions& options) {
  return run_parsed(parse(equation, shapes_of(operands), dtypes_of(operands), parse_options(options)), operands, options);
}

Tensor einsum(const std::vector<LabelledOperand>& operands, const std::optional<Sublist>& output, const EinsumOptions& options) {
  Tensors tensors;
  std::vector<Sublist> labels;
  for (const LabelledOperand& o : operands) {
    tensors.push_back(o.tensor);
    labels.push_back(o.labels);
  }
  const Operands all(tensors.data(), tensors.size());
  return run_parsed(parse(labels, output, shapes_of(all), dtypes_of(all), parse_options(options)), all, options);
}

Tensor contract(const Contraction& contraction, Operands operands, const Optimize& optimize) {
  Contraction typed = contraction;
  typed.dtype = operands[0].dtype();
  for (const Tensor& t : operands) typed.dtype = promote(typed.dtype, t.dtype());
  Tensors ready;
  for (const Tensor& t : operands) ready.push_back(to(t, typed.dtype));
  return call_contraction(plan_for(typed, optimize), Operands(ready.data(), ready.size()));
}

Plan plan(std::string_view equation, const std::vector<Shape>& shapes, const PlanOptions& options) {
  const std::vector<DType> dtypes(shapes.size(), options.dtype.value_or(DType::f32));
  Parsed parsed = parse(equation, shapes, dtypes, {.sizes = options.sizes, .strict = options.strict, .semiring = options.semiring});
  PlanRef lowered = plan_for(parsed.contraction, options.optimize);
  return Plan(std::move(parsed), shapes, std::move(lowered));
}

Tensors Plan::prepare(Operands operands) const {
  if (operands.size() != shapes_.size())
    fail<EinsumError>("the plan takes ", shapes_.size(), " operands, ", operands.size(), " were given");
  for (std::size_t i = 0; i < shapes_.size(); ++i) {
    const ErrorSite site{.operand = static_cast<int>(i)};
    if (!operands[i].defined()) fail_at<EinsumError>(site, "operand ", i + 1, " is undefined");
    if (operands[i].shape() != shapes_[i])
      fail_at<ShapeError>(site, "operand ", i + 1, " has shape ", operands[i].shape(), ", the plan was made for ", shapes_[i],
                          "\n  plan again for these shapes");
  }
  Parsed typed = parsed_;
  typed.contraction.dtype = plan_->whole.dtype;
  for (const Tensor& t : operands) typed.contraction.dtype = promote(typed.contraction.dtype, t.dtype());
  if (typed.contraction.dtype != plan_->whole.dtype)
    fail<DTypeError>("the plan was made for ", plan_->whole.dtype, ", an operand needs ", typed.contraction.dtype,
                     "\n  plan with that dtype, or convert the operands with to()");
  return prepare_operands(typed, operands);
}

Tensor Plan::operator()(Operands operands, const EinsumOptions& options) const {
  check_scaling(options);
  const Tensors ready = prepare(operands);
  check_out(plan_->whole, operands, options);
  return run_plan(plan_, Operands(ready.data(), ready.size()), options);
}

Plan::Gradients Plan::gradients(Operands operands, const Tensor& seed, const std::vector<int>& wrt) const {
  const NoGrad inside;
  if (plan_->whole.semiring != Semiring::sum_product)
    fail<GradError>("gradients: a plan in ", name_of(plan_->whole.semiring), " has no linear gradient\n  use einsum and backward()");
  const Tensors ready = prepare(operands);
  SmallVector<bool, 16> wanted(operands.size(), wrt.empty());
  for (const int i : wrt) {
    if (i < 0 || i >= static_cast<int>(operands.size()))
      fail<EinsumError>("gradients: wrt names operand ", i, ", the plan has 0..", static_cast<int>(operands.size()) - 1);
    wanted[static_cast<std::size_t>(i)] = true;
  }
  execute::Values values;
  Gradients out{.value = execute::run(*plan_, Operands(ready.data(), ready.size()), {}, &values), .gradients = {}};
  if (!seed.defined() && is_complex(out.value.dtype()))
    fail<GradError>("gradients: a complex value needs a seed\n  give the gradient of your loss with respect to it");
  if (seed.defined() && seed.shape() != out.value.shape())
    fail<GradError>("gradients: the seed has shape ", seed.shape(), ", the value ", out.value.shape());
  const Tensor g = seed.defined() ? to(seed, out.value.dtype()) : ones_like(out.value);
  const auto step = [](const Contraction& c, Operands in, DType dtype) { return execute::contract(c, in, dtype); };
  std::vector<Tensor> all = execute::gradients(*plan_, std::move(values), g, std::span<const bool>(wanted.data(), wanted.size()), step);
  for (std::size_t i = 0; i < all.size(); ++i)
    out.gradients.push_back(all[i].defined() ? to(reshape(all[i], operands[i].shape()), operands[i].dtype()) : Tensor());
  return out;
}

}  // namespace ricci
