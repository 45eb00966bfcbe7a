// Allocations of C++ that fail when they are told to; preloaded into an interpreter, whose own allocations are others.
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>

extern "C" void* __libc_memalign(std::size_t alignment, std::size_t bytes);

namespace {

constexpr std::int64_t kNever = INT64_MAX;
std::atomic<std::int64_t> left{kNever}, failures{0};
std::atomic<bool> later_too{false};

bool fails() {
  if (left.load(std::memory_order_relaxed) == kNever) return false;
  const std::int64_t now = left.fetch_sub(1) - 1;
  if (now > 0 || (now < 0 && !later_too)) return false;
  ++failures;
  return true;
}

void* checked(void* block) {
  if (!block) throw std::bad_alloc();
  return block;
}

}  // namespace

#pragma GCC visibility push(default)
extern "C" {
/// The n-th allocation from now on fails, or that one and all after it; 0 ends it.
void fail_allocation(std::int64_t n, bool and_later) {
  left = kNever;
  failures = 0;
  later_too = and_later;
  if (n > 0) left = n;
}
std::int64_t failed_allocations() { return failures; }

void* aligned_alloc(std::size_t alignment, std::size_t bytes) {
  return fails() ? nullptr : __libc_memalign(alignment, bytes);
}
}

void* operator new(std::size_t bytes) { return checked(fails() ? nullptr : std::malloc(bytes > 0 ? bytes : 1)); }
void* operator new(std::size_t bytes, std::align_val_t alignment) {
  return checked(aligned_alloc(static_cast<std::size_t>(alignment), bytes));
}
#pragma GCC visibility pop
