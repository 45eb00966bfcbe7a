// SmallCache: a few things that are made from their owner once, then only read, by any thread: nothing is taken out
// or put in another's place while the owner lives, so that readers need no lock.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>

#include "ricci/base/ref.h"

namespace ricci {

class SmallCache {
 public:
  static constexpr std::size_t kMost = 8;

  SmallCache() = default;
  /// A copy of the owner makes its own.
  SmallCache(const SmallCache&) {}
  SmallCache& operator=(const SmallCache&) {
    drop();
    return *this;
  }
  ~SmallCache() { drop(); }

  /// Number i, or null; there is none behind a null.
  const RefCounted* get(std::size_t i) const { return i < kMost ? slots_[i].load(std::memory_order_acquire) : nullptr; }
  /// Keeps it where there is room; null where there is none, and the thing is gone.
  const RefCounted* add(Ref<const RefCounted> thing) {
    for (std::atomic<const RefCounted*>& slot : slots_) {
      const RefCounted* none = nullptr;
      if (!slot.compare_exchange_strong(none, thing.get(), std::memory_order_acq_rel)) continue;
      thing->retain();
      return thing.get();
    }
    return nullptr;
  }

 private:
  void drop() {
    for (std::atomic<const RefCounted*>& slot : slots_)
      if (const RefCounted* thing = slot.exchange(nullptr)) thing->release();
  }
  std::array<std::atomic<const RefCounted*>, kMost> slots_{};
};

}  // namespace ricci
