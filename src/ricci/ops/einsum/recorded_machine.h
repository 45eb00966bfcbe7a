// The machine that runs a plan's program through the public door: every step is an operation of its own, recorded,
// wrapped and batched as any other. For derivatives of derivatives, forward mode, and the rules of the semirings.
#pragma once

#include "ricci/autograd/op.h"
#include "ricci/plan/plan.h"

namespace ricci {

/// The plan's value, none of its steps sliced.
Tensor run_through_door(const planning::Plan& plan, Operands operands);

/// The gradients of the wanted operands for one seed; undefined where not wanted. Steps run again where a gradient
/// reads their values; operands that none reads may be known by their shape alone.
Tensors gradients_through_door(const planning::Plan& plan, Operands operands, const Tensor& seed,
                               std::span<const bool> wanted);

}  // namespace ricci
