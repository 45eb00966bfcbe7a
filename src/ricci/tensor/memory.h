// Byte accounts, and what the process has allocated. One allocator serves every tensor and every
// scratch buffer, so these numbers are the whole truth.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "ricci/base/api.h"
#include "ricci/base/ref.h"

namespace ricci {

/// Counts the bytes allocated under it and still alive; may have a cap.
class RICCI_API Account : public RefCounted {
 public:
  explicit Account(std::int64_t cap = -1) : cap_(cap) {}
  /// Throws BudgetError when the cap would be passed; nothing is charged then.
  void charge(std::int64_t bytes);
  void credit(std::int64_t bytes) { live_.fetch_sub(bytes, std::memory_order_relaxed); }
  std::int64_t live_bytes() const { return live_.load(std::memory_order_relaxed); }
  std::int64_t peak_bytes() const { return peak_.load(std::memory_order_relaxed); }
  std::int64_t total_bytes() const { return total_.load(std::memory_order_relaxed); }
  void reset_peak() { peak_.store(live_bytes()); }
  std::int64_t available_bytes() const { return cap_ < 0 ? INT64_MAX : std::max<std::int64_t>(cap_ - live_bytes(), 0); }

 private:
  std::atomic<std::int64_t> live_{0}, peak_{0}, total_{0};
  std::int64_t cap_;
};

/// While it lives, allocations of this thread are charged to `account` (and to no outer one). The
/// account must be on the heap (make_ref), since storages it paid for may outlive the scope.
class RICCI_API AccountScope {
 public:
  explicit AccountScope(const Ref<Account>& account);
  ~AccountScope();
  AccountScope(const AccountScope&) = delete;
  AccountScope& operator=(const AccountScope&) = delete;

 private:
  Ref<Account> account_;
  Account* outer_;
};

namespace memory {
RICCI_API std::int64_t live_bytes();  ///< in use by tensors and scratch, whole process
RICCI_API std::int64_t peak_bytes();  ///< the most that was in use since the last reset_peak()
RICCI_API void reset_peak();
RICCI_API std::int64_t available_bytes();  ///< left under the cap of this thread's account; without one, no bound
RICCI_API std::int64_t cached_bytes();     ///< freed blocks kept for reuse; at most a quarter of the machine's memory
RICCI_API void empty_cache();              ///< gives them back to the system
}  // namespace memory

}  // namespace ricci
