// From a contraction to a plan: the order searched or given, lowered to steps, and fitted into a byte budget.
#pragma once

#include "ricci/path/search/search.h"
#include "ricci/plan/footprint.h"

namespace ricci::planning {

struct PlanningOptions {
  path::SearchOptions search = {.goal = path::Goal::seconds};
  std::optional<std::int64_t> max_bytes = {};  ///< a cap on all that a run allocates
  std::int64_t reserved = 0;                   ///< of it, for what is allocated around the plan
  bool gradients = false;                      ///< plan for the value and gradients together
  std::vector<bool> wanted = {};               ///< which gradients; all where empty
  bool gives_value = true;                     ///< beside the gradients
  Layout layout = {};
  ScratchBytes scratch = {};  ///< what kernels allocate; none when unset
};

/// Searches an order and lowers it to steps; with max_bytes it is sliced until it fits, and the seconds of the search
/// are for all that this looks for. Throws EinsumError when
/// there is no operand, or for a cap that is not above 0; BudgetError when nothing fits.
RICCI_API Plan make_plan(const Contraction& contraction, const PlanningOptions& options = {});
/// Lowers a given order; with max_bytes it is sliced, but not changed. Throws EinsumError when the tree is not one
/// of this contraction.
RICCI_API Plan make_plan(const Contraction& contraction, const path::Tree& tree, const PlanningOptions& options = {});

}  // namespace ricci::planning
