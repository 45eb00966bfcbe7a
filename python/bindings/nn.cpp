// Module for Python: what it lists, saves, converts and prints. Its attributes are in module_attributes.cpp.
#include "nn.h"

#include "garbage.h"
#include "public_function.h"

namespace ricci::python {

using nn::Module;

Module& module_in(nb::handle self) {
  if (!nb::inst_ready(self))
    fail<Error>("this module was never initialised\n  call super().__init__() first in its __init__");
  return *nb::inst_ptr<Module>(self);
}

ModuleRef module_from(nb::handle object, const char* what) {
  if (!nb::isinstance<Module>(object))
    fail<DTypeError>(what, ": a Module is needed, not an object of type ", nb::type_name(object.type()).c_str());
  module_in(object);
  return nb::cast<ModuleRef>(object);  // every module keeps its Python object
}

Tensor forward_result(nb::handle self, nb::handle result) {
  if (const Tensor* tensor = tensor_in(result)) return *tensor;
  fail<DTypeError>(nb::type_name(self.type()).c_str(), ".forward() returned an object of type ",
                   nb::type_name(result.type()).c_str(), " where a Tensor is needed");
}

namespace {

nb::list children(nb::handle self) {
  nb::list out;
  for (const auto& [name, child] : module_in(self).named_children()) out.append(nb::cast(child));
  return out;
}

void add_modules(nb::handle self, nb::list& out) {
  for (nb::handle known : out)
    if (known.is(self)) return;
  out.append(self);
  for (nb::handle child : children(self)) add_modules(child, out);
}

nb::list modules(nb::handle self) {
  nb::list out;
  add_modules(self, out);
  return out;
}

nb::object apply_function(nb::handle self, nb::handle f) {
  for (nb::handle child : children(self)) apply_function(child, f);
  in_python([&] { f(self); });
  return nb::borrow(self);
}

nb::object convert(nb::handle self, nb::handle target) {
  Module& module = module_in(self);
  std::visit([&](auto where) { module.to(where); }, target_from(target));
  objects(self, module.named_parameters());  // brings the objects that callers hold up to date
  objects(self, module.named_buffers());
  return nb::borrow(self);
}

nb::dict state_of(nb::handle self) {
  nb::dict out;
  for (const nn::NamedTensor& item : module_in(self).state_dict()) out[text_of(item.name)] = to_python(item.tensor);
  return out;
}

nn::LoadReport load_state(nb::handle self, nb::handle state, bool strict) {
  if (!PyDict_Check(state.ptr()))
    fail<DataError>("load_state_dict: a dict from name to tensor is needed, not an object of type ",
                    nb::type_name(state.type()).c_str());
  nn::StateDict entries;
  for (auto [name, value] : nb::borrow<nb::dict>(state))
    entries.push_back({string_from(name, "state"), as_tensor(value)});
  Module& module = module_in(self);
  return unlocked([&] { return module.load_state_dict(entries, strict); });
}

nb::object call_forward(nb::handle self, const nb::args& args, const nb::kwargs& kwargs) {
  module_in(self);
  if (!nb::hasattr(self.type(), "forward") && !nb::hasattr(self, "forward"))
    fail<Error>("the class ", class_of(self), " has no forward(), which calling a module calls",
                "\n  write def forward(self, ...) in it");
  return in_python([&] { return self.attr("forward")(*args, **kwargs); });
}

// "weight: (2, 3), mean: float64 (3,)": the tensors of this module alone.
std::string tensors_text(const Module& module) {
  std::string out;
  for (const std::vector<nn::NamedTensor>& all : {module.named_parameters(), module.named_buffers()})
    for (const auto& [name, x] : all)
      if (name.find('.') == name.npos)  // the others belong to children
        out += concat(out.empty() ? "" : ", ", name, ": ", x.dtype() == DType::f32 ? "" : concat(x.dtype(), " "),
                      x.shape());
  return out;
}

// The class with its tensors, and below it every child by name, two blanks further in.
std::string represent(nb::handle self) {
  std::string text = class_of(self) + "(";
  if (!nb::inst_ready(self)) return text + "never initialised)";
  const auto all = module_in(self).named_children();
  const std::string own = tensors_text(module_in(self));
  if (all.empty()) return concat(text, own, ")");
  if (!own.empty()) text += concat("\n  ", own);
  for (const auto& [name, child] : all) {
    const std::string below = repr_of(nb::cast(child));
    text += concat("\n  (", name, "): ");
    for (const char c : below) text += c == '\n' ? std::string("\n  ") : std::string(1, c);
  }
  return text + "\n)";
}

nb::list names(const std::vector<std::string>& all) {
  nb::list out;
  for (const std::string& name : all) out.append(text_of(name));
  return out;
}

// Children are owned in C++, where Python's garbage collector would not see them. Every cycle passes through some
// module's attributes or a Python object that C++ keeps, so clearing those breaks it.
int traverse(PyObject* self, visitproc visit, void* arg) {
  Py_VISIT(Py_TYPE(self));
  if (PyObject** attributes = _PyObject_GetDictPtr(self)) Py_VISIT(*attributes);
  int result = 0;
  if (nb::inst_ready(self))
    nb::inst_ptr<Module>(self)->visit_children([&](const Module& child) {
      const nb::object object = nb::find(child);
      if (result == 0 && object.is_valid()) result = visit(object.ptr(), arg);
    });
  return result ? result : traverse_owned(self, visit, arg);
}

int clear(PyObject* self) {
  if (PyObject** attributes = _PyObject_GetDictPtr(self)) Py_CLEAR(*attributes);
  return 0;
}

void define_listing(ModuleClass& c) {
  c.def(
      "parameters", [](nb::handle self) { return objects(self, module_in(self).named_parameters()); },
      nb::sig("def parameters(self) -> list[Tensor]"),
      "The trained tensors of this module and its children, each once.");
  c.def(
      "named_parameters", [](nb::handle self) { return named_objects(self, module_in(self).named_parameters()); },
      nb::sig("def named_parameters(self) -> list[tuple[str, Tensor]]"), "The same with names like 'layer.weight'.");
  c.def(
      "buffers", [](nb::handle self) { return objects(self, module_in(self).named_buffers()); },
      nb::sig("def buffers(self) -> list[Tensor]"), "The buffers of this module and its children, each once.");
  c.def(
      "named_buffers", [](nb::handle self) { return named_objects(self, module_in(self).named_buffers()); },
      nb::sig("def named_buffers(self) -> list[tuple[str, Tensor]]"), "The same with their names.");
  c.def("children", children, nb::sig("def children(self) -> list[Module]"), "The modules directly inside this one.");
  c.def(
      "named_children",
      [](nb::handle self) {
        nb::list out;
        for (const auto& [name, child] : module_in(self).named_children())
          out.append(nb::make_tuple(text_of(name), nb::cast(child)));
        return out;
      },
      nb::sig("def named_children(self) -> list[tuple[str, Module]]"), "The same with their names.");
  c.def("modules", modules, nb::sig("def modules(self) -> list[Module]"), "This module and all inside it, each once.");
}

void define_state(ModuleClass& c) {
  c.def("state_dict", state_of, nb::sig("def state_dict(self) -> dict[str, Tensor]"),
        "Parameters and persistent buffers by name; they share the module's memory.");
  c.def(
      "load_state_dict", load_state, "state"_a, "strict"_a = true,
      nb::sig("def load_state_dict(self, state: typing.Mapping[str, TensorLike], strict: bool = True) -> LoadReport"),
      "Copies values in. With strict, one DataError lists every missing, unexpected or misshapen name, and nothing is\n"
      "changed; without, the report lists what was missing and unexpected.");
  c.def("to", convert, "target"_a, nb::sig("def to(self, target: DTypeLike) -> Module"),
        "Converts floating parameters and buffers to a dtype, or moves all to a device. Returns the module.");
  c.def(
      "train",
      [](nb::handle self, bool on) {
        module_in(self).train(on);
        return nb::borrow(self);
      },
      "on"_a = true, nb::sig("def train(self, on: bool = True) -> Module"), "Sets training here and in all children.");
  c.def(
      "eval",
      [](nb::handle self) {
        module_in(self).eval();
        return nb::borrow(self);
      },
      nb::sig("def eval(self) -> Module"), "train(False).");
  c.def_prop_ro("training", &Module::training, "Whether the module is in training.");
  c.def("zero_grad", &Module::zero_grad, "Forgets the parameters' gradients.");
  c.def("apply", apply_function, "f"_a, nb::sig("def apply(self, f: typing.Callable[[Module], object]) -> Module"),
        "Calls f on every module inside, children first, then on this one. Returns the module.");
}

}  // namespace

PyType_Slot module_slots[] = {{Py_tp_traverse, reinterpret_cast<void*>(traverse)},
                              {Py_tp_clear, reinterpret_cast<void*>(clear)},
                              {kTypeVectorcall, reinterpret_cast<void*>(construct_object)},
                              {0, nullptr}};

void bind_nn(nb::module_& m) {
  nb::class_<nn::LoadReport>(m, "LoadReport", "What load_state_dict found that did not fit.")
      .def_prop_ro(
          "missing", [](const nn::LoadReport& r) { return names(r.missing); },
          nb::sig("def missing(self) -> list[str]"), "Names of the module that the state has not.")
      .def_prop_ro(
          "unexpected", [](const nn::LoadReport& r) { return names(r.unexpected); },
          nb::sig("def unexpected(self) -> list[str]"), "Names of the state that the module has not.")
      .def(
          "__repr__",
          [](const nn::LoadReport& r) {
            return text_of(concat("LoadReport(missing=", repr_of(names(r.missing)),
                                  ", unexpected=", repr_of(names(r.unexpected)), ")"));
          },
          nb::sig("def __repr__(self) -> str"));
  ModuleClass c(
      m, "Module", nb::dynamic_attr(), nb::is_weak_referenceable(), nb::type_slots(module_slots),
      "Parameters, buffers and children under names. Subclasses write forward(); calling the module calls it.\n\n"
      "Assigning a Parameter or a Module to an attribute registers it; register_buffer() keeps a tensor that is saved\n"
      "and moved but not trained; any other attribute is plain Python.\n\n"
      ">>> class Scale(ricci.nn.Module):\n"
      "...     def __init__(self):\n"
      "...         super().__init__()\n"
      "...         self.weight = ricci.nn.Parameter([2.0, 3.0])\n"
      "...         self.register_buffer('mean', ricci.zeros(2))\n"
      "...     def forward(self, x):\n"
      "...         return self.weight * (x - self.mean)\n"
      ">>> Scale()(ricci.ones(2))\nTensor([2.0, 3.0], grad=None)\n"
      ">>> list(Scale().state_dict())\n['weight', 'mean']");
  c.def("__init__", [](nb::pointer_and_handle<Module> self) { construct<Module>(self); });
  collect_through(c, [](nb::handle self, OwnedVisitor visit) {
    nb::inst_ptr<Module>(self)->visit_own_tensors([&](const Tensor& t) { visit(t.impl().get()); });
  });
  define_registration(c);
  define_listing(c);
  define_state(c);
  c.def("__call__", call_forward, nb::sig("def __call__(self, *args: typing.Any, **kwargs: typing.Any) -> typing.Any"));
  c.def(
      "__repr__", [](nb::handle self) { return text_of(represent(self)); }, nb::sig("def __repr__(self) -> str"));
  bind_layers(m);
  bind_containers(m);
  bind_functional(m);
  bind_losses(m);
  bind_init(m);
  bind_optim(m);
}

}  // namespace ricci::python
