// Subtree reconfiguration: windows of a tree are replaced by the best tree over the same nodes, again
// and again (Gray and Kourtis, Quantum 5, 410, 2021), by SubsetSearch.
#pragma once

#include "ricci/path/search/deadline.h"
#include "ricci/path/search/subsets.h"

namespace ricci::path {

struct Windows {
  std::size_t nodes = 8;  ///< of a window's frontier, up to SubsetSearch::kMost
  int rounds = 100;       ///< over all nodes of the tree; ends sooner when a round changes nothing
  std::uint64_t seed = 0;
};

/// Never makes the tree worse.
void reconfigure(BinaryTree& tree, const MergeCost& cost, const Windows& windows, const Deadline& watch);

}  // namespace ricci::path
