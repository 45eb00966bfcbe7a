// Storage: counted memory under one or more tensors, with a version that every in-place change raises.
// Blocks are 64-byte aligned (2 MiB and madvised when large) and come from a cache of freed blocks:
// a fresh page costs more than the arithmetic that fills it. A few bytes lie in the Storage itself.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

#include "ricci/base/recycled.h"
#include "ricci/base/ref.h"
#include "ricci/tensor/memory.h"

namespace ricci {

enum class DeviceType : std::uint8_t { cpu, reference, meta };

/// Where a tensor lives. `reference` is host memory too, computed on by the naive loops; on `meta` there
/// are shapes and dtypes only, and computing gives the same (internal: see outline()).
struct Device {
  DeviceType type = DeviceType::cpu;
  int index = 0;
  friend bool operator==(const Device&, const Device&) = default;
};
RICCI_API std::string_view name_of(Device device);
/// "cpu", "reference". Throws DeviceError.
RICCI_API Device parse_device(std::string_view name);

class RICCI_API Storage : public RefCounted, public Recycled<Storage> {
 public:
  /// Memory of its own, uninitialised. Throws MemoryError, or BudgetError past the account's cap.
  static Ref<Storage> allocate(std::int64_t bytes);
  /// No memory: of a tensor of which only the shape and dtype are known.
  static Ref<Storage> none() { return borrow(nullptr, 0); }
  /// Borrowed memory; `release` runs when the last owner is gone.
  static Ref<Storage> borrow(void* data, std::int64_t bytes, std::function<void()> release = {});
  ~Storage() override;

  std::byte* data() const { return data_; }
  std::int64_t bytes() const { return bytes_; }
  /// Whether somebody else keeps the memory.
  bool borrowed() const { return charged_ == 0; }
  std::uint32_t version() const { return version_.load(std::memory_order_acquire); }
  void bump_version() { version_.fetch_add(1, std::memory_order_acq_rel); }

 private:
#if defined(__SANITIZE_ADDRESS__)
  static constexpr std::int64_t kInside = 0;  // each in a block of its own, to be watched
#else
  static constexpr std::int64_t kInside = 256;
#endif

  Storage() = default;
  static Ref<Storage> fresh();
  bool is_inside() const { return data_ == inside_; }
  std::byte* data_ = nullptr;
  std::int64_t bytes_ = 0;
  std::int64_t charged_ = 0;  // what the pool and the account counted; 0 when borrowed
  Ref<Account> account_;
  std::function<void()> release_;
  std::atomic<std::uint32_t> version_{0};
  alignas(64) std::byte inside_[256];
};

}  // namespace ricci
