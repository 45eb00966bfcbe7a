// Arrays that torch or JAX keeps while it differentiates, traces or batches them: operations on one go back
// to that framework as primitives of its own (ricci/_torch.py, ricci/_jax.py), with Ricci's rules.
#pragma once

#include "convert.h"

namespace ricci::python {

/// Whether its framework has to see what is done with this array of torch or JAX.
bool is_kept(nb::handle object, Kind kind);
/// The tensor that stands for it: shape and dtype, no values.
Tensor keep(nb::handle object, Kind kind);
/// The framework's own object behind such a tensor, or an invalid one.
nb::object kept_object(const Tensor& tensor);

}  // namespace ricci::python
