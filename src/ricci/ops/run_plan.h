// From a contraction and operands to a result: the plan, the operands made to fit it, out= and scaling.
// What einsum() and Plan share.
#pragma once

#include <memory>

#include "ricci/ops/einsum.h"
#include "ricci/plan/plan.h"

namespace ricci {

using PlanRef = std::shared_ptr<const planning::Plan>;

/// The plan that `optimize` asks for, searched as `search` says but for its method. Throws EinsumError.
PlanRef plan_for(const Contraction& contraction, const Optimize& optimize, path::SearchOptions search = {});
/// The operands as the contraction reads them: squeezed axes gone, one dtype.
Tensors prepare_operands(const Parsed& parsed, Operands operands);
/// Runs a plan on prepared operands with out=, alpha, beta. Throws as einsum() does.
Tensor run_plan(const PlanRef& plan, Operands operands, const EinsumOptions& options);

}  // namespace ricci
