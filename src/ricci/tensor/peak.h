// The most that a count has been, for accounts and memories.
#pragma once

#include <atomic>
#include <cstdint>

namespace ricci {

/// Raises a peak to a value that was seen.
inline void raise_peak(std::atomic<std::int64_t>& peak, std::int64_t value) {
  std::int64_t seen = peak.load(std::memory_order_relaxed);
  while (seen < value && !peak.compare_exchange_weak(seen, value, std::memory_order_relaxed)) {
  }
}

}  // namespace ricci
