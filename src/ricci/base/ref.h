// Ref<T>: a counted handle to an object that counts its own owners (RefCounted).
// Used for storages, tensors, operations and tape nodes; counting is thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

#include "ricci/base/api.h"

namespace ricci {

class RICCI_API RefCounted {
 public:
  RefCounted() = default;
  RefCounted(const RefCounted&) = delete;
  RefCounted& operator=(const RefCounted&) = delete;
  virtual ~RefCounted() = default;

  void retain() const { owners_.fetch_add(1, std::memory_order_relaxed); }
  /// The first owner's, of an object that nobody else has seen: no other thread counts yet.
  void retain_first() const { owners_.store(1, std::memory_order_relaxed); }
  void release() const {
    // A lone owner's count can't be changed by anyone else, so that reading it will do.
    if (owners_.load(std::memory_order_acquire) == 1 || owners_.fetch_sub(1, std::memory_order_acq_rel) == 1)
      delete this;
  }
  std::uint32_t owners() const { return owners_.load(std::memory_order_acquire); }

 private:
  mutable std::atomic<std::uint32_t> owners_{0};
};

/// Says that a Ref takes over an owner's count that is there already.
struct Adopt {};

template <class T>
class Ref {
 public:
  Ref() = default;
  Ref(std::nullptr_t) {}
  explicit Ref(T* object) : object_(object) { retain(); }
  Ref(T* object, Adopt) : object_(object) {}
  Ref(const Ref& other) : object_(other.object_) { retain(); }
  Ref(Ref&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  template <class U>
  requires std::is_convertible_v<U*, T*> Ref(const Ref<U>& other) : object_(other.get()) { retain(); }
  Ref& operator=(Ref other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~Ref() {
    if (object_) object_->release();
  }

  T* get() const { return object_; }
  T* operator->() const { return object_; }
  T& operator*() const { return *object_; }
  explicit operator bool() const { return object_ != nullptr; }
  friend bool operator==(const Ref& a, const Ref& b) { return a.object_ == b.object_; }

 private:
  void retain() {
    if (object_) object_->retain();
  }
  T* object_ = nullptr;
};

template <class T, class... Args>
Ref<T> make_ref(Args&&... args) {
  T* object = new T(std::forward<Args>(args)...);
  object->retain_first();
  return Ref<T>(object, Adopt{});
}

}  // namespace ricci
