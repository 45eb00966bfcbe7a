#include "ricci/tensor/device_memory.h"

#include "ricci/base/error.h"
#include "ricci/tensor/peak.h"
#include "ricci/tensor/storage.h"

namespace ricci {

void* DeviceMemory::take(std::int64_t bytes, Account* account) {
  if (account) account->charge(bytes);
  // A cap holds for the process too: what freed blocks hold beside the call's own counts.
  void* block = pool_.take(bytes, account ? account->available_bytes() : INT64_MAX);
  if (!block) {
    if (account) account->credit(bytes);
    fail<MemoryError>("out of memory: ", bytes, " bytes were asked for with ", live_bytes(),
                      " in use\n  make the operands smaller, or give a max_bytes that fits the machine");
  }
  charge(bytes, nullptr);
  return block;
}

void DeviceMemory::give(void* block, std::int64_t bytes, Account* account) {
  pool_.give(block, bytes);
  credit(bytes, account);
}

void DeviceMemory::charge(std::int64_t bytes, Account* account) {
  if (account) account->charge(bytes);
  raise_peak(peak_, live_.fetch_add(bytes, std::memory_order_relaxed) + bytes);
}

void DeviceMemory::credit(std::int64_t bytes, Account* account) {
  live_.fetch_sub(bytes, std::memory_order_relaxed);
  if (account) account->credit(bytes);
}

void copy_bytes(Device to, void* target, Device from, const void* source, std::int64_t bytes) {
  if (bytes == 0) return;
  DeviceMemory &there = memory_of(to), &here = memory_of(from);
  if (&there == &here) return here.copy(target, source, bytes);
  if (here.is_host()) return there.from_host(target, source, bytes);
  if (there.is_host()) return here.to_host(target, source, bytes);
  const Ref<Storage> between = Storage::allocate(bytes);
  here.to_host(between->address(), source, bytes);
  there.from_host(target, between->address(), bytes);
}

}  // namespace ricci
