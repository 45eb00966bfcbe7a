#include "ricci/execute/plan_cache.h"

#include <cstring>
#include <list>
#include <mutex>
#include <unordered_map>

#include "ricci/base/at_fork.h"

namespace ricci::execute {
namespace {

using planning::AxisStrides;
using planning::PlanningOptions;

constexpr std::size_t kMostPlans = 512;
constexpr std::size_t kMostSteps = 100'000;  // of all plans together: about 50 MB

void append_bytes(std::string& out, const auto& value) {
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  out.append(bytes, sizeof bytes);
}

void append_all(std::string& out, const auto& items) {
  append_bytes(out, items.size());
  for (const auto& item : items) append_bytes(out, item);
}

// All but which function tells the working memory: there is one for a device. Exact, where Contraction::key() sees
// through other numbers and names for the labels: a plan speaks in the labels of the call that asked for it.
std::string key_of(const Contraction& contraction, const PlanningOptions& options) {
  std::string key;
  append_bytes(key, contraction.inputs.size());
  for (const Term& term : contraction.inputs) {
    append_all(key, term.labels);
    append_bytes(key, term.conjugated);
  }
  append_all(key, contraction.output);
  append_all(key, contraction.extents);
  append_bytes(key, contraction.dtype);
  append_bytes(key, contraction.semiring);
  append_bytes(key, contraction.names.size());
  for (const std::string& name : contraction.names) append_all(key, name);
  const path::SearchOptions& search = options.search;
  append_bytes(key, search.method);
  append_bytes(key, search.seed);
  append_bytes(key, search.trials);
  append_bytes(key, search.goal);
  append_bytes(key, search.seconds.value_or(-1));
  append_bytes(key, model_of(search, contraction));
  append_bytes(key, options.max_bytes.value_or(-1));
  append_bytes(key, options.reserved);
  append_bytes(key, options.gradients);
  append_bytes(key, options.gives_value);
  append_bytes(key, options.wanted.size());
  for (const bool wanted : options.wanted) append_bytes(key, wanted);
  append_bytes(key, options.layout.operands.size());
  for (const AxisStrides& strides : options.layout.operands) append_all(key, strides);
  append_all(key, options.layout.seed);
  append_all(key, options.layout.output);
  append_bytes(key, options.layout.scales);
  append_bytes(key, options.layout.accumulates);
  append_bytes(key, options.layout.has_output);
  append_bytes(key, static_cast<bool>(options.scratch));
  return key;
}

class Cache {
 public:
  Cache() { hold_across_fork(ForkRank::plans, mutex_); }

  ExecutableRef find(const std::string& key) {
    const std::lock_guard lock(mutex_);
    const auto at = places_.find(key);
    if (at == places_.end()) {
      ++misses_;
      return nullptr;
    }
    ++hits_;
    recent_.splice(recent_.begin(), recent_, at->second);
    return at->second->plan;
  }

  // Keeps the plan, or the one that another thread has put there meanwhile, and returns that.
  ExecutableRef put(std::string key, ExecutableRef plan) {
    const std::lock_guard lock(mutex_);
    if (const auto at = places_.find(key); at != places_.end()) return at->second->plan;
    steps_ += plan->steps.size();
    recent_.push_front({std::move(key), plan});
    places_.emplace(recent_.front().key, recent_.begin());
    while (recent_.size() > 1 && (recent_.size() > kMostPlans || steps_ > kMostSteps)) drop_oldest();
    return plan;
  }

  CacheStats stats() {
    const std::lock_guard lock(mutex_);
    return {hits_, misses_, recent_.size()};
  }

  void clear() {
    const std::lock_guard lock(mutex_);
    places_.clear();
    recent_.clear();
    hits_ = misses_ = steps_ = 0;
  }

 private:
  struct Entry {
    std::string key;
    ExecutableRef plan;
  };

  void drop_oldest() {
    steps_ -= recent_.back().plan->steps.size();
    places_.erase(recent_.back().key);
    recent_.pop_back();
  }

  std::mutex mutex_;
  std::list<Entry> recent_;                                                  // the latest used first
  std::unordered_map<std::string_view, std::list<Entry>::iterator> places_;  // keys live in the list
  std::size_t steps_ = 0, hits_ = 0, misses_ = 0;
};

Cache& cache() {
  static Cache& the_cache = *new Cache;  // outlives every thread that still computes at exit
  return the_cache;
}

}  // namespace

ExecutableRef cached_plan(const Contraction& contraction, const PlanningOptions& options) {
  std::string key = key_of(contraction, options);
  if (auto found = cache().find(key)) return found;
  bool ended = false;
  PlanningOptions heard = options;
  if (options.search.progress) {
    heard.search.progress = [&](const path::SearchProgress& progress) {
      const bool go_on = options.search.progress(progress);
      ended = ended || !go_on;
      return go_on;
    };
  }
  auto plan = std::make_shared<const Executable>(planning::make_plan(contraction, heard));
  ended = ended || (options.search.cancel && options.search.cancel->load());
  return ended ? plan : cache().put(std::move(key), std::move(plan));
}

CacheStats cache_stats() { return cache().stats(); }

void clear_cache() { cache().clear(); }

}  // namespace ricci::execute
