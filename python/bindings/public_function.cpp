#include "public_function.h"

#include <structmember.h>

#include "wrong_call.h"

namespace ricci::python {
namespace {

struct Function {
  PyObject_HEAD vectorcallfunc call;  // where CPython looks for what a call runs
  PyObject* bound;                    // nanobind's function
  vectorcallfunc bound_call;          // and what a call of that runs
  PyObject* weak_references;
};

Function* function_in(PyObject* object) { return reinterpret_cast<Function*>(object); }

PyObject* call(PyObject* self, PyObject* const* arguments, std::size_t count, PyObject* names) {
  const Function* f = function_in(self);
  PyObject* result = f->bound_call(f->bound, arguments, count, names);
  if (result == Py_NotImplemented) return check_declined(result, {arguments, count, names});
  if (!result && PyErr_ExceptionMatches(PyExc_TypeError)) explain({arguments, count, names});
  return result;
}

PyObject* bind(PyObject* self, PyObject* object, PyObject*) {
  return object ? PyMethod_New(self, object) : Py_NewRef(self);
}

PyObject* attribute_of_bound(PyObject* self, void* name) {
  return PyObject_GetAttrString(function_in(self)->bound, static_cast<const char*>(name));
}

// Pickled as the name in its module.
PyObject* reduce(PyObject* self, PyObject*) { return PyObject_GetAttrString(self, "__qualname__"); }

int traverse(PyObject* self, visitproc visit, void* arg) {
  Py_VISIT(Py_TYPE(self));
  Py_VISIT(function_in(self)->bound);
  return 0;
}

int clear(PyObject* self) {
  Py_CLEAR(function_in(self)->bound);
  return 0;
}

void deallocate(PyObject* self) {
  PyTypeObject* type = Py_TYPE(self);
  PyObject_GC_UnTrack(self);
  PyObject_ClearWeakRefs(self);
  clear(self);
  PyObject_GC_Del(self);
  Py_DECREF(type);
}

PyMemberDef members[] = {{"__vectorcalloffset__", T_PYSSIZET, offsetof(Function, call), READONLY, nullptr},
                         {"__weaklistoffset__", T_PYSSIZET, offsetof(Function, weak_references), READONLY, nullptr},
                         {}};
PyGetSetDef attributes[] = {{"__name__", attribute_of_bound, nullptr, nullptr, const_cast<char*>("__name__")},
                            {"__qualname__", attribute_of_bound, nullptr, nullptr, const_cast<char*>("__qualname__")},
                            {"__doc__", attribute_of_bound, nullptr, nullptr, const_cast<char*>("__doc__")},
                            {}};
PyMethodDef methods[] = {{"__reduce__", reduce, METH_NOARGS, nullptr}, {}};

nb::object make_type(const char* name, bool is_method) {
  PyType_Slot slots[] = {{Py_tp_call, reinterpret_cast<void*>(PyVectorcall_Call)},
                         {Py_tp_members, members},
                         {Py_tp_getset, attributes},
                         {Py_tp_methods, methods},
                         {Py_tp_traverse, reinterpret_cast<void*>(traverse)},
                         {Py_tp_clear, reinterpret_cast<void*>(clear)},
                         {Py_tp_dealloc, reinterpret_cast<void*>(deallocate)},
                         {is_method ? Py_tp_descr_get : 0, reinterpret_cast<void*>(bind)},
                         {0, nullptr}};
  const unsigned long flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL |
                              Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE |
                              (is_method ? Py_TPFLAGS_METHOD_DESCRIPTOR : 0);
  PyType_Spec spec{name, sizeof(Function), 0, static_cast<unsigned>(flags), slots};
  nb::object type = nb::steal(PyType_FromSpec(&spec));
  if (!type.is_valid()) nb::raise_python_error();
  return type;
}

// As long as the interpreter.
struct Types {
  nb::object function = make_type("ricci._core.function", false), method = make_type("ricci._core.method", true);

  static const Types& all() {
    static const Types& types = *new Types;
    return types;
  }
};

bool is_bound_by_nanobind(nb::handle object) {
  const std::string_view type = Py_TYPE(object.ptr())->tp_name;
  return type == "nanobind.nb_func" || type == "nanobind.nb_method";
}

nb::object around_function(nb::handle bound, const Types& types) {
  const bool is_method = PyType_HasFeature(Py_TYPE(bound.ptr()), Py_TPFLAGS_METHOD_DESCRIPTOR);
  auto* type = reinterpret_cast<PyTypeObject*>((is_method ? types.method : types.function).ptr());
  Function* f = PyObject_GC_New(Function, type);
  if (!f) nb::raise_python_error();
  f->call = call;
  f->bound = bound.inc_ref().ptr();
  f->bound_call = PyVectorcall_Function(f->bound);
  f->weak_references = nullptr;
  PyObject_GC_Track(f);
  return nb::steal(reinterpret_cast<PyObject*>(f));
}

// What shall stand in the object's place; nothing where it may stay.
nb::object around(nb::handle object, const Types& types) {
  if (is_bound_by_nanobind(object)) return around_function(object, types);
  if (!Py_IS_TYPE(object.ptr(), &PyProperty_Type)) return {};
  const auto accessor = [&](const char* name) {
    const nb::object f = object.attr(name);
    return is_bound_by_nanobind(f) ? around_function(f, types) : f;
  };
  return nb::handle(reinterpret_cast<PyObject*>(&PyProperty_Type))(accessor("fget"), accessor("fset"), nb::none(),
                                                                   object.attr("__doc__"));
}

void show_members(nb::handle scope, const Types& types) {
  for (auto [name, member] : nb::borrow<nb::dict>(scope.attr("__dict__").attr("copy")()))
    if (const nb::object shown = around(member, types); shown.is_valid()) nb::setattr(scope, name, shown);
}

}  // namespace

PyType_Slot constructor_slots[] = {{kTypeVectorcall, reinterpret_cast<void*>(construct_object)}, {0, nullptr}};

PyObject* construct_object(PyObject* type, PyObject* const* arguments, std::size_t count, PyObject* names) noexcept {
  try {
    static PyObject* const init_name = PyUnicode_InternFromString("__init__");
    const nb::object init = nb::steal(PyObject_GetAttr(type, init_name));
    nb::object self = nb::inst_alloc(type);
    if (!init.is_valid() || !self.is_valid()) return nullptr;
    const std::size_t given = static_cast<std::size_t>(PyVectorcall_NARGS(count)),
                      named = names ? static_cast<std::size_t>(PyTuple_GET_SIZE(names)) : 0;
    SmallVector<PyObject*, 8> all;
    all.push_back(self.ptr());
    for (std::size_t i = 0; i < given + named; ++i) all.push_back(arguments[i]);
    const nb::object done = nb::steal(PyObject_Vectorcall(init.ptr(), all.data(), given + 1, names));
    return done.is_valid() ? self.release().ptr() : nullptr;
  } catch (const std::exception& error) {
    PyErr_SetString(PyExc_MemoryError, error.what());
    return nullptr;
  }
}

nb::object show_function(nb::handle bound) { return around_function(bound, Types::all()); }

void show_functions(nb::module_& m) {
  const Types& types = Types::all();
  show_members(m, types);
  for (nb::handle item : nb::borrow<nb::dict>(m.attr("__dict__")).values())
    if (PyType_Check(item.ptr())) show_members(item, types);
}

}  // namespace ricci::python
