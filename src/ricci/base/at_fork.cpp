#include "ricci/base/at_fork.h"

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <new>
#include <vector>

#include "ricci/base/error.h"

namespace ricci {
namespace {

struct Locks {
  ForkRank rank;
  std::span<std::mutex> mutexes;
};

struct Registry {
  std::mutex adding;
  std::vector<Locks> by_rank;
  std::vector<std::span<std::mutex>> freed;
  std::atomic<bool> forked{false};

  Registry() {
    if (pthread_atfork(before, after_in_parent, after_in_child) != 0) fail<MemoryError>("no memory is left at all");
  }

  static void before();
  static void after();
  static void after_in_parent() { after(); }
  static void after_in_child();
};

// Never destroyed: a process may fork while it ends.
Registry& registry() {
  static Registry& instance = *new Registry;
  return instance;
}

void Registry::before() {
  Registry& all = registry();
  all.adding.lock();
  for (const Locks& locks : all.by_rank)
    for (std::mutex& mutex : locks.mutexes) mutex.lock();
}

void Registry::after() {
  Registry& all = registry();
  for (const Locks& locks : all.by_rank)
    for (std::mutex& mutex : locks.mutexes) mutex.unlock();
  all.adding.unlock();
}

void Registry::after_in_child() {
  Registry& all = registry();
  all.forked.store(true, std::memory_order_relaxed);
  for (const std::span<std::mutex> mutexes : all.freed)
    for (std::mutex& mutex : mutexes) ::new (&mutex) std::mutex;  // whoever held it is not here
  after();
}

}  // namespace

void hold_across_fork(ForkRank rank, std::span<std::mutex> mutexes) {
  Registry& all = registry();
  const std::lock_guard lock(all.adding);
  for (const Locks& locks : all.by_rank)
    if (locks.mutexes.data() == mutexes.data()) return;
  const auto later = [](ForkRank r, const Locks& locks) { return r < locks.rank; };
  all.by_rank.insert(std::upper_bound(all.by_rank.begin(), all.by_rank.end(), rank, later), {rank, mutexes});
}

void free_in_child(std::span<std::mutex> mutexes) {
  Registry& all = registry();
  const std::lock_guard lock(all.adding);
  all.freed.push_back(mutexes);
}

bool is_forked() { return registry().forked.load(std::memory_order_relaxed); }

}  // namespace ricci
