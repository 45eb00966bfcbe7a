#include "ricci/tensor/storage.h"

#include <algorithm>

#include "ricci/tensor/device_memory.h"

namespace ricci {

Ref<Storage> Storage::fresh() {
  auto* storage = new Storage;
  storage->retain_first();
  return {storage, Adopt{}};
}

Ref<Storage> Storage::allocate(std::int64_t bytes, Device device) { return allocate(bytes, memory_of(device)); }

Ref<Storage> Storage::allocate(std::int64_t bytes, DeviceMemory& memory) {
  Account* account = AccountScope::innermost(memory);
  Ref<Storage> storage = fresh();
  const std::int64_t charged = std::max<std::int64_t>(64, (bytes + 63) / 64 * 64);
  storage->memory_ = &memory;
  storage->account_ = Ref<Account>(account);
  if (memory.is_host() && charged <= kInside) {
    memory.charge(charged, account);
    storage->address_ = storage->inside_;
  } else {
    storage->address_ = static_cast<std::byte*>(memory.take(charged, account));
  }
  storage->bytes_ = bytes;
  storage->charged_ = charged;
  return storage;
}

Ref<Storage> Storage::borrow(void* data, std::int64_t bytes, std::function<void()> release) {
  Ref<Storage> storage = fresh();
  storage->address_ = static_cast<std::byte*>(data);
  storage->bytes_ = bytes;
  storage->release_ = std::move(release);
  return storage;
}

Ref<Storage> Storage::borrow(const void* data, std::int64_t bytes, std::function<void()> release) {
  Ref<Storage> storage = borrow(const_cast<void*>(data), bytes, std::move(release));
  storage->is_read_only_ = true;
  return storage;
}

Storage::~Storage() {
  if (is_inside())
    memory_->credit(charged_, account_.get());
  else if (charged_ > 0)
    memory_->give(address_, charged_, account_.get());
  if (release_) release_();
}

}  // namespace ricci
