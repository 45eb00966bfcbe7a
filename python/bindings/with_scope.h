// With-statements of Python around scopes of C++. A scope belongs to the thread that entered it; Python may leave it in
// another order than it was entered (generators, coroutines), from several threads at once (one object as a decorator),
// or on another thread, which is an error.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "common.h"

namespace ricci::python {

template <class Scope>
class WithScope {
 public:
  explicit WithScope(const char* name) : name_(name) {}
  WithScope(const WithScope&) = delete;
  WithScope& operator=(const WithScope&) = delete;
  /// What this thread has not left ends here; what others have not, with their thread.
  ~WithScope() {
    while (end_last()) {
    }
  }

  template <class... Args>
  void enter(Args&&... args) {
    mine().push_back({id_, std::make_unique<Scope>(std::forward<Args>(args)...)});
    ++entered_;
  }

  /// Throws Error for a scope that this thread has not entered.
  void leave() {
    if (!end_last())
      fail<Error>(name_, entered_ > 0 ? " was entered on another thread, where it still holds, and can't be left on "
                                        "this one\n  enter and leave it on one thread, between two yields or awaits"
                                      : " is left without being entered\n  use it in a with-statement");
    --entered_;
  }

 private:
  struct Entry {
    std::uint64_t owner;
    std::unique_ptr<Scope> scope;
  };

  static std::vector<Entry>& mine() {
    thread_local std::vector<Entry> entries;
    return entries;
  }

  static std::uint64_t next_id() {
    static std::atomic<std::uint64_t> counter{0};
    return counter.fetch_add(1, std::memory_order_relaxed);
  }

  bool end_last() {
    std::vector<Entry>& entries = mine();
    for (auto entry = entries.end(); entry != entries.begin();) {
      if ((--entry)->owner != id_) continue;
      entries.erase(entry);
      return true;
    }
    return false;
  }

  const char* name_;
  std::uint64_t id_ = next_id();  // an address could be in use again
  std::atomic<std::int64_t> entered_{0};
};

}  // namespace ricci::python
