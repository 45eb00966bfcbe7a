// The exact search: dynamic programming over subsets of operands as bit sets. Pairs of connected
// subsets are enumerated without waste (Moerkotte and Neumann, VLDB 2006, "DPccp"), so a chain of 40
// costs little; with outer products every subset counts as connected.
#pragma once

#include <optional>

#include "ricci/path/search/deadline.h"
#include "ricci/path/search/goal.h"
#include "ricci/path/search/network.h"

namespace ricci::path {

struct ExactOptions {
  /// Also try products of values that share no label; else those come last, smallest first.
  bool outer_products = false;
  /// Gives up beyond this many pairs of subsets.
  std::uint64_t most_pairs = 20'000'000;
  MergeCost cost{};
  Deadline watch{INFINITY, nullptr};  ///< gives up when it is over
};

/// The tree of least cost (by default the fewest scalar multiplications), ties broken by elements written; nothing when
/// there are more than 64 values, more than 512 kinds of labels, too many pairs, or no time left.
std::optional<Tree> exact_search(const Network& network, const ExactOptions& options = {});

/// Pairs that a search with outer products looks at.
double pairs_with_outer_products(std::size_t values);

}  // namespace ricci::path
