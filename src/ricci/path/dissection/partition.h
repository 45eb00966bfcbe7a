// The multilevel partitioner: heavily connected vertices are merged level by level, the smallest
// hypergraph is cut in two, and the cut is refined on the way back (Karypis and others, DAC 1997).
#pragma once

#include "ricci/path/dissection/refine.h"
#include "ricci/path/search/random.h"

namespace ricci::path {

struct Cut {
  double imbalance = 0.1;  ///< neither half weighs more than (1 + imbalance) / 2 of all, but by a vertex
  int first_cuts = 6;      ///< tried on the smallest hypergraph
};

/// Two halves of few shared edges, neither empty when there are two vertices. The same for the same
/// random numbers.
Halves bisect(const Hypergraph& graph, const Cut& cut, Random& random);

}  // namespace ricci::path
