// Fiduccia-Mattheyses refinement of a cut in two: vertices move one by one, the best gain first, each
// once a pass, and the pass ends at its best moment (DAC 1982).
#pragma once

#include "ricci/path/dissection/hypergraph.h"

namespace ricci::path {

/// Which half each vertex is in, 0 or 1.
using Halves = std::vector<std::uint8_t>;

/// The weight of the edges that are in both halves.
std::int64_t cut_weight(const Hypergraph& graph, const Halves& halves);

/// Improves `halves` until a pass gains nothing. Neither half weighs more than `most` afterwards, if it
/// was so before or a move could mend it. Returns the weight of the cut.
std::int64_t refine(const Hypergraph& graph, int most, Halves& halves);

}  // namespace ricci::path
