// Sequential and ModuleList: modules in a row.
#include "nn.h"

namespace ricci::python {
namespace {

using namespace nn;

// Every module keeps its Python object: nb::cast of a ModuleRef gives that one back.
std::vector<ModuleRef> modules_from(nb::handle sequence, const char* what) {
  std::vector<ModuleRef> out;
  for (nb::handle item : items_from(sequence, what)) {
    if (!nb::isinstance<Module>(item))
      fail<DTypeError>(what, ": item ", static_cast<unsigned long>(out.size()), " is no Module but of type ",
                       nb::type_name(item.type()).c_str());
    out.push_back(module_from(item, what));
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
  const nb::list all = objects_of(self);
  if (PySlice_Check(key.ptr())) {
    const nb::object found = nb::steal(PyObject_GetItem(all.ptr(), key.ptr()));
    if (!found.is_valid()) nb::raise_python_error();
    return nb::cast(std::make_shared<M>(modules_from(found, "slice")));
  }
  if (!PyIndex_Check(key.ptr())) fail<DTypeError>("index: ", repr_of(key), " is neither a whole number nor a slice");
  const auto count = static_cast<Py_ssize_t>(all.size()), position = PyNumber_AsSsize_t(key.ptr(), nullptr);
  if (position == -1 && PyErr_Occurred()) nb::raise_python_error();
  if (position < -count || position >= count)
    fail<IndexError>("index ", str_of(key), " is out of range for ", count, count == 1 ? " module" : " modules");
  return all[static_cast<std::size_t>(position < 0 ? position + count : position)];
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
