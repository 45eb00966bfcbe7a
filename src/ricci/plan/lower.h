// From a tree to steps: which labels each intermediate keeps and in what order, what runs when, what
// is freed. Called by make_plan(); the limit guards from_json() against files that explode.
#pragma once

#include <cstdint>

#include "ricci/plan/plan.h"

namespace ricci::planning {

/// The steps of a checked tree, without the figures of the whole plan. Throws EinsumError when its results have
/// more than `most_labels` labels.
Plan lower(const Contraction& contraction, const path::Tree& tree, const path::CostModel& model,
           const std::vector<SlicedLabel>& slices = {}, std::uint64_t most_labels = UINT64_MAX);

}  // namespace ricci::planning
