// The pairwise order of a contraction: who meets whom. Immutable data, no tensors, no strings.
#pragma once

#include <utility>
#include <vector>

#include "ricci/algebra/contraction.h"

namespace ricci::path {

/// A binary tree over n operands as n-1 merges. Operands are 0..n-1, merge k makes node n+k (the
/// "static single assignment" form; linear() gives opt_einsum's). One operand needs no merge.
struct RICCI_API Tree {
  std::size_t operand_count = 0;
  std::vector<std::pair<int, int>> merges;

  /// opt_einsum's linear form: positions in the list of what is left, results appended.
  std::vector<std::vector<int>> linear() const;
  /// From the linear form; a step of three or more is split in pairs. Throws EinsumError when a
  /// position repeats or does not exist, or operands are left over.
  static Tree from_linear(const std::vector<std::vector<int>>& path, std::size_t operand_count);
};

}  // namespace ricci::path
