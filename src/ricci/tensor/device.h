// Device: where a tensor lives and what computes on it. One registry knows them all, by name and with the memory that
// their tensors lie in.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ricci/base/api.h"

namespace ricci {

enum class DeviceType : std::uint8_t {
  cpu,
  reference,
};

/// `reference` lies in host memory too, computed on by the naive loops.
struct Device {
  DeviceType type = DeviceType::cpu;
  int index = 0;
  friend bool operator==(const Device&, const Device&) = default;
};
RICCI_API std::string_view name_of(Device device);
/// "cpu", "reference". Throws DeviceError.
RICCI_API Device parse_device(std::string_view name);
/// The same, or nothing where there is none of this name.
RICCI_API std::optional<Device> find_device(std::string_view name);
/// "cpu, reference": the names that parse_device() knows.
RICCI_API std::string device_names();

class DeviceMemory;
/// The memory of a device; devices may share one.
RICCI_API DeviceMemory& memory_of(Device device);
/// Makes a device known, before its first tensor. The memory is never given up.
RICCI_API void add_device(Device device, std::string name, DeviceMemory& memory);

}  // namespace ricci
