// Storage: counted memory of a device under one or more tensors, with a version that every in-place change raises.
// It comes from the device's cache of freed blocks: a fresh page costs more than the arithmetic that fills it. A few
// bytes of the host's lie in the Storage itself.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>

#include "ricci/base/recycled.h"
#include "ricci/base/ref.h"
#include "ricci/base/sanitizers.h"
#include "ricci/tensor/lender.h"
#include "ricci/tensor/memory.h"

namespace ricci {

class RICCI_API Storage : public RefCounted, public Recycled<Storage> {
 public:
  /// Memory of its own, uninitialised. Throws MemoryError, or BudgetError past the account's cap.
  static Ref<Storage> allocate(std::int64_t bytes, Device device = {});
  static Ref<Storage> allocate(std::int64_t bytes, DeviceMemory& memory);
  /// Borrowed memory; `release` runs when the last owner is gone.
  static Ref<Storage> borrow(void* data, std::int64_t bytes, std::function<void()> release = {});
  /// The same of memory that must not be written.
  static Ref<Storage> borrow(const void* data, std::int64_t bytes, std::function<void()> release = {});
  ~Storage() override;

  /// In the memory of the tensors' device, for its kernels; only on the host is it more than a number.
  std::byte* address() const { return address_; }
  std::int64_t bytes() const { return bytes_; }
  /// Whether somebody else keeps the memory.
  bool borrowed() const { return charged_ == 0; }
  /// Whether it was lent as const. Kernels do not ask: whoever hands them a target does, by check_not_read_only().
  bool is_read_only() const { return is_read_only_; }
  /// Another number after each change that was made here, or by a lender who counts.
  std::uint32_t version() const {
    const std::uint32_t own = version_.load(std::memory_order_acquire);
    return lender_ ? own + lender_->version() : own;
  }
  void bump_version() {
    version_.fetch_add(1, std::memory_order_acq_rel);
    if (lender_) lender_->bump_version();
  }
  /// Who lent the memory and counts changes too; null for all others. Set before anybody else sees the storage.
  const Ref<Lender>& lender() const { return lender_; }
  void set_lender(Ref<Lender> lender) { lender_ = std::move(lender); }

 private:
#if RICCI_ADDRESS_SANITIZER
  static constexpr std::int64_t kInside = 0;  // each in a block of its own, to be watched
#else
  static constexpr std::int64_t kInside = 256;
#endif

  Storage() = default;
  static Ref<Storage> fresh();
  bool is_inside() const { return address_ == inside_; }
  std::byte* address_ = nullptr;
  std::int64_t bytes_ = 0;
  std::int64_t charged_ = 0;  // what the memory and the account counted; 0 when borrowed
  Ref<Account> account_;
  std::function<void()> release_;
  Ref<Lender> lender_;
  std::atomic<std::uint32_t> version_{0};
  bool is_read_only_ = false;
  DeviceMemory* memory_ = nullptr;  // that counted it
  alignas(64) std::byte inside_[256];
};

}  // namespace ricci
