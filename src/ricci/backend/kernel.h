// Kernel: a step made ready to run, chosen once for its geometry, dtypes and scalars; and where one is kept.
// A kernel is immutable, so that any number of threads may run one at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <string>
#include <utility>

#include "ricci/base/api.h"

namespace ricci {

class RICCI_API Kernel {
 public:
  virtual ~Kernel() = default;
  /// The step on the elements at these addresses in the device's memory; b is null for a step of one operand. Charges
  /// scratch_bytes() of what the account has left.
  virtual void run(const void* a, const void* b, void* c) const = 0;
  /// What run() charges for working memory, exactly, when `most` is left to it. It keeps to that by running fewer
  /// tasks at once, but one always runs.
  virtual std::int64_t scratch_bytes(std::int64_t most = INT64_MAX) const = 0;
  /// As people read it: "unpacked AVX-512", "packed 12x32 AVX-512", "naive loop".
  virtual std::string name() const = 0;
};

/// Owns one kernel, on the heap.
class KernelSlot {
 public:
  KernelSlot() = default;
  KernelSlot(KernelSlot&& other) noexcept : kernel_(std::exchange(other.kernel_, nullptr)) {}  // of slots without room
  KernelSlot& operator=(KernelSlot&&) = delete;
  ~KernelSlot() { reset(); }

  /// Makes one in the place of what was there.
  template <class K, class... Args>
  const K* make(Args&&... args) {
    reset();
    in_room_ = room_ && sizeof(K) <= bytes_;
    K* kernel = in_room_ ? ::new (room_) K(std::forward<Args>(args)...) : new K(std::forward<Args>(args)...);
    kernel_ = kernel;
    return kernel;
  }
  const Kernel& operator*() const { return *kernel_; }
  const Kernel* operator->() const { return kernel_; }
  explicit operator bool() const { return kernel_ != nullptr; }

 protected:
  KernelSlot(std::byte* room, std::size_t bytes) : room_(room), bytes_(bytes) {}
  void reset() {
    const Kernel* kernel = std::exchange(kernel_, nullptr);
    if (kernel && in_room_)
      kernel->~Kernel();
    else
      delete kernel;
  }

 private:
  const Kernel* kernel_ = nullptr;
  std::byte* room_ = nullptr;
  std::size_t bytes_ = 0;
  bool in_room_ = false;
};

/// Has room for one: a call that makes its kernel and runs it once stays off the heap.
class InlineKernel : public KernelSlot {
 public:
  InlineKernel() : KernelSlot(bytes_, sizeof bytes_) {}
  InlineKernel(InlineKernel&&) = delete;
  ~InlineKernel() { reset(); }

 private:
  alignas(64) std::byte bytes_[3072];
};

}  // namespace ricci
