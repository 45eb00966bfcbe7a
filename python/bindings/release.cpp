// Owners of foreign memory that were let go of without the interpreter's lock wait here for it.
#include <atomic>
#include <mutex>
#include <vector>

#include "common.h"
#include "ricci/base/at_fork.h"

namespace ricci::python {
namespace {

struct Release {
  void (*call)(void*);
  void* what;
};

struct Waiting {
  std::mutex mutex;  // never held while Python code runs
  std::vector<Release> list;
  std::atomic<bool> any{false};

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

void release_with_lock(void (*call)(void*), void* what) {
  if (!Py_IsInitialized()) return;  // the interpreter is gone, and its objects with it
  if (PyGILState_Check()) {
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
  if (!waiting().any.load(std::memory_order_acquire)) return;
  std::vector<Release> list;
  {
    const std::lock_guard lock(waiting().mutex);
    list.swap(waiting().list);
    waiting().any.store(false, std::memory_order_release);
  }
  for (const Release& release : list) release.call(release.what);
}

}  // namespace ricci::python
