// From a contraction to its plan, and from a plan and operands to a result: out= and scaling.
// What einsum() and Plan share.
#pragma once

#include "ricci/ops/prepared.h"

namespace ricci {

/// The plan that `optimize` asks for, searched as `search` says but for its method. Throws EinsumError.
PlanRef plan_for(const Contraction& contraction, const Optimize& optimize, path::SearchOptions search = {});
/// Runs a prepared contraction with out=, alpha, beta. Throws as einsum() does.
Tensor run_plan(const Prepared& prepared, Operands operands, const EinsumOptions& options);

}  // namespace ricci
