// Multiplications of a tree, or of the one that a search finds.
#pragma once

#include "ricci/path/search/search.h"
#include "tests/path/networks.h"

namespace ricci::test {

inline double flops(const Contraction& net, const path::Tree& tree) { return path::cost_of(net, tree).flops; }
inline double flops(const Contraction& net, path::Method method) {
  return flops(net, path::search(net, {.method = method}));
}

}  // namespace ricci::test
