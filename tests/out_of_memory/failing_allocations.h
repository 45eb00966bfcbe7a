// FailingAllocation: the n-th allocation of the process from now on fails, or that one and all after it; mmap counts as
// one. For one file of a program: see replaced_malloc.h.
#pragma once

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>

#include "tests/replaced_malloc.h"

namespace ricci::testing {

class FailingAllocation {
 public:
  enum class Which { only_that, that_and_later };

  FailingAllocation(std::int64_t n, Which which) {
    onwards_ = which == Which::that_and_later;
    failed_ = 0;
    left_ = n;
  }
  ~FailingAllocation() { left_ = kNever; }
  FailingAllocation(const FailingAllocation&) = delete;
  FailingAllocation& operator=(const FailingAllocation&) = delete;

  /// How many have failed so far.
  static std::int64_t failures() { return failed_; }
  /// Blocks that were taken and not given back, of the whole process.
  static std::int64_t live_blocks() { return live_; }

  /// Asked at each allocation: whether it is to fail.
  static bool fails() {
    if (left_.load(std::memory_order_relaxed) == kNever) return false;
    const std::int64_t left = left_.fetch_sub(1) - 1;
    if (left > 0 || (left < 0 && !onwards_)) return false;
    ++failed_;
    errno = ENOMEM;
    return true;
  }

 private:
  friend void note_taken(const void* block);
  friend void note_freed(const void* block);

  static constexpr std::int64_t kNever = INT64_MAX;
  static inline std::atomic<std::int64_t> left_{kNever}, failed_{0}, live_{0};
  static inline std::atomic<bool> onwards_{false};
};

bool allows_allocation() { return !FailingAllocation::fails(); }
void note_taken(const void* block) {
  if (block) FailingAllocation::live_.fetch_add(1, std::memory_order_relaxed);
}
void note_freed(const void* block) {
  if (block) FailingAllocation::live_.fetch_sub(1, std::memory_order_relaxed);
}

}  // namespace ricci::testing

#pragma GCC visibility push(default)
extern "C" void* mmap(void* at, std::size_t bytes, int protection, int flags, int file, off_t offset) noexcept {
  if (ricci::testing::FailingAllocation::fails()) return MAP_FAILED;
  return reinterpret_cast<void*>(syscall(SYS_mmap, at, bytes, protection, flags, file, offset));
}
#pragma GCC visibility pop
