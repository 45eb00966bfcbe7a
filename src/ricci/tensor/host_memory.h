// The host's memory, which the registry of devices names.
#pragma once

#include "ricci/tensor/device_memory.h"

namespace ricci {

DeviceMemory& host_memory();

}  // namespace ricci
