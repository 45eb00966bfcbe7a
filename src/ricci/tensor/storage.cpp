#include "ricci/tensor/storage.h"

#include <algorithm>

#include "ricci/base/error.h"
#include "ricci/tensor/pool.h"

namespace ricci {

std::string_view name_of(Device device) {
  switch (device.type) {
    case DeviceType::reference: return "reference";
    case DeviceType::meta: return "meta";
    default: return "cpu";
  }
}

Device parse_device(std::string_view name) {
  if (name == "cpu") return {DeviceType::cpu, 0};
  if (name == "reference") return {DeviceType::reference, 0};
  fail<DeviceError>("this build has no device '", name, "'\n  it has: cpu, reference");
}

Ref<Storage> Storage::fresh() {
  auto* storage = new Storage;
  storage->retain_first();
  return {storage, Adopt{}};
}

Ref<Storage> Storage::allocate(std::int64_t bytes) {
  Ref<Storage> storage = fresh();
  const std::int64_t charged = std::max<std::int64_t>(64, (bytes + 63) / 64 * 64);
  storage->account_ = detail::current_account();
  if (charged <= kInside) {
    detail::charge(charged, storage->account_.get());
    storage->data_ = storage->inside_;
  } else {
    storage->data_ = static_cast<std::byte*>(detail::take_block(charged, storage->account_.get()));
  }
  storage->bytes_ = bytes;
  storage->charged_ = charged;
  return storage;
}

Ref<Storage> Storage::borrow(void* data, std::int64_t bytes, std::function<void()> release) {
  Ref<Storage> storage = fresh();
  storage->data_ = static_cast<std::byte*>(data);
  storage->bytes_ = bytes;
  storage->release_ = std::move(release);
  return storage;
}

Storage::~Storage() {
  if (is_inside())
    detail::credit(charged_, account_.get());
  else if (charged_ > 0)
    detail::give_block(data_, charged_, account_.get());
  if (release_) release_();
}

}  // namespace ricci
