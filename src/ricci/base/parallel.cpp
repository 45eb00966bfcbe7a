#include "ricci/base/parallel.h"

#include <tbb/global_control.h>
#include <tbb/info.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <atomic>
#include <map>
#include <memory>
#include <mutex>

#include "ricci/base/at_fork.h"
#include "ricci/base/error.h"

namespace ricci {
namespace {

// A pool takes seconds to wake thousands of threads, and the system refuses more.
constexpr int kMostThreads = 1024;

struct Threads {
  std::mutex mutex;
  std::atomic<int> count{tbb::info::default_concurrency()};
  std::unique_ptr<tbb::global_control> raised;  // oneTBB's own cap, where more are asked for than there are cores
  // One for every number asked for, and kept: an old one may still be running other callers' work.
  std::map<int, tbb::task_arena> arenas;

  Threads() { hold_across_fork(ForkRank::settings, mutex); }
};

Threads& threads() {
  // Never destroyed: the arena must outlive every static that still computes at exit.
  static Threads& instance = *new Threads;
  return instance;
}

}  // namespace

int num_threads() { return threads().count.load(std::memory_order_relaxed); }

void set_num_threads(int n) {
  if (n < 1) fail("set_num_threads(", n, "): at least one thread is needed; 1 runs everything on the caller's");
  if (n > kMostThreads)
    fail("set_num_threads(", n, "): at most ", kMostThreads, " threads; this machine runs ",
         tbb::info::default_concurrency(), " at once, and more only wait for each other");
  Threads& t = threads();
  const std::lock_guard lock(t.mutex);
  if (n == t.count.load()) return;
  if (n > tbb::info::default_concurrency())
    t.raised = std::make_unique<tbb::global_control>(tbb::global_control::max_allowed_parallelism, n);
  t.count.store(n);
}

void parallel_for(std::int64_t n, FunctionRef<void(std::int64_t)> body) {
  // A forked child has none of the pool's threads: it would wait for them for ever.
  if (n <= 1 || num_threads() == 1 || is_forked()) {
    for (std::int64_t i = 0; i < n; ++i) body(i);
    return;
  }
  Threads& t = threads();
  tbb::task_arena* arena;
  {
    const std::lock_guard lock(t.mutex);
    const int n_threads = t.count.load(std::memory_order_relaxed);
    arena = &t.arenas.try_emplace(n_threads, n_threads).first->second;
  }
  // isolate: while it waits, this thread must not pick up an outer task that holds our buffers.
  arena->execute([&] {
    tbb::this_task_arena::isolate([&] {
      tbb::parallel_for(
          std::int64_t{0}, n, [&](std::int64_t i) { body(i); }, tbb::simple_partitioner());
    });
  });
}

}  // namespace ricci
