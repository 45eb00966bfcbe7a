// The host's memory, and that of `meta`, where there is none. The registry of devices names both.
#pragma once

#include "ricci/tensor/device_memory.h"

namespace ricci {

DeviceMemory& host_memory();
DeviceMemory& no_memory();

}  // namespace ricci
