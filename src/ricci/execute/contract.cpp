#include "ricci/execute/contract.h"

#include "ricci/base/error.h"
#include "ricci/plan/footprint.h"

namespace ricci::execute {
namespace {

// What reduces the labels that operand i alone has and that the output lacks; the rest, each once, remain.
Contraction reduction(const Contraction& contraction, std::size_t i, const Labels& summed) {
  Contraction one{.inputs = {},
                  .output = {},
                  .extents = contraction.extents,
                  .dtype = contraction.dtype,
                  .semiring = contraction.semiring,
                  .names = {}};
  one.inputs.push_back({contraction.inputs[i].labels, false});
  for (const Label label : contraction.inputs[i].labels)
    if (!contains(summed, label) && !contains(one.output, label)) one.output.push_back(label);
  return one;
}

// The operand so reduced; the contraction then reads that.
Tensor reduce_summed(Contraction& contraction, std::size_t i, const Labels& summed, const Tensor& operand) {
  if (summed.empty()) return operand;
  const Contraction one = reduction(contraction, i, summed);
  contraction.inputs[i].labels = one.output;
  return contract(one, {&operand, 1}, accumulator_of(operand.dtype()));
}

bool conjugates(const Contraction& contraction, std::size_t i) {
  return contraction.inputs[i].conjugated && is_complex(contraction.dtype);
}

Tensor target_of(const Contraction& contraction, const Tensor& like, DType dtype, const Epilogue& epilogue) {
  if (epilogue.target.defined()) return epilogue.target;
  const Extents shape = contraction.output_shape();
  return empty(Shape(shape.begin(), shape.end()), {.dtype = dtype, .device = like.device()});
}

ReduceStep reduce_step(const Contraction& contraction, const Tensor& operand, const Tensor& out,
                       const Epilogue& epilogue) {
  return {.loops = make_loops(contraction, operand, out),
          .a = {nullptr, operand.dtype(), conjugates(contraction, 0)},
          .c = {nullptr, out.dtype()},
          .alpha = epilogue.alpha,
          .beta = epilogue.beta,
          .semiring = contraction.semiring};
}

ContractStep contract_step(const Contraction& contraction, const Tensor& a, const Tensor& b, const Tensor& out,
                           const Epilogue& epilogue) {
  return {.loops = make_loops(contraction, a, b, out),
          .a = {nullptr, a.dtype(), conjugates(contraction, 0)},
          .b = {nullptr, b.dtype(), conjugates(contraction, 1)},
          .c = {nullptr, out.dtype()},
          .alpha = epilogue.alpha,
          .beta = epilogue.beta,
          .semiring = contraction.semiring};
}

Tensor contract_one(const Contraction& contraction, const Tensor& operand, DType dtype, const Epilogue& epilogue) {
  Tensor out = target_of(contraction, operand, dtype, epilogue);
  ReduceStep step = reduce_step(contraction, operand, out, epilogue);
  step.a.data = operand.raw_data();
  step.c.data = out.raw_data();
  backend_of(operand.device()).reduce(step);
  return out;
}

Tensor contract_two(const Contraction& contraction, const Tensor& a, const Tensor& b, DType dtype,
                    const Epilogue& epilogue) {
  Tensor out = target_of(contraction, a, dtype, epilogue);
  ContractStep step = contract_step(contraction, a, b, out, epilogue);
  step.a.data = a.raw_data();
  step.b.data = b.raw_data();
  step.c.data = out.raw_data();
  backend_of(a.device()).contract(step);
  return out;
}

// An operand reduced as reduce_summed() does it, on the device `meta`; adds what that takes to `live` and `peak`.
Tensor outline_reduced(Contraction& contraction, std::size_t i, const Labels& summed, const Tensor& operand,
                       Device device, std::int64_t& live, std::int64_t& peak) {
  if (summed.empty()) return operand;
  const Contraction one = reduction(contraction, i, summed);
  contraction.inputs[i].labels = one.output;
  const Extents shape = one.output_shape();
  const Tensor out = empty(Shape(shape.begin(), shape.end()),
                           {.dtype = accumulator_of(operand.dtype()), .device = {DeviceType::meta, 0}});
  live += planning::charged_bytes(out.nbytes());
  peak = std::max(peak, live + backend_of(device).scratch_bytes(reduce_step(one, operand, out, {})));
  return out;
}

}  // namespace

Tensor contract(const Contraction& contraction, std::span<const Tensor> operands, DType dtype,
                const Epilogue& epilogue) {
  if (operands.size() == 1) return contract_one(contraction, operands[0], dtype, epilogue);
  const Roles r = roles(contraction);
  if (r.summed_left.empty() && r.summed_right.empty())
    return contract_two(contraction, operands[0], operands[1], dtype, epilogue);
  Contraction reduced = contraction;
  const Tensor a = reduce_summed(reduced, 0, r.summed_left, operands[0]);
  const Tensor b = reduce_summed(reduced, 1, r.summed_right, operands[1]);
  return contract_two(reduced, a, b, dtype, epilogue);
}

std::unique_ptr<const Kernel> kernel_of(const Contraction& contraction, std::span<const Tensor> operands,
                                        const Tensor& result, Device device) {
  const Backend& backend = backend_of(device);
  if (operands.size() == 1) return backend.kernel(reduce_step(contraction, operands[0], result, {}));
  return backend.kernel(contract_step(contraction, operands[0], operands[1], result, {}));
}

std::string kernel_name(const Contraction& contraction, std::span<const Tensor> operands, Device device,
                        const Epilogue& epilogue) {
  const Backend& backend = backend_of(device);
  const Tensor& out = epilogue.target;
  if (operands.size() == 1) return backend.kernel_name(reduce_step(contraction, operands[0], out, epilogue));
  return backend.kernel_name(contract_step(contraction, operands[0], operands[1], out, epilogue));
}

std::int64_t contract_bytes(const Contraction& contraction, std::span<const Tensor> operands, Device device,
                            std::int64_t most, const Epilogue& epilogue) {
  const Backend& backend = backend_of(device);
  const Tensor& out = epilogue.target;
  if (operands.size() == 1) return backend.scratch_bytes(reduce_step(contraction, operands[0], out, epilogue));
  const Roles r = roles(contraction);
  Contraction reduced = contraction;
  std::int64_t live = 0, peak = 0;
  const Tensor a = outline_reduced(reduced, 0, r.summed_left, operands[0], device, live, peak);
  const Tensor b = outline_reduced(reduced, 1, r.summed_right, operands[1], device, live, peak);
  const ContractStep step = contract_step(reduced, a, b, out, epilogue);
  return std::max(peak, live + backend.scratch_bytes(step, std::max<std::int64_t>(most - live, 0)));
}

Tensor as_view(const Contraction& contraction, const Tensor& operand) {
  if (conjugates(contraction, 0)) return {};
  const Labels& in = contraction.inputs[0].labels;
  const Labels& out = contraction.output;
  for (const Label label : in)
    if (!contains(out, label)) return {};
  for (std::size_t i = 0; i < out.size(); ++i)
    if (find_index(out, out[i]) != static_cast<std::ptrdiff_t>(i)) return {};
  Shape shape;
  Strides strides;
  for (const Label label : out) {
    std::int64_t stride = 0;
    for (std::size_t axis = 0; axis < in.size(); ++axis)
      if (in[axis] == label) stride += operand.strides()[axis];
    shape.push_back(contraction.extents[static_cast<std::size_t>(label)]);
    strides.push_back(stride);
  }
  return make_view(operand, shape, strides, operand.offset());
}

}  // namespace ricci::execute
