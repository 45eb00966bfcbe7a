// The naive loops: every dtype, semiring and stride by the definition, one element after another.
// They are the oracle of every test; they run on the caller's thread and allocate nothing.
#pragma once

#include "ricci/backend/backend.h"

namespace ricci::reference {

/// For a c that repeats a label: scales c by beta, or fills it with zero. Returns the beta left for the
/// diagonal itself.
Scalar fill_off_diagonal(const Loops& loops, const Target& c, const Scalar& beta, Semiring semiring);

void contract(const ContractStep& step);
void reduce(const ReduceStep& step);
void map(const MapStep& step);
void gather(const GatherStep& step);
void scatter_add(const GatherStep& step);
/// Throws IndexError at the first index in order that is out of range.
void check_indices(const GatherStep& step);
void arg_extreme(const ArgStep& step);
void softmax(const SoftmaxStep& step);
void winner(const WinnerStep& step);

}  // namespace ricci::reference
