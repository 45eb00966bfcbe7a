#include "ricci/tensor/memory.h"

#include <algorithm>

#include "ricci/base/error.h"
#include "ricci/tensor/device_memory.h"
#include "ricci/tensor/peak.h"

namespace ricci {
namespace {

thread_local const AccountScope* innermost_scope = nullptr;

}  // namespace

void Account::charge(std::int64_t bytes) {
  const std::int64_t now = live_.fetch_add(bytes, std::memory_order_relaxed) + bytes;
  if (cap_ >= 0 && now > cap_) {
    live_.fetch_sub(bytes, std::memory_order_relaxed);
    fail<BudgetError>("the call needs ", now, " bytes at once, its budget is ", cap_,
                      "\n  raise max_bytes to at least ", now);
  }
  total_.fetch_add(bytes, std::memory_order_relaxed);
  raise_peak(peak_, now);
}

std::int64_t Account::available_bytes() const {
  return cap_ < 0 ? INT64_MAX : std::max<std::int64_t>(cap_ - live_bytes(), 0);
}

AccountScope::AccountScope(const Ref<Account>& account) : account_(account), outer_(innermost_scope) {
  innermost_scope = this;
}
AccountScope::~AccountScope() { innermost_scope = outer_; }

Account* AccountScope::innermost(const DeviceMemory& memory) {
  for (const AccountScope* scope = innermost_scope; scope; scope = scope->outer_)
    if (scope->account_ && &scope->account_->memory() == &memory) return scope->account_.get();
  return nullptr;
}

namespace memory {
std::int64_t live_bytes(Device device) { return memory_of(device).live_bytes(); }
std::int64_t peak_bytes(Device device) { return memory_of(device).peak_bytes(); }
void reset_peak(Device device) { memory_of(device).reset_peak(); }
std::int64_t available_bytes(Device device) {
  const Account* account = AccountScope::innermost(memory_of(device));
  return account ? account->available_bytes() : INT64_MAX;
}
std::int64_t cached_bytes(Device device) { return memory_of(device).pool().cached_bytes(); }
void empty_cache(Device device) { memory_of(device).pool().empty(); }
}  // namespace memory

}  // namespace ricci
