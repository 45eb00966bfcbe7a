// Fits a plan into a byte budget: chooses labels to slice and pieces for them so that the footprint keeps to
// the cap at the least predicted cost, ordering anew after each. Called by make_plan().
#pragma once

#include "ricci/path/search/deadline.h"
#include "ricci/plan/make_plan.h"

namespace ricci::planning {

/// The quickest plan found that keeps to options.max_bytes, over these orders; `reorders` lets it change them, and
/// search for others while the watch says so.
/// Throws BudgetError naming the least that would do and what it would slice.
Plan fit(const Contraction& contraction, const std::vector<path::Tree>& trees, bool reorders,
         const PlanningOptions& options, const path::Deadline& watch);

/// The program that the options speak of: of the value, of gradients, or of both.
RICCI_API Program make_program(const Plan& plan, const PlanningOptions& options);
/// Sets the figures of the whole plan.
void predict(Plan& plan, const PlanningOptions& options);

}  // namespace ricci::planning
