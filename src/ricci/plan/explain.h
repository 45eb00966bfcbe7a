// A plan as text for people and as JSON for files.
#pragma once

#include "ricci/plan/make_plan.h"

namespace ricci::planning {

/// A table: per step the labels, sizes, flops, bytes, predicted seconds and, where there are, measured ones, and the
/// kernel where `kernel` names it; totals at the end. Equations and sizes are cut so that a line fits in `columns`, as
/// far as the other cells leave room for 8 columns of each.
RICCI_API std::string explain(const Plan& plan, std::size_t columns = kColumns, const Measured* measured = nullptr,
                              const KernelName& kernel = {});
/// The plan as JSON text; from_json() reads it back.
RICCI_API std::string to_json(const Plan& plan);
/// Validates like hostile input; throws DataError. Working memory depends on the machine: the peak is that of
/// `scratch`, or the file's where there is none.
RICCI_API Plan from_json(std::string_view text, const ScratchBytes& scratch = {});

}  // namespace ricci::planning
