// The joint labels of one step of a semiring: those of the output, each once, then those that the step adds up over,
// in label order. What derivatives of semirings are written over.
#pragma once

#include "ricci/algebra/contraction.h"
#include "ricci/autograd/op.h"

namespace ricci {

struct StepLabels {
  Labels kept, contracted;
  std::int64_t terms = 1;  // positions of `contracted`

  explicit StepLabels(const Contraction& c);
  Labels all() const;
};

/// A linear contraction of one tensor with these labels, recorded.
Tensor relabel(const Contraction& c, const Tensor& x, const Labels& from, const Labels& to);

}  // namespace ricci
