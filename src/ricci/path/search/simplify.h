// What needs no search: a value whose labels all belong to another one is multiplied into it at once,
// so scalars, vectors, equal label sets and what becomes one of these vanish.
#pragma once

#include "ricci/path/search/network.h"

namespace ricci::path {

/// Decides such merges and leaves the network of what remains, at least one value. A merge makes
/// nothing larger than it takes and costs as many multiplications as its larger value has elements;
/// when it is not the best (a vector that waits can meet less), then by little.
void simplify(Network& network);

}  // namespace ricci::path
