#include "ricci/execute/contract.h"

#include "ricci/base/error.h"

namespace ricci::execute {
namespace {

// Reduces the labels that operand i alone has and that the output lacks; the rest, each once, remain.
Tensor reduce_summed(Contraction& contraction, std::size_t i, const Labels& summed, const Tensor& operand) {
  if (summed.empty()) return operand;
  Contraction one{.inputs = {},
                  .output = {},
                  .extents = contraction.extents,
                  .dtype = contraction.dtype,
                  .semiring = contraction.semiring,
                  .names = {}};
  one.inputs.push_back({contraction.inputs[i].labels, false});
  for (const Label label : contraction.inputs[i].labels)
    if (!contains(summed, label) && !contains(one.output, label)) one.output.push_back(label);
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

Tensor contract_one(const Contraction& contraction, const Tensor& operand, DType dtype, const Epilogue& epilogue) {
  Tensor out = target_of(contraction, operand, dtype, epilogue);
  backend_of(operand.device())
      .reduce({.loops = make_loops(contraction, operand, out),
               .a = {operand.raw_data(), operand.dtype(), conjugates(contraction, 0)},
               .c = {out.raw_data(), out.dtype()},
               .alpha = epilogue.alpha,
               .beta = epilogue.beta,
               .semiring = contraction.semiring});
  return out;
}

Tensor contract_two(const Contraction& contraction, const Tensor& a, const Tensor& b, DType dtype,
                    const Epilogue& epilogue) {
  Tensor out = target_of(contraction, a, dtype, epilogue);
  backend_of(a.device())
      .contract({.loops = make_loops(contraction, a, b, out),
                 .a = {a.raw_data(), a.dtype(), conjugates(contraction, 0)},
                 .b = {b.raw_data(), b.dtype(), conjugates(contraction, 1)},
                 .c = {out.raw_data(), out.dtype()},
                 .alpha = epilogue.alpha,
                 .beta = epilogue.beta,
                 .semiring = contraction.semiring});
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
