// checkpoint: a function whose intermediates are not kept for backward but computed again then.
#pragma once

#include "ricci/transform/forward.h"

namespace ricci {

/// f(xs), the same values and derivatives of every order and mode; for less memory and one more run of f
/// when its gradient is asked for. f must depend on nothing that changes but its arguments; the default
/// random generator gives it the same numbers again. Nests. Throws GradError, in backward, when f does
/// something else the second time or an operand was changed in place. `held` is kept with f, for it to borrow from; see
/// Owner.
RICCI_API Tensor checkpoint(const TensorFunction& f, const std::vector<Tensor>& xs, Ref<RefCounted> held = {});

}  // namespace ricci
