// Copies of tensors between devices, and the host's way to the elements of a tensor that lies anywhere. No history.
#pragma once

#include "ricci/tensor/tensor.h"

namespace ricci {

/// Whether tensors of the two devices lie in one memory.
RICCI_API bool share_memory(Device a, Device b);

/// The tensor on another device: a copy of the elements that it reaches, of the same geometry. The tensor itself where
/// it is there already.
RICCI_API Tensor copy_to(const Tensor& tensor, Device device);

/// The tensor where the host can read it: itself, or a copy.
RICCI_API Tensor on_host(const Tensor& tensor);

/// Where the host can write what will be a tensor of this device, which copy_to() then makes of it.
RICCI_API Device staging_device(Device device);

}  // namespace ricci
