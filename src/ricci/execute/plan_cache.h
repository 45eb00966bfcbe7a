// A bounded, thread-safe cache of plans by contraction and search options: searched once, replayed.
#pragma once

#include "ricci/execute/executable.h"

namespace ricci::execute {

/// The cached plan, or a new one; what a search had that was told to end early is not kept. Least recently used plans
/// are dropped beyond a fixed number.
RICCI_API ExecutableRef cached_plan(const Contraction& contraction, const planning::PlanningOptions& options = {});

struct CacheStats {
  std::size_t hits = 0, misses = 0, size = 0;
};
RICCI_API CacheStats cache_stats();
RICCI_API void clear_cache();

}  // namespace ricci::execute
