// Nested dissection: the network is cut in two by few labels, each half is contracted as far as the
// labels inside it go, and the values left meet over the labels of the cut. The cut labels of the
// hypergraph are a vertex separator of its line graph, so this is a nested-dissection order of labels
// and, where the halves are connected, the recursive bisection of the hypergraph.
#pragma once

#include "ricci/path/search/network.h"

namespace ricci::path {

/// How a trial cuts.
struct DissectionTaste {
  double imbalance = 0.1;       ///< of the first cut; see Cut
  double imbalance_growth = 1;  ///< from one level to the next
  int leaf = 8;                 ///< values that are no longer cut but merged greedily
  std::uint64_t seed = 0;
};

/// What trial number `trial` of a search with this seed does.
DissectionTaste dissection_taste(std::uint64_t seed, int trial);

/// A full set of merges of the network's live values.
std::vector<Merge> dissect(const Network& network, const DissectionTaste& taste);

}  // namespace ricci::path
