// The interpreter's lock: letting go of it, taking it, and running Python code with it from C++. A thread that the
// interpreter leaves behind as it ends (a daemon thread) is ended by CPython before 3.14 wherever it next waits for the
// lock, by unwinding its stack; through frames of C++ that would end the process. Such a thread stops here for good.
#pragma once

#include <Python.h>

#include <version>
#if __has_include(<cxxabi.h>)
#include <cxxabi.h>
#endif

namespace ricci::python {

/// Never returns.
[[noreturn]] void stop_thread() noexcept;

/// f(), which may wait for the lock or run Python code.
template <class F>
auto in_python(F&& f) {
#if defined(__GLIBCXX__) && defined(__GLIBC__)
  try {
    return f();
  } catch (abi::__forced_unwind&) {
    stop_thread();
  }
#else
  return f();
#endif
}

/// Runs what was put off until a thread has the lock; see release_with_lock().
void run_releases();

/// While it lives, this thread runs without the interpreter's lock.
class Unlocked {
 public:
  Unlocked();
  ~Unlocked();
  Unlocked(const Unlocked&) = delete;
  Unlocked& operator=(const Unlocked&) = delete;

 private:
  PyThreadState* state_;
};

/// f() without the interpreter's lock. f must own what it reads: handles by value, no Python object.
template <class F>
auto unlocked(F&& f) {
  const Unlocked scope;
  return f();
}

/// While it lives, this thread has the interpreter's lock; whether it had it before or not.
class Locked {
 public:
  Locked();
  ~Locked() { PyGILState_Release(state_); }
  Locked(const Locked&) = delete;
  Locked& operator=(const Locked&) = delete;

 private:
  PyGILState_STATE state_;
};

}  // namespace ricci::python
