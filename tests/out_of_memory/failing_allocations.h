// FailingAllocation: the n-th allocation of the process from now on fails, or that one and all after it. malloc and its
// kin are replaced in the program that includes this, once, and so is mmap: all that allocates ends in them.
#pragma once

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>

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
  static void* count(void* block) {
    if (block) live_.fetch_add(1, std::memory_order_relaxed);
    return block;
  }
  static void uncount(const void* block) {
    if (block) live_.fetch_sub(1, std::memory_order_relaxed);
  }

 private:
  static constexpr std::int64_t kNever = INT64_MAX;
  static inline std::atomic<std::int64_t> left_{kNever}, failed_{0}, live_{0};
  static inline std::atomic<bool> onwards_{false};
};

}  // namespace ricci::testing

extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);
void __libc_free(void*);

void* malloc(std::size_t bytes) {
  using ricci::testing::FailingAllocation;
  return FailingAllocation::fails() ? nullptr : FailingAllocation::count(__libc_malloc(bytes));
}
void* calloc(std::size_t n, std::size_t bytes) {
  using ricci::testing::FailingAllocation;
  return FailingAllocation::fails() ? nullptr : FailingAllocation::count(__libc_calloc(n, bytes));
}
void* realloc(void* old, std::size_t bytes) {
  using ricci::testing::FailingAllocation;
  if (FailingAllocation::fails()) return nullptr;
  void* block = __libc_realloc(old, bytes);
  if (!old) return FailingAllocation::count(block);
  if (bytes == 0) FailingAllocation::uncount(old);
  return block;
}
void* aligned_alloc(std::size_t alignment, std::size_t bytes) {
  using ricci::testing::FailingAllocation;
  return FailingAllocation::fails() ? nullptr : FailingAllocation::count(__libc_memalign(alignment, bytes));
}
int posix_memalign(void** out, std::size_t alignment, std::size_t bytes) {
  *out = aligned_alloc(alignment, bytes);
  return *out ? 0 : ENOMEM;
}
void free(void* block) {
  ricci::testing::FailingAllocation::uncount(block);
  __libc_free(block);
}
void* mmap(void* at, std::size_t bytes, int protection, int flags, int file, off_t offset) noexcept {
  if (ricci::testing::FailingAllocation::fails()) return MAP_FAILED;
  return reinterpret_cast<void*>(syscall(SYS_mmap, at, bytes, protection, flags, file, offset));
}
}
