// An operand contracted with itself gives a result that is its own mirror image: one half is computed, the
// other copied.
#pragma once

#include <optional>

#include "ricci/backend/backend.h"
#include "ricci/base/function_ref.h"

namespace ricci::cpu {

/// How the left and the right labels of such a step mirror each other.
struct Symmetry {
  SmallVector<std::size_t, 4> right_of;  // by left axis: the right axis that reads the same
  std::size_t cut = 0;                   // the left axis whose parts run one after the other
  bool conjugates = false;               // c[j, i] is the conjugate of c[i, j]
};

/// Nothing unless both operands are one, no element of c is read, and half the work is worth it.
std::optional<Symmetry> find_symmetry(const ContractStep& step);

/// Runs the step by `run` on parts of it, then copies what they left out.
void run_symmetric(const ContractStep& step, const Symmetry& symmetry, FunctionRef<void(const ContractStep&)> run);

}  // namespace ricci::cpu
