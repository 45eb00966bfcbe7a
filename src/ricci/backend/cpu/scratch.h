// Scratch: working memory of one call, carved from one block. The same carving first measures, then
// takes; small blocks lie on the caller's stack, others come from Storage and so are charged.
#pragma once

#include <cstddef>
#include <cstdint>

#include "ricci/tensor/storage.h"

namespace ricci::cpu {

class Carver {
 public:
  Carver() = default;  // measures only
  explicit Carver(std::byte* base) : base_(base) {}

  template <class T>
  T* take(std::int64_t count) {
    T* at = base_ ? reinterpret_cast<T*>(base_ + used_) : nullptr;
    used_ += (count * static_cast<std::int64_t>(sizeof(T)) + 63) / 64 * 64;
    return at;
  }
  std::int64_t used() const { return used_; }

 private:
  std::byte* base_ = nullptr;
  std::int64_t used_ = 0;
};

/// Part of a Scratch, handed to what runs in it.
struct WorkingMemory {
  std::byte* data = nullptr;
  std::int64_t bytes = 0;
};

class Scratch {
 public:
  static constexpr std::int64_t kInline = 16384;
  /// What a Scratch of this size is charged.
  static std::int64_t charged(std::int64_t bytes) { return bytes <= kInline ? 0 : (bytes + 63) / 64 * 64; }

  explicit Scratch(std::int64_t bytes) : bytes_(bytes) {
    if (bytes <= kInline) return;
    block_ = Storage::allocate(bytes);
    data_ = block_->address();
  }
  std::byte* data() { return data_; }
  WorkingMemory memory() { return {data_, bytes_}; }

 private:
  alignas(64) std::byte inline_[kInline];
  std::byte* data_ = inline_;
  std::int64_t bytes_;
  Ref<Storage> block_;
};

}  // namespace ricci::cpu
