// optim: the optimisers and the clipping of gradients.
#include "garbage.h"
#include "nn.h"
#include "public_function.h"

namespace ricci::python {
namespace {

using optim::Adam;
using optim::AdamOptions;
using optim::AdamW;
using optim::AdamWOptions;
using optim::Optimizer;
using optim::SGD;
using optim::SGDOptions;

// One tensor, or any iterable of them.
std::vector<Tensor> parameters_from(nb::handle object, const char* what) {
  if (const Tensor* tensor = tensor_in(object)) return {*tensor};
  if (PyCallable_Check(object.ptr()))
    fail<DTypeError>(what, ": a function is no list of parameters\n  call it: model.parameters()");
  std::vector<Tensor> out;
  for (nb::handle item : items_from(object, what)) {
    const Tensor* tensor = tensor_in(item);
    if (!tensor)
      fail<DTypeError>(what, ": parameter ", static_cast<unsigned long>(out.size()), " is no Tensor but of type ",
                       nb::type_name(item.type()).c_str());
    out.push_back(*tensor);
  }
  return out;
}

double number_from(nb::handle object, const char* what) {
  if (PyBool_Check(object.ptr())) return nb::cast<bool>(object) ? 1 : 0;
  return scalar_from(object, what).value.real();
}

std::array<double, 2> betas_from(nb::handle object) {
  if (!PySequence_Check(object.ptr()) || nb::len(object) != 2)
    fail<Error>("betas is a pair of numbers, not ", repr_of(object));
  return {number_from(object[0], "betas"), number_from(object[1], "betas")};
}

bool set_option(SGDOptions& o, const std::string& name, nb::handle value) {
  if (name == "nesterov")
    o.nesterov = number_from(value, "nesterov") != 0;
  else if (name == "lr")
    o.lr = number_from(value, "lr");
  else if (name == "momentum")
    o.momentum = number_from(value, "momentum");
  else if (name == "dampening")
    o.dampening = number_from(value, "dampening");
  else if (name == "weight_decay")
    o.weight_decay = number_from(value, "weight_decay");
  else
    return false;
  return true;
}

// AdamOptions or AdamWOptions.
template <class Options>
bool set_option(Options& o, const std::string& name, nb::handle value) {
  if (name == "betas")
    o.betas = betas_from(value);
  else if (name == "lr")
    o.lr = number_from(value, "lr");
  else if (name == "eps")
    o.eps = number_from(value, "eps");
  else if (name == "weight_decay")
    o.weight_decay = number_from(value, "weight_decay");
  else
    return false;
  return true;
}

// What one group has, to start another from.
void copy_settings(const optim::Settings& s, SGDOptions& o) {
  o = {optim::setting(s, "lr"), optim::setting(s, "momentum"), optim::setting(s, "dampening"),
       optim::setting(s, "weight_decay"), optim::setting(s, "nesterov") != 0};
}
template <class Options>
void copy_settings(const optim::Settings& s, Options& o) {
  o = {optim::setting(s, "lr"),
       {optim::setting(s, "beta1"), optim::setting(s, "beta2")},
       optim::setting(s, "eps"),
       optim::setting(s, "weight_decay")};
}

// A group as a dict: 'params', and what differs from the options of the others.
template <class Options>
struct GivenGroup {
  std::vector<Tensor> parameters;
  Options options;
  GivenGroup(nb::handle object, const Options& others) : options(others) {
    if (!PyDict_Check(object.ptr()))
      fail<DTypeError>("a group of parameters is a dict with 'params', not an object of type ",
                       nb::type_name(object.type()).c_str());
    const nb::dict given = nb::borrow<nb::dict>(object);
    if (!given.contains("params")) fail<Error>("a group of parameters is a dict with 'params'; this one has none");
    for (auto [key, value] : given) {
      const std::string name = string_from(key, "group");
      if (name == "params")
        parameters = parameters_from(value, "params");
      else if (!set_option(options, name, value))
        fail<Error>("a group has no option '", name, "'");
    }
  }
};

// Parameters, or dicts of them with options of their own.
template <class O, class Options>
void make_optimizer(O* self, nb::handle params, const Options& options) {
  const bool list = PyList_Check(params.ptr()) || PyTuple_Check(params.ptr());
  if (!list || nb::len(params) == 0 || !PyDict_Check(nb::object(params[0]).ptr())) {
    new (self) O(parameters_from(params, "params"), options);
    return;
  }
  std::vector<GivenGroup<Options>> groups;
  for (nb::handle group : nb::iter(params)) groups.emplace_back(group, options);
  new (self) O(groups[0].parameters, groups[0].options);
  try {
    for (std::size_t i = 1; i < groups.size(); ++i) self->add_param_group(groups[i].parameters, groups[i].options);
  } catch (...) {
    self->~O();
    throw;
  }
}

// One group, read and changed as a dict is.
struct GroupView {
  nb::object owner;
  std::size_t index;

  Optimizer& optimizer() const { return nb::cast<Optimizer&>(owner); }
  const Optimizer::Group& group() const { return optimizer().groups()[index]; }
  nb::object get(const std::string& name) const {
    if (name == "betas") return nb::make_tuple(get("beta1"), get("beta2"));
    if (name == "params") {
      nb::list out;
      for (const Tensor& p : group().parameters) out.append(to_python(p));
      return out;
    }
    const double value = optim::setting(group().settings, name);
    return name == "nesterov" ? nb::object(nb::bool_(value != 0)) : nb::object(nb::float_(value));
  }
  void set(const std::string& name, nb::handle value) const {
    if (name != "betas") return optimizer().set(index, name, number_from(value, name.c_str()));
    const std::array<double, 2> betas = betas_from(value);
    optimizer().set(index, "beta1", betas[0]);
    optimizer().set(index, "beta2", betas[1]);
  }
  nb::list keys() const {
    nb::list out;
    out.append("params");
    for (const auto& item : group().settings)
      if (item.first == "beta1")
        out.append("betas");
      else if (item.first != "beta2")
        out.append(text_of(item.first));
    return out;
  }
};

int traverse_group(PyObject* self, visitproc visit, void* arg) {
  Py_VISIT(Py_TYPE(self));
  if (nb::inst_ready(self)) Py_VISIT(nb::inst_ptr<GroupView>(self)->owner.ptr());
  return 0;
}

PyType_Slot group_slots[] = {{Py_tp_traverse, reinterpret_cast<void*>(traverse_group)}, {0, nullptr}};

void bind_group(nb::module_& m) {
  nb::class_<GroupView>(m, "ParamGroup", nb::type_slots(group_slots),
                        "Parameters with their settings; group['lr'] = 0.1 changes one.")
      .def(
          "__getitem__", [](const GroupView& g, nb::handle name) { return g.get(string_from(name, "name")); }, "name"_a,
          nb::sig("def __getitem__(self, name: str) -> typing.Any"))
      .def(
          "__setitem__",
          [](const GroupView& g, nb::handle name, nb::handle value) { g.set(string_from(name, "name"), value); },
          "name"_a, "value"_a, nb::sig("def __setitem__(self, name: str, value: typing.Any) -> None"))
      .def("keys", &GroupView::keys, nb::sig("def keys(self) -> list[str]"),
           "The names of the settings, and 'params'.");
}

nn::StateDict state_from(nb::handle state) {
  if (!PyDict_Check(state.ptr()))
    fail<DataError>("load_state_dict: a dict from name to tensor is needed, not an object of type ",
                    nb::type_name(state.type()).c_str());
  nn::StateDict out;
  for (auto [name, value] : nb::borrow<nb::dict>(state)) out.push_back({string_from(name, "state"), as_tensor(value)});
  return out;
}

void visit_parameters(nb::handle self, OwnedVisitor visit) {
  for (const Optimizer::Group& group : nb::inst_ptr<Optimizer>(self)->groups())
    for (const Tensor& parameter : group.parameters) visit(parameter.impl().get());
}

PyType_Slot optimizer_slots[] = {{Py_tp_traverse, reinterpret_cast<void*>(traverse_owner)}, {0, nullptr}};

void bind_optimizer(nb::module_& m) {
  nb::class_<Optimizer> c(
      m, "Optimizer", nb::type_slots(optimizer_slots),
      "What SGD, Adam and AdamW have in common: they change parameters in place by their gradients.");
  collect_through(c, visit_parameters);
  c.def(
      "step",
      [](Optimizer& self, bool allow_unused) {
        unlocked([&] {
          self.step({.allow_unused = allow_unused});
          return 0;
        });
      },
      "allow_unused"_a = false,
      "One step down the gradients that backward() left in .grad.\n\n"
      "Raises GradError, with all weights as they were, for parameters without a gradient; with allow_unused those "
      "are\nleft alone.");
  c.def("zero_grad", &Optimizer::zero_grad, "Forgets the parameters' gradients.");
  c.def_prop_ro(
      "param_groups",
      [](nb::handle self) {
        nb::list out;
        for (std::size_t i = 0; i < nb::cast<Optimizer&>(self).groups().size(); ++i)
          out.append(nb::cast(GroupView{nb::borrow(self), i}));
        return out;
      },
      nb::sig("def param_groups(self) -> list[ParamGroup]"), "The groups; optimizer.param_groups[0]['lr'] = 0.1.");
  c.def(
      "state_dict",
      [](const Optimizer& self) {
        nb::dict out;
        for (const nn::NamedTensor& item : self.state_dict()) out[text_of(item.name)] = to_python(item.tensor);
        return out;
      },
      nb::sig("def state_dict(self) -> dict[str, Tensor]"),
      "What step() goes on from, by name; ricci.save() writes it. The tensors share memory with the optimiser.");
  c.def(
      "load_state_dict",
      [](Optimizer& self, nb::handle state) {
        const nn::StateDict entries = state_from(state);
        unlocked([&] {
          self.load_state_dict(entries);
          return 0;
        });
      },
      "state"_a, nb::sig("def load_state_dict(self, state: typing.Mapping[str, TensorLike]) -> None"),
      "Copies a state in, settings too, so that training goes on as if it had never stopped.\n\n"
      "Raises DataError, which lists everything that does not fit, with nothing changed.");
}

template <class O, class Options>
void define_groups(nb::class_<O, Optimizer>& c) {
  c.def(
      "add_param_group",
      [](O& self, nb::handle group) {
        Options first;
        copy_settings(self.groups()[0].settings, first);
        const GivenGroup<Options> given(group, first);
        self.add_param_group(given.parameters, given.options);
      },
      "group"_a, nb::sig("def add_param_group(self, group: typing.Mapping[str, typing.Any]) -> None"),
      "Trains more parameters: a dict with 'params' and settings; what is not given is as in the first group.");
}

const char* const kParams = "params: typing.Iterable[Tensor] | typing.Sequence[typing.Mapping[str, typing.Any]]";

void bind_sgd(nb::module_& m) {
  nb::class_<SGD, Optimizer> c(m, "SGD", nb::type_slots(constructor_slots),
                               "Gradient descent: b = momentum b + (1 - dampening) (g + weight_decay p), p -= lr b; "
                               "nesterov looks ahead.\n\n"
                               "params are tensors, or dicts with 'params' and settings of their own. Raises GradError "
                               "for tensors that\ncan't be trained, Error for settings that make no sense.\n\n"
                               ">>> p = ricci.nn.Parameter([1.0])\n>>> optimizer = ricci.optim.SGD([p], lr=0.5)\n"
                               ">>> (p * p).backward()\n>>> optimizer.step()\n>>> p\nParameter([0.0], grad=[2.0])");
  c.def(
      "__init__",
      [](SGD* self, nb::handle params, double lr, double momentum, double dampening, double decay, bool nesterov) {
        make_optimizer(self, params, SGDOptions{lr, momentum, dampening, decay, nesterov});
      },
      "params"_a, "lr"_a = 1e-3, "momentum"_a = 0.0, "dampening"_a = 0.0, "weight_decay"_a = 0.0, "nesterov"_a = false,
      nb::sig(concat("def __init__(self, ", kParams,
                     ", lr: float = 1e-3, momentum: float = 0.0, dampening: float = 0.0, weight_decay: float = 0.0, "
                     "nesterov: bool = False) -> None")
                  .c_str()));
  define_groups<SGD, SGDOptions>(c);
}

template <class O, class Options>
void bind_adam(nb::module_& m, const char* name, const char* decay_text, double decay_default, const char* doc) {
  nb::class_<O, Optimizer> c(m, name, nb::type_slots(constructor_slots), doc);
  c.def(
      "__init__",
      [](O* self, nb::handle params, double lr, nb::handle betas, double eps, double decay) {
        make_optimizer(self, params, Options{lr, betas_from(betas), eps, decay});
      },
      "params"_a, "lr"_a = 1e-3, "betas"_a = nb::make_tuple(0.9, 0.999), "eps"_a = 1e-8,
      "weight_decay"_a = decay_default,
      nb::sig(concat("def __init__(self, ", kParams,
                     ", lr: float = 1e-3, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8, weight_decay: "
                     "float = ",
                     decay_text, ") -> None")
                  .c_str()));
  define_groups<O, Options>(c);
}

}  // namespace

void bind_optim(nb::module_& m) {
  bind_group(m);
  bind_optimizer(m);
  bind_sgd(m);
  bind_adam<Adam, AdamOptions>(
      m, "Adam", "0.0", 0.0,
      "Adam: steps of about lr for each element, by running means of the gradient and of its square.\n\n"
      "weight_decay goes into the gradient. params and errors as for SGD. Kingma and Ba, 2015.\n\n"
      ">>> p = ricci.nn.Parameter([1.0])\n>>> optimizer = ricci.optim.Adam([p], lr=0.5)\n"
      ">>> (p * p).backward()\n>>> optimizer.step()\n>>> round(p.item(), 3)\n0.5");
  bind_adam<AdamW, AdamWOptions>(
      m, "AdamW", "0.01", 0.01,
      "Adam whose weight_decay shrinks the weights themselves: p *= 1 - lr weight_decay.\n\n"
      "params and errors as for SGD. Loshchilov and Hutter, 2019.\n\n"
      ">>> p = ricci.nn.Parameter([1.0])\n>>> optimizer = ricci.optim.AdamW([p], lr=0.5, weight_decay=0.0)\n"
      ">>> (p * p).backward()\n>>> optimizer.step()\n>>> round(p.item(), 3)\n0.5");
  m.def(
      "clip_grad_norm",
      [](nb::handle parameters, double max_norm, double norm_type, bool error_if_nonfinite) {
        const std::vector<Tensor> all = parameters_from(parameters, "clip_grad_norm");
        const optim::ClipOptions options{.norm_type = norm_type, .error_if_nonfinite = error_if_nonfinite};
        return to_python(unlocked([&] { return optim::clip_grad_norm(all, max_norm, options); }));
      },
      "parameters"_a, "max_norm"_a, "norm_type"_a = 2.0, "error_if_nonfinite"_a = false,
      nb::sig(
          "def clip_grad_norm(parameters: Tensor | typing.Iterable[Tensor], max_norm: float, norm_type: float = 2.0, "
          "error_if_nonfinite: bool = False) -> Tensor"),
      "Scales all gradients together so that their norm is at most max_norm. Returns the norm that they had.\n\n"
      "With error_if_nonfinite a norm that is infinite or NaN raises GradError, with the gradients as they were.\n\n"
      ">>> p = ricci.nn.Parameter([3.0, 4.0])\n>>> (p * p / 2).backward()\n"
      ">>> ricci.optim.clip_grad_norm([p], 1.0)\nTensor(5.0)");
}

}  // namespace ricci::python
