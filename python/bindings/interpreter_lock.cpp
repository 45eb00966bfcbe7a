#include "interpreter_lock.h"

#include <chrono>
#include <thread>

namespace ricci::python {
namespace {

bool interpreter_ends() {
#if PY_VERSION_HEX >= 0x030D0000
  return Py_IsFinalizing();
#else
  return _Py_IsFinalizing();
#endif
}

// PyGILState_Check() says yes to everybody once the interpreter is gone.
bool has_lock() {
#if PY_VERSION_HEX >= 0x030D0000
  const PyThreadState* owner = PyThreadState_GetUnchecked();
#else
  const PyThreadState* owner = _PyThreadState_UncheckedGet();
#endif
  return owner && owner == PyGILState_GetThisThreadState();
}

// Whether it is this thread that ends the interpreter: the only one that has the lock meanwhile.
thread_local bool ends_it = false;

void notice_end() {
  if (interpreter_ends() && has_lock()) ends_it = true;
}

void stop_if_left_behind() {
  if (!ends_it && (interpreter_ends() || !Py_IsInitialized())) stop_thread();
}

}  // namespace

void stop_thread() noexcept {
  for (;;) std::this_thread::sleep_for(std::chrono::hours(1));
}

Unlocked::Unlocked() {
  notice_end();
  state_ = PyEval_SaveThread();
}

Unlocked::~Unlocked() {
  stop_if_left_behind();
  in_python([&] { PyEval_RestoreThread(state_); });
  run_releases();
}

Locked::Locked() {
  notice_end();
  stop_if_left_behind();
  state_ = in_python([] { return PyGILState_Ensure(); });
}

}  // namespace ricci::python
