// What is called for one row of the table in one dtype and one semiring: every door that runs a contraction, forward
// and backward, through the public interface alone, so that older revisions can be asked the same.
#pragma once

#include "operands.h"
#include "recorder.h"
#include "tests/equations.h"

namespace ricci::digest {

struct Case {
  const testing::Row& row;
  DType dtype = DType::f32;
  Semiring semiring = Semiring::sum_product;
  bool small = true;  ///< derivatives of derivatives, forward mode and batches too
};

void record(const Case& it, Recorder& recorder);

}  // namespace ricci::digest
