// Byte accounts, and what the process has allocated, by the device it lies on. One allocator serves every tensor and
// every scratch buffer of a device, so these numbers are the whole truth.
#pragma once

#include <atomic>
#include <cstdint>

#include "ricci/base/api.h"
#include "ricci/base/ref.h"
#include "ricci/tensor/device.h"

namespace ricci {

/// Counts the bytes allocated under it in one device's memory and still alive; may have a cap.
class RICCI_API Account : public RefCounted {
 public:
  explicit Account(std::int64_t cap = -1, Device device = {}) : cap_(cap), memory_(&memory_of(device)) {}
  /// Throws BudgetError when the cap would be passed; nothing is charged then.
  void charge(std::int64_t bytes);
  void credit(std::int64_t bytes) { live_.fetch_sub(bytes, std::memory_order_relaxed); }
  std::int64_t live_bytes() const { return live_.load(std::memory_order_relaxed); }
  std::int64_t peak_bytes() const { return peak_.load(std::memory_order_relaxed); }
  std::int64_t total_bytes() const { return total_.load(std::memory_order_relaxed); }
  void reset_peak() { peak_.store(live_bytes()); }
  std::int64_t available_bytes() const;
  const DeviceMemory& memory() const { return *memory_; }

 private:
  std::atomic<std::int64_t> live_{0}, peak_{0}, total_{0};
  std::int64_t cap_;
  const DeviceMemory* memory_;
};

/// While it lives, allocations of this thread in the account's memory are charged to it (and to no outer one). The
/// account must be on the heap (make_ref), since storages it paid for may outlive the scope; null changes nothing.
class RICCI_API AccountScope {
 public:
  explicit AccountScope(const Ref<Account>& account);
  ~AccountScope();
  AccountScope(const AccountScope&) = delete;
  AccountScope& operator=(const AccountScope&) = delete;
  /// The account that this thread's allocations in a memory are charged to, or null.
  static Account* innermost(const DeviceMemory& memory);

 private:
  Ref<Account> account_;
  const AccountScope* outer_;
};

/// Of one device's memory: the host's, unless another is named.
namespace memory {
RICCI_API std::int64_t live_bytes(Device device = {});  ///< in use by tensors and scratch, whole process
RICCI_API std::int64_t peak_bytes(Device device = {});  ///< the most that was in use since the last reset_peak()
RICCI_API void reset_peak(Device device = {});
RICCI_API std::int64_t available_bytes(Device device = {});  ///< left under this thread's account; without, no bound
RICCI_API std::int64_t cached_bytes(Device device = {});     ///< freed blocks kept for reuse; at most a quarter of all
RICCI_API void empty_cache(Device device = {});              ///< gives them back to the system
}  // namespace memory

}  // namespace ricci
