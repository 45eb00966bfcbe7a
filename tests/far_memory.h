// A device whose memory the host can't read: its addresses are the host's with a bit set that no pointer has, so that
// whoever reads one in place is killed.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "ricci/tensor/device_memory.h"

namespace ricci::testing {

inline constexpr Device kFar{static_cast<DeviceType>(100), 0};

/// The device's address as the host's, and the other way round.
template <class T>
T* across(T* address) {
  constexpr std::uintptr_t kFarBit = std::uintptr_t{1} << 62;
  return address ? reinterpret_cast<T*>(reinterpret_cast<std::uintptr_t>(address) ^ kFarBit) : nullptr;
}

class FarMemory final : public DeviceMemory {
 public:
  FarMemory() : DeviceMemory(false) {}
  void* make_block(std::int64_t size) override {
    if (size > capacity_bytes()) return nullptr;
    ++blocks;
    return across(std::aligned_alloc(64, static_cast<std::size_t>(size)));
  }
  void drop_block(void* block, std::int64_t) override {
    --blocks;
    std::free(across(block));
  }
  std::int64_t capacity_bytes() const override { return std::int64_t{1} << 28; }
  void to_host(void* target, const void* source, std::int64_t bytes) override {
    std::memcpy(target, across(source), static_cast<std::size_t>(bytes));
  }
  void from_host(void* target, const void* source, std::int64_t bytes) override {
    std::memcpy(across(target), source, static_cast<std::size_t>(bytes));
  }
  void copy(void* target, const void* source, std::int64_t bytes) override {
    std::memcpy(across(target), across(source), static_cast<std::size_t>(bytes));
  }

  std::int64_t blocks = 0;  // that are not given back to the system
};

inline FarMemory& far_memory() {
  static FarMemory& instance = []() -> FarMemory& {
    auto& memory = *new FarMemory;
    add_device(kFar, "far", memory);
    return memory;
  }();
  return instance;
}

}  // namespace ricci::testing
