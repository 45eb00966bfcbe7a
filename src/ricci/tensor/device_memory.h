// DeviceMemory: what the tensors of a device lie in: its blocks, counted and pooled, and copies to and from the host.
// Addresses are the device's own; on the host they are ordinary pointers. Storage takes from it; memory_of() finds it.
#pragma once

#include <atomic>

#include "ricci/tensor/device.h"
#include "ricci/tensor/memory.h"
#include "ricci/tensor/pool.h"

namespace ricci {

class RICCI_API DeviceMemory : public BlockSource {
 public:
  DeviceMemory(const DeviceMemory&) = delete;
  DeviceMemory& operator=(const DeviceMemory&) = delete;

  /// Whether the host may read and write at its addresses.
  bool is_host() const { return is_host_; }

  /// An uninitialised block, charged. Throws MemoryError, or BudgetError; nothing is charged then.
  void* take(std::int64_t bytes, Account* account);
  void give(void* block, std::int64_t bytes, Account* account);
  /// Counts bytes that are about to be used, and again when they are done with. Throws BudgetError.
  void charge(std::int64_t bytes, Account* account);
  void credit(std::int64_t bytes, Account* account);

  /// Copies, done when they return; nothing overlaps.
  virtual void to_host(void* target, const void* source, std::int64_t bytes) = 0;
  virtual void from_host(void* target, const void* source, std::int64_t bytes) = 0;
  virtual void copy(void* target, const void* source, std::int64_t bytes) = 0;

  std::int64_t live_bytes() const { return live_.load(std::memory_order_relaxed); }
  std::int64_t peak_bytes() const { return peak_.load(std::memory_order_relaxed); }
  void reset_peak() { peak_.store(live_bytes()); }
  Pool& pool() { return pool_; }

 protected:
  explicit DeviceMemory(bool is_host) : is_host_(is_host), pool_(*this) {}

 private:
  const bool is_host_;
  std::atomic<std::int64_t> live_{0}, peak_{0};
  Pool pool_;
};

/// Copies between the memories of two devices, or within one: the only way that elements pass from device to device.
RICCI_API void copy_bytes(Device to, void* target, Device from, const void* source, std::int64_t bytes);

}  // namespace ricci
