// Cycles that backward(create_graph) leaves: a leaf, its gradient, the tape of that gradient, and the leaf again.
#pragma once

#include "ricci/tensor/tensor.h"

namespace ricci {

/// Drops the .grad of leaves that nobody reaches any more but through such gradients; how many are watched after that.
RICCI_API std::size_t collect_gradient_cycles();
/// Watches leaves that get recorded gradients. Now and then it collects first, so that no more than twice those in use
/// are kept.
void watch_gradients(Operands leaves);

}  // namespace ricci
