#include "ricci/ops/einsum/einsum.h"

#include "ricci/base/error.h"
#include "ricci/ops/einsum/contract_op.h"
#include "ricci/ops/einsum/run_plan.h"
#include "ricci/ops/shape.h"
#include "ricci/tensor/defined.h"

namespace ricci {

Tensor einsum(std::string_view equation, Operands operands, const EinsumOptions& options) {
  check_all_defined<EinsumError>("einsum", operands);
  return run_plan(*prepared(equation, operands, options), operands, run_options(options));
}

Tensor einsum(const std::vector<LabelledOperand>& operands, const std::optional<Sublist>& output,
              const EinsumOptions& options) {
  Tensors tensors;
  std::vector<Sublist> labels;
  for (const LabelledOperand& o : operands) {
    tensors.push_back(o.tensor);
    labels.push_back(o.labels);
  }
  const Operands all(tensors.data(), tensors.size());
  check_all_defined<EinsumError>("einsum", all);
  return run_plan(prepare(labels, output, all, options), all, run_options(options));
}

Tensor contract(const Contraction& contraction, Operands operands, const Optimize& optimize) {
  check_all_defined("contract", operands);
  Contraction typed = contraction;
  typed.dtype = operands[0].dtype();
  for (const Tensor& t : operands) typed.dtype = promote(typed.dtype, t.dtype());
  Tensors ready;
  for (const Tensor& t : operands) ready.push_back(to(t, typed.dtype));
  return call_contraction(plan_for(typed, optimize), Operands(ready.data(), ready.size()));
}

}  // namespace ricci
