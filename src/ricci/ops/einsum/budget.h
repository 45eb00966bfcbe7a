// max_bytes at the doors: what a call allocates around its plan and how its operands lie, so that the plan it
// runs by keeps to the cap.
#pragma once

#include "ricci/ops/einsum/einsum_cache.h"
#include "ricci/ops/einsum/plan.h"
#include "ricci/plan/make_plan.h"

namespace ricci {

/// Planning for these operands of a contraction, given as the caller has them: how they lie, and the bytes of what
/// is converted. The cap is that of the options, if any.
planning::PlanningOptions planning_for(const Contraction& contraction,
                                       const SmallVector<SmallVector<int, 4>, 3>& squeezed, Operands operands,
                                       const RunOptions& options);
/// The same for gradients of the wanted operands; an undefined seed stands for ones.
planning::PlanningOptions planning_for_gradients(const Prepared& prepared, Operands operands, const Tensor& seed,
                                                 std::span<const bool> wanted);

/// The plan itself where a call so planned keeps to max_bytes with it, else one of its own. Throws BudgetError.
PlanRef within_budget(const PlanRef& plan, const planning::PlanningOptions& asked);

/// The plan of the gradients of a recorded contraction within the cap of its plan, or null where there is none.
PlanRef backward_plan(const planning::Plan& plan, Operands operands);

/// Planning for its gradients alone; an undefined seed stands for a contiguous one.
planning::PlanningOptions planning_for_backward(std::int64_t max_bytes, Operands operands, const Tensor& seed,
                                                std::vector<bool> wanted);

/// For calls within a cap: throws GradError for what none can be kept over, frameworks that record other semirings.
void check_budgeted(Semiring semiring, Operands operands);

}  // namespace ricci
