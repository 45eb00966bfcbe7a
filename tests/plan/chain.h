// ij,jk*,klm->il: three operands, one of them conjugated, and a label that one alone has.
#pragma once

#include "ricci/plan/plan.h"
#include "tests/path/networks.h"

namespace ricci::test {

inline Contraction chain() {
  Contraction out;
  out.inputs = {{{0, 1}, false}, {{1, 2}, true}, {{2, 3, 4}, false}};
  out.output = {0, 3};
  out.extents = {2, 3, 5, 7, 11};
  out.names = {"i", "j", "k", "l", "m"};
  out.dtype = DType::f64;
  return out;
}

}  // namespace ricci::test
