// When each merge of a tree runs. Any order that makes a value before it is read gives the same
// numbers; this one keeps few bytes alive.
#pragma once

#include <cstdint>

#include "ricci/path/tree/tree.h"

namespace ricci::planning {

/// All merges, each after those that make what it reads: subtree by subtree, first the one whose own
/// peak exceeds what it leaves by most (Liu, 1986: least peak among orders that finish a subtree
/// before they start the next). Throws EinsumError when the results hold more than `most_labels`.
std::vector<std::size_t> least_memory_order(const Contraction& contraction, const path::Tree& tree,
                                            std::uint64_t most_labels = UINT64_MAX);

}  // namespace ricci::planning
