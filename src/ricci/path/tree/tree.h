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

  /// opt_einsum's linear form: positions in the list of what is left, results appended. In
  /// O(n log n); one operand gives the single step (0,).
  std::vector<std::vector<int>> linear() const;
  /// From the linear form; a step of three or more is split in pairs, a step of one moves its value
  /// to the end of the list. Throws EinsumError when a position repeats or does not exist, or when
  /// operands are left over.
  static Tree from_linear(const std::vector<std::vector<int>>& path, std::size_t operand_count);

  friend bool operator==(const Tree&, const Tree&) = default;
};

/// Throws EinsumError unless `tree` merges each operand and each result of `contraction` exactly
/// once, after it was made.
RICCI_API void check(const Tree& tree, const Contraction& contraction);

}  // namespace ricci::path
