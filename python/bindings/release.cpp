// Owners of foreign memory that were let go of without the interpreter's lock wait here for it.
#include <atomic>
#include <mutex>
#include <vector>

#include "checked.h"
#include "common.h"
#include "ricci/base/at_fork.h"

namespace ricci::python {
namespace {

struct Release {
  void (*call)(void*);
  void* what;
};

struct Waiting {
  std::mutex mutex;           // never held while Python code runs
  std::vector<Release> list;  // with room for all that are expected
  std::atomic<bool> any{false};
  std::atomic<std::size_t> expected{0}, room{0};

  Waiting() { hold_across_fork(ForkRank::releases, mutex); }
};

// Never destroyed: storages may be released by other threads while the process ends.
Waiting& waiting() {
  static auto* all = new Waiting;
  return *all;
}

int run_pending(void*) {
  run_releases();
  return 0;
}

}  // namespace

void expect_release() {
  Waiting& all = waiting();
  if (all.expected.fetch_add(1, std::memory_order_relaxed) < all.room.load(std::memory_order_acquire)) return;
  const std::lock_guard lock(all.mutex);
  all.list.reserve(2 * all.expected.load(std::memory_order_relaxed) + 16);
  all.room.store(all.list.capacity(), std::memory_order_release);
}

void release_with_lock(void (*call)(void*), void* what) {
  if (!Py_IsInitialized()) return;  // the interpreter is gone, and its objects with it
  if (PyGILState_Check()) {
    waiting().expected.fetch_sub(1, std::memory_order_relaxed);
    call(what);
    return;
  }
  {
    const std::lock_guard lock(waiting().mutex);
    waiting().list.push_back({call, what});
  }
  waiting().any.store(true, std::memory_order_release);
  Py_AddPendingCall(run_pending, nullptr);  // a full queue is no loss: every call into Ricci looks too
}

void run_releases() {
  Waiting& all = waiting();
  while (all.any.load(std::memory_order_acquire)) {
    Release next{};
    {
      const std::lock_guard lock(all.mutex);
      if (all.list.empty()) return;  // another thread was here first
      next = all.list.back();
      all.list.pop_back();
      all.any.store(!all.list.empty(), std::memory_order_release);
    }
    all.expected.fetch_sub(1, std::memory_order_relaxed);
    next.call(next.what);
  }
}

}  // namespace ricci::python
