#include "mirror.h"

#include <memory>

#include "python_object.h"

namespace ricci::python {
namespace {

Mirror* mirror_in(PyObject* self) { return reinterpret_cast<Mirror*>(self); }

int traverse_mirror(PyObject* self, visitproc visit, void* arg) {
  Py_VISIT(Py_TYPE(self));
  const Mirror& mirror = *mirror_in(self);
  if (const auto* python = dynamic_cast<const PythonObject*>(mirror.object)) Py_VISIT(python->get().ptr());
  for (Mirror* below : *mirror.owned)
    if (below->holds()) Py_VISIT(below->base());
  return 0;
}

// Every cycle of both languages passes through a Python object that C++ keeps.
int clear_mirror(PyObject* self) {
  auto* object = const_cast<RefCounted*>(mirror_in(self)->object);
  if (auto* python = dynamic_cast<PythonObject*>(object)) python->let_go();
  return 0;
}

void deallocate_mirror(PyObject* self) {
  PyTypeObject* type = Py_TYPE(self);
  PyObject_GC_UnTrack(self);
  mirror_in(self)->object->release();
  delete mirror_in(self)->owned;
  PyObject_GC_Del(self);
  Py_DECREF(type);
}

PyTypeObject* mirror_type() {
  static PyTypeObject* const type = [] {
    PyType_Slot slots[] = {{Py_tp_traverse, reinterpret_cast<void*>(traverse_mirror)},
                           {Py_tp_clear, reinterpret_cast<void*>(clear_mirror)},
                           {Py_tp_dealloc, reinterpret_cast<void*>(deallocate_mirror)},
                           {0, nullptr}};
    constexpr unsigned flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION;
    PyType_Spec spec{"ricci._core._Mirror", sizeof(Mirror), 0, flags, slots};
    PyObject* made = PyType_FromSpec(&spec);
    if (!made) nb::raise_python_error();
    return reinterpret_cast<PyTypeObject*>(made);
  }();
  return type;
}

}  // namespace

Mirror* make_mirror(const RefCounted* object) {
  auto owned = std::make_unique<std::vector<Mirror*>>();
  auto* mirror = PyObject_GC_New(Mirror, mirror_type());
  if (!mirror) nb::raise_python_error();
  object->retain();
  mirror->object = object;
  mirror->owners = object->owners();
  mirror->owned = owned.release();
  PyObject_GC_Track(mirror);
  return mirror;
}

}  // namespace ricci::python
