// The accounts, and the pool: freed blocks are kept by size, the oldest given back first.
#include "ricci/tensor/memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include <bit>
#include <cstdlib>
#include <list>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "ricci/base/error.h"
#include "ricci/tensor/pool.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(address, size) ((void)(address), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(address, size) ((void)(address), (void)(size))
#endif

namespace ricci {
namespace {

void raise(std::atomic<std::int64_t>& peak, std::int64_t value) {
  std::int64_t seen = peak.load(std::memory_order_relaxed);
  while (seen < value && !peak.compare_exchange_weak(seen, value, std::memory_order_relaxed)) {
  }
}

constexpr std::int64_t kLarge = std::int64_t{2} << 20;  // one huge page

std::int64_t physical_bytes() {
  static const std::int64_t bytes = std::int64_t{sysconf(_SC_PHYS_PAGES)} * sysconf(_SC_PAGESIZE);
  return bytes;
}

// Size classes: eight to a doubling, so that at most an eighth is wasted; large ones whole huge pages.
std::int64_t size_class(std::int64_t bytes) {
  if (bytes <= 512) return (bytes + 63) / 64 * 64;
  const std::int64_t step = static_cast<std::int64_t>(std::bit_floor(static_cast<std::uint64_t>(bytes))) / 8;
  const std::int64_t size = (bytes + step - 1) / step * step;
  return size < kLarge ? size : (size + kLarge - 1) / kLarge * kLarge;
}

class Pool {
 public:
  /// Where a fresh block of whole huge pages is needed, no more than `most_cached` bytes stay in the cache.
  void* take(std::int64_t bytes, std::int64_t most_cached) {
    const std::int64_t size = size_class(bytes);
    std::list<Block> dropped;
    {
      const std::lock_guard lock(mutex_);
      if (auto found = by_size_.find(size); found != by_size_.end() && !found->second.empty()) {
        const auto block = found->second.back();
        found->second.pop_back();
        void* data = block->data;
        cached_ -= size;
        spare_.splice(spare_.begin(), oldest_first_, block);
        ASAN_UNPOISON_MEMORY_REGION(data, static_cast<std::size_t>(size));
        return data;
      }
      while (size >= kLarge && cached_ > most_cached && !oldest_first_.empty()) drop_oldest(dropped);
    }
    release(dropped);
    if (void* data = fresh(size)) return data;
    empty();  // what the cache holds may be what is missing
    return fresh(size);
  }

  void give(void* data, std::int64_t bytes) {
    const std::int64_t size = size_class(bytes);
    const std::int64_t bound = physical_bytes() / 4;
    std::list<Block> dropped;
    {
      const std::lock_guard lock(mutex_);
      ASAN_POISON_MEMORY_REGION(data, static_cast<std::size_t>(size));
      if (spare_.empty()) spare_.emplace_back();
      spare_.front() = {data, size};
      oldest_first_.splice(oldest_first_.end(), spare_, spare_.begin());
      by_size_[size].push_back(std::prev(oldest_first_.end()));
      cached_ += size;
      while (cached_ > bound) drop_oldest(dropped);
    }
    release(dropped);
  }

  void empty() {
    std::list<Block> dropped;
    {
      const std::lock_guard lock(mutex_);
      while (!oldest_first_.empty()) drop_oldest(dropped);
      spare_.clear();
    }
    release(dropped);
  }

  std::int64_t cached() {
    const std::lock_guard lock(mutex_);
    return cached_;
  }

 private:
  struct Block {
    void* data = nullptr;
    std::int64_t size = 0;
  };

  static void* fresh(std::int64_t size) {
    // Linux promises memory it does not have: what can't fit the machine is refused here.
    if (size > physical_bytes()) return nullptr;
    return size < kLarge ? std::aligned_alloc(64, static_cast<std::size_t>(size)) : map_huge_pages(size);
  }

  // From the system itself, and back to it: malloc keeps what it frees of some sizes.
  static void* map_huge_pages(std::int64_t size) {
    const auto bytes = static_cast<std::size_t>(size), page = static_cast<std::size_t>(kLarge);
    void* all = mmap(nullptr, bytes + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (all == MAP_FAILED) return nullptr;
    auto* begin = static_cast<char*>(all);
    const std::size_t before = (page - reinterpret_cast<std::uintptr_t>(all) % page) % page;
    if (before > 0) munmap(begin, before);
    if (before < page) munmap(begin + before + bytes, page - before);
    madvise(begin + before, bytes, MADV_HUGEPAGE);
    return begin + before;
  }

  void drop_oldest(std::list<Block>& dropped) {
    const auto block = oldest_first_.begin();
    auto& same = by_size_[block->size];
    std::erase(same, block);
    cached_ -= block->size;
    dropped.splice(dropped.end(), oldest_first_, block);
  }

  static void release(const std::list<Block>& blocks) {
    for (const Block& block : blocks) {
      ASAN_UNPOISON_MEMORY_REGION(block.data, static_cast<std::size_t>(block.size));
      if (block.size < kLarge)
        std::free(block.data);
      else
        munmap(block.data, static_cast<std::size_t>(block.size));
    }
  }

  std::mutex mutex_;
  std::list<Block> oldest_first_;
  std::list<Block> spare_;  // of blocks that are in use: places for the next ones that come back
  std::unordered_map<std::int64_t, std::vector<std::list<Block>::iterator>> by_size_;
  std::int64_t cached_ = 0;
};

Pool& pool() {
  static Pool& instance = *new Pool;  // outlives every static tensor
  return instance;
}

std::atomic<std::int64_t> process_live{0}, process_peak{0};
thread_local Account* current = nullptr;

}  // namespace

void Account::charge(std::int64_t bytes) {
  const std::int64_t now = live_.fetch_add(bytes, std::memory_order_relaxed) + bytes;
  if (cap_ >= 0 && now > cap_) {
    live_.fetch_sub(bytes, std::memory_order_relaxed);
    fail<BudgetError>("the call needs ", now, " bytes at once, its budget is ", cap_,
                      "\n  raise max_bytes to at least ", now);
  }
  total_.fetch_add(bytes, std::memory_order_relaxed);
  raise(peak_, now);
}

AccountScope::AccountScope(const Ref<Account>& account) : account_(account), outer_(current) {
  current = account.get();
}
AccountScope::~AccountScope() { current = outer_; }

namespace detail {

Ref<Account> current_account() { return Ref<Account>(current); }

void charge(std::int64_t bytes, Account* account) {
  if (account) account->charge(bytes);
  raise(process_peak, process_live.fetch_add(bytes, std::memory_order_relaxed) + bytes);
}

void credit(std::int64_t bytes, Account* account) {
  process_live.fetch_sub(bytes, std::memory_order_relaxed);
  if (account) account->credit(bytes);
}

void* take_block(std::int64_t bytes, Account* account) {
  if (account) account->charge(bytes);
  // A cap holds for the process too: what freed blocks hold beside the call's own counts.
  void* data = pool().take(bytes, account ? account->available_bytes() : INT64_MAX);
  if (!data) {
    if (account) account->credit(bytes);
    fail<MemoryError>("out of memory: ", bytes, " bytes were asked for with ", memory::live_bytes(),
                      " in use\n  make the operands smaller, or give a max_bytes that fits the machine");
  }
  raise(process_peak, process_live.fetch_add(bytes, std::memory_order_relaxed) + bytes);
  return data;
}

void give_block(void* data, std::int64_t bytes, Account* account) {
  pool().give(data, bytes);
  credit(bytes, account);
}

}  // namespace detail

namespace memory {
std::int64_t live_bytes() { return process_live.load(std::memory_order_relaxed); }
std::int64_t peak_bytes() { return process_peak.load(std::memory_order_relaxed); }
std::int64_t available_bytes() { return current ? current->available_bytes() : INT64_MAX; }
void reset_peak() { process_peak.store(live_bytes()); }
std::int64_t cached_bytes() { return pool().cached(); }
void empty_cache() { pool().empty(); }
}  // namespace memory

}  // namespace ricci
