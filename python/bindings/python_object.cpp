#include "python_object.h"

#include <atomic>

#include "checked.h"

namespace ricci::python {
namespace {

std::atomic<std::int64_t> alive{0};

void drop(void* object) { Py_DECREF(static_cast<PyObject*>(object)); }

}  // namespace

PythonObject::PythonObject(nb::handle object) : object_(object) {
  expect_release();
  object_.inc_ref();
  alive.fetch_add(1, std::memory_order_relaxed);
}

void PythonObject::let_go() {
  if (!object_.is_valid()) return;
  alive.fetch_sub(1, std::memory_order_relaxed);
  release_with_lock(drop, std::exchange(object_, {}).ptr());
}

std::int64_t PythonObject::count() { return alive.load(std::memory_order_relaxed); }

}  // namespace ricci::python
