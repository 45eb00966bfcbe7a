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

std::optional<SmallVector<int, 4>> squeezed_axes(const Contraction& contraction, std::size_t i, const Extents& shape) {
  const Extents kept = contraction.shape_of(contraction.inputs[i].labels);
  SmallVector<int, 4> squeezed;
  std::size_t next = 0;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    if (next < kept.size() && shape[axis] == kept[next])
      ++next;
    else if (shape[axis] == 1)
      squeezed.push_back(static_cast<int>(axis));
    else
      return std::nullopt;
  }
  if (next != kept.size()) return std::nullopt;
  return squeezed;
}

}  // namespace ricci::planning
