// Pool: blocks of a device's memory that were freed and are kept by size for the next ones, the oldest dropped first.
// Any thread may take and give; DeviceMemory has one each.
#pragma once

#include <cstdint>
#include <list>
#include <mutex>
#include <unordered_map>
#include <vector>

namespace ricci {

/// Where fresh blocks come from and go to.
class BlockSource {
 public:
  virtual ~BlockSource() = default;
  /// Uninitialised; null where there is no room. Sizes are those of size_class().
  virtual void* make_block(std::int64_t size) = 0;
  virtual void drop_block(void* block, std::int64_t size) = 0;
  /// All the memory there is.
  virtual std::int64_t capacity_bytes() const = 0;
  /// Told when a block is kept and when it is in use again.
  virtual void mark_block([[maybe_unused]] void* block, [[maybe_unused]] std::int64_t size,
                          [[maybe_unused]] bool in_use) {}
};

constexpr std::int64_t kLargeBlock = std::int64_t{2} << 20;  // one huge page

/// Eight sizes to a doubling, so that at most an eighth is wasted; large blocks are whole huge pages.
std::int64_t size_class(std::int64_t bytes);

class Pool {
 public:
  explicit Pool(BlockSource& source) : source_(source) {}
  /// From now on a forked child finds it whole; it must last as long as the process.
  void hold_across_fork();
  /// Null where there is no room. Where a fresh large block is needed, no more than `most_cached` bytes stay here.
  void* take(std::int64_t bytes, std::int64_t most_cached);
  /// Keeps it, where there is memory to note it in; no more than a quarter of the memory stays here.
  void give(void* block, std::int64_t bytes) noexcept;
  void empty();
  std::int64_t cached_bytes();

 private:
  struct Block {
    void* data = nullptr;
    std::int64_t size = 0;
  };

  void keep(void* block, std::int64_t size);
  void drop_oldest(std::list<Block>& dropped);
  void release(const std::list<Block>& blocks);

  BlockSource& source_;
  std::mutex mutex_;
  std::list<Block> oldest_first_;
  std::list<Block> spare_;  // of blocks that are in use: places for the next ones that come back
  std::unordered_map<std::int64_t, std::vector<std::list<Block>::iterator>> by_size_;
  std::int64_t cached_ = 0;
};

}  // namespace ricci
