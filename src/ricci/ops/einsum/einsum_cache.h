// Prepared: a contraction that only needs its operands: the plan, and what is done to each operand first.
// einsum() keeps the latest by the text of the call and the operands' shapes, so that a call made again
// parses nothing and searches nothing.
#pragma once

#include <memory>

#include "ricci/autograd/op.h"
#include "ricci/execute/executable.h"
#include "ricci/ops/einsum/einsum.h"

namespace ricci {

using PlanRef = execute::ExecutableRef;

struct Prepared {
  PlanRef plan;
  SmallVector<SmallVector<int, 4>, 3> squeezed;  ///< by operand: the axes of extent 1 that it is read without
  /// Whether the operands are as the plan reads them.
  bool fits(Operands operands) const;
  /// The operands as the plan reads them: those axes gone, one dtype.
  Tensors fit(Operands operands) const;
};

/// einsum's equation for these operands; of this thread's latest calls where it is among them. Throws as
/// einsum() does.
std::shared_ptr<const Prepared> prepared(std::string_view equation, Operands operands, const EinsumOptions& options);
/// The same for labels in sublists, which nothing is kept of.
Prepared prepare(const std::vector<Sublist>& labels, const std::optional<Sublist>& output, Operands operands,
                 const EinsumOptions& options);

}  // namespace ricci
