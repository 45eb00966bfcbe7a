// From a contraction to its plan, and from a plan and operands to a result: out= and scaling.
// What einsum() and Plan share.
#pragma once

#include "ricci/ops/einsum/einsum_cache.h"
#include "ricci/ops/einsum/plan.h"
#include "ricci/plan/make_plan.h"

namespace ricci {

/// The plan that `optimize` asks for, made as `options` say but for the method; by the rates of
/// RICCI_RATES where they say none. Throws EinsumError, BudgetError, DataError.
PlanRef plan_for(const Contraction& contraction, const Optimize& optimize, planning::PlanningOptions options = {});
/// What is left of einsum's options for the run, once the contraction is planned.
inline RunOptions run_options(const EinsumOptions& options) {
  return {.out = options.out, .alpha = options.alpha, .beta = options.beta, .max_bytes = options.max_bytes};
}
/// Runs a prepared contraction with out=, alpha, beta. Throws as einsum() does.
Tensor run_plan(const Prepared& prepared, Operands operands, const RunOptions& options);

}  // namespace ricci
