#include "ricci/plan/plan.h"

#include "ricci/plan/lower.h"

namespace ricci::planning {

Contraction step_contraction(const Plan& plan, const Step& step) {
  Contraction out = step.contraction;
  out.extents = plan.whole.extents;
  out.names = plan.whole.names;
  return out;
}

Plan make_plan(const Contraction& contraction, const PlanOptions& options) {
  if (contraction.inputs.empty()) fail<EinsumError>("a contraction needs at least one operand");
  return lower(contraction, path::search(contraction, options.search), options.search.model);
}

Plan make_plan(const Contraction& contraction, const path::Tree& tree, const path::CostModel& model) {
  if (contraction.inputs.empty()) fail<EinsumError>("a contraction needs at least one operand");
  path::check(tree, contraction);
  return lower(contraction, tree, model);
}

}  // namespace ricci::planning
