// Sequential and ModuleList: modules in a row.
#include "nn.h"

namespace ricci::python {
namespace {

using namespace nn;

// Every module keeps its Python object: nb::cast of a ModuleRef gives that one back.
std::vector<ModuleRef> modules_from(nb::handle sequence, const char* what) {
  std::vector<ModuleRef> out;
  for (nb::handle item : nb::iter(sequence)) {
    if (!nb::isinstance<Module>(item))
      fail<DTypeError>(what, ": item ", static_cast<unsigned long>(out.size()), " is no Module but of type ",
                       nb::type_name(item.type()).c_str());
    module_in(item);
    out.push_back(nb::cast<ModuleRef>(item));
  }
  return out;
}

nb::list objects_of(const ModuleList& list) {
  nb::list out;
  for (const auto& [name, module] : list.named_children()) out.append(nb::cast(module));
  return out;
}

// A slice is a container of the same kind with the same modules.
template <class M>
nb::object item(const M& self, nb::handle key) {
  const nb::object found = nb::steal(PyObject_GetItem(objects_of(self).ptr(), key.ptr()));
  if (!found.is_valid()) nb::raise_python_error();
  if (!PyList_Check(found.ptr())) return found;
  return nb::cast(std::make_shared<M>(modules_from(found, "slice")));
}

template <class C>
void define_list(C& c, const char* name) {
  using M = typename C::Type;
  c.def("__len__", &ModuleList::size, nb::sig("def __len__(self) -> int"));
  c.def("__getitem__", item<M>, "key"_a, nb::sig("def __getitem__(self, key: int | slice) -> typing.Any"));
  c.def(
      "__iter__", [](const M& self) { return nb::iter(objects_of(self)); },
      nb::sig("def __iter__(self) -> typing.Iterator[typing.Any]"));
  c.def(
      "append",
      [](nb::handle self, nb::handle module) {
        nb::cast<M&>(self).append(modules_from(nb::make_tuple(module), "append")[0]);
        return nb::borrow(self);
      },
      "module"_a, nb::sig(concat("def append(self, module: Module) -> ", name).c_str()),
      "Adds a module at the end. Returns the container.");
  c.def(
      "extend",
      [](nb::handle self, nb::handle modules) {
        for (const ModuleRef& module : modules_from(modules, "extend")) nb::cast<M&>(self).append(module);
        return nb::borrow(self);
      },
      "modules"_a, nb::sig(concat("def extend(self, modules: typing.Iterable[Module]) -> ", name).c_str()),
      "Adds modules at the end. Returns the container.");
}

}  // namespace

void bind_containers(nb::module_& m) {
  LayerClass<ModuleList> list(m, "ModuleList", nb::type_slots(module_slots),
                              "Modules in a row, under the names '0', '1', ...\n\n"
                              ">>> layers = ricci.nn.ModuleList([ricci.nn.Linear(2, 2) for _ in range(3)])\n"
                              ">>> len(layers), len(layers.parameters())\n(3, 6)");
  list.def(
      "__init__",
      [](nb::pointer_and_handle<ModuleList> self, nb::handle modules) {
        construct(self, modules.is_none() ? std::vector<ModuleRef>() : modules_from(modules, "ModuleList"));
      },
      "modules"_a = nb::none(), nb::sig("def __init__(self, modules: typing.Iterable[Module] | None = None) -> None"));
  define_list(list, "ModuleList");

  LayerClass<Sequential, ModuleList> row(
      m, "Sequential", nb::type_slots(module_slots),
      "Modules one after the other: each takes what the one before it gives.\n\n"
      ">>> model = ricci.nn.Sequential(ricci.nn.Linear(2, 8), ricci.nn.Tanh(), ricci.nn.Linear(8, 1))\n"
      ">>> model(ricci.ones(5, 2)).shape\n(5, 1)\n>>> list(model.state_dict())\n"
      "['0.weight', '0.bias', '2.weight', '2.bias']");
  row.def(
      "__init__",
      [](nb::pointer_and_handle<Sequential> self, const nb::args& modules) {
        construct(self, modules_from(modules, "Sequential"));
      },
      "modules"_a, nb::sig("def __init__(self, *modules: Module) -> None"));
  define_list(row, "Sequential");
  row.def(
      "forward",
      [](Sequential& self, nb::handle input) {
        const Tensor x = as_tensor(input);
        return to_python(unlocked([&] { return self.Sequential::forward(x); }));
      },
      "input"_a, nb::sig("def forward(self, input: TensorLike) -> Tensor"), "What the last module gives.");
}

}  // namespace ricci::python
