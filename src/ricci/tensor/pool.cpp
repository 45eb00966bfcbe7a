#include "ricci/tensor/pool.h"

#include <bit>
#include <iterator>
#include <new>

#include "ricci/base/at_fork.h"

namespace ricci {

std::int64_t size_class(std::int64_t bytes) {
  if (bytes <= 512) return (bytes + 63) / 64 * 64;
  const std::int64_t step = static_cast<std::int64_t>(std::bit_floor(static_cast<std::uint64_t>(bytes))) / 8;
  const std::int64_t size = (bytes + step - 1) / step * step;
  return size < kLargeBlock ? size : (size + kLargeBlock - 1) / kLargeBlock * kLargeBlock;
}

void Pool::hold_across_fork() { ricci::hold_across_fork(ForkRank::blocks, mutex_); }

void* Pool::take(std::int64_t bytes, std::int64_t most_cached) {
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
      source_.mark_block(data, size, true);
      return data;
    }
    while (size >= kLargeBlock && cached_ > most_cached && !oldest_first_.empty()) drop_oldest(dropped);
  }
  release(dropped);
  if (void* data = source_.make_block(size)) return data;
  empty();  // what the cache holds may be what is missing
  return source_.make_block(size);
}

void Pool::give(void* block, std::int64_t bytes) noexcept {
  const std::int64_t size = size_class(bytes);
  const std::int64_t bound = source_.capacity_bytes() / 4;
  std::list<Block> dropped;
  {
    const std::lock_guard lock(mutex_);
    try {
      keep(block, size);
    } catch (const std::bad_alloc&) {  // not even room to note it: it goes back to where it came from
      source_.drop_block(block, size);
    }
    while (cached_ > bound) drop_oldest(dropped);
  }
  release(dropped);
}

// Whatever allocates comes first.
void Pool::keep(void* block, std::int64_t size) {
  if (spare_.empty()) spare_.emplace_back();
  auto& same = by_size_[size];
  same.emplace_back();
  source_.mark_block(block, size, false);
  spare_.front() = {block, size};
  oldest_first_.splice(oldest_first_.end(), spare_, spare_.begin());
  same.back() = std::prev(oldest_first_.end());
  cached_ += size;
}

void Pool::empty() {
  std::list<Block> dropped;
  {
    const std::lock_guard lock(mutex_);
    while (!oldest_first_.empty()) drop_oldest(dropped);
    spare_.clear();
  }
  release(dropped);
}

std::int64_t Pool::cached_bytes() {
  const std::lock_guard lock(mutex_);
  return cached_;
}

void Pool::drop_oldest(std::list<Block>& dropped) {
  const auto block = oldest_first_.begin();
  auto& same = by_size_[block->size];
  std::erase(same, block);
  cached_ -= block->size;
  dropped.splice(dropped.end(), oldest_first_, block);
}

void Pool::release(const std::list<Block>& blocks) {
  for (const Block& block : blocks) {
    source_.mark_block(block.data, block.size, true);
    source_.drop_block(block.data, block.size);
  }
}

}  // namespace ricci
