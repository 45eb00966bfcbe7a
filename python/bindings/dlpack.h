// DLPack, the exchange format of array libraries: version 1 and the older one without a version.
#pragma once

#include "numpy.h"

namespace ricci::python {

/// Whether `object` has __dlpack__.
bool has_dlpack(nb::handle object);
/// The memory of any DLPack object as a tensor, which keeps it alive. Throws DeviceError for memory
/// that is not the host's, DTypeError, GradError for an array that requires grad.
Shared share_dlpack(nb::handle object);
/// A DLPack capsule of the tensor's memory; with a version if `versioned`. Throws GradError.
nb::object to_dlpack(const Tensor& tensor, bool versioned);

}  // namespace ricci::python
