#include "ricci/tensor/host_memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

#include "ricci/base/error.h"
#include "ricci/base/sanitizers.h"

#if RICCI_ADDRESS_SANITIZER
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(address, size) ((void)(address), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(address, size) ((void)(address), (void)(size))
#endif

namespace ricci {
namespace {

std::int64_t physical_bytes() {
  static const std::int64_t bytes = std::int64_t{sysconf(_SC_PHYS_PAGES)} * sysconf(_SC_PAGESIZE);
  return bytes;
}

// From the system itself, and back to it: malloc keeps what it frees of some sizes.
void* map_huge_pages(std::int64_t size) {
  const auto bytes = static_cast<std::size_t>(size), page = static_cast<std::size_t>(kLargeBlock);
  void* all = mmap(nullptr, bytes + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (all == MAP_FAILED) return nullptr;
  auto* begin = static_cast<char*>(all);
  const std::size_t before = (page - reinterpret_cast<std::uintptr_t>(all) % page) % page;
  if (before > 0) munmap(begin, before);
  if (before < page) munmap(begin + before + bytes, page - before);
#if defined(MADV_HUGEPAGE)
  madvise(begin + before, bytes, MADV_HUGEPAGE);
#endif
  return begin + before;
}

// Blocks aligned to 64 bytes, large ones to huge pages.
class HostMemory final : public DeviceMemory {
 public:
  HostMemory() : DeviceMemory(true) { pool().hold_across_fork(); }

  void* make_block(std::int64_t size) override {
    // Linux promises memory it does not have: what can't fit the machine is refused here.
    if (size > physical_bytes()) return nullptr;
    return size < kLargeBlock ? std::aligned_alloc(64, static_cast<std::size_t>(size)) : map_huge_pages(size);
  }
  void drop_block(void* block, std::int64_t size) override {
    if (size < kLargeBlock)
      std::free(block);
    else
      munmap(block, static_cast<std::size_t>(size));
  }
  std::int64_t capacity_bytes() const override { return physical_bytes(); }
  void mark_block(void* block, std::int64_t size, bool in_use) override {
    if (in_use)
      ASAN_UNPOISON_MEMORY_REGION(block, static_cast<std::size_t>(size));
    else
      ASAN_POISON_MEMORY_REGION(block, static_cast<std::size_t>(size));
  }

  void to_host(void* target, const void* source, std::int64_t bytes) override { copy(target, source, bytes); }
  void from_host(void* target, const void* source, std::int64_t bytes) override { copy(target, source, bytes); }
  void copy(void* target, const void* source, std::int64_t bytes) override {
    std::memcpy(target, source, static_cast<std::size_t>(bytes));
  }
};

}  // namespace

// It outlives every static tensor.
DeviceMemory& host_memory() {
  static HostMemory& instance = *new HostMemory;
  return instance;
}

}  // namespace ricci
