// What the attributes of a Module are: its tensors and children live in nn::Module; the objects that Python handed over
// are kept beside it in the instance's `_tensors`, so that a parameter is the same object wherever it is asked for.
#include "nn.h"

namespace ricci::python {

using nn::Module;

std::string class_of(nb::handle self) { return str_of(nb::object(self.type().attr("__name__"))); }

namespace {

nb::dict objects_of(nb::handle self) {
  const nb::dict attributes = nb::borrow<nb::dict>(self.attr("__dict__"));
  if (!attributes.contains("_tensors")) attributes["_tensors"] = nb::dict();
  return nb::borrow<nb::dict>(nb::object(attributes["_tensors"]));
}

ModuleRef child_of(const Module& module, const std::string& name) {
  for (const auto& [key, child] : module.named_children())
    if (key == name) return child;
  return nullptr;
}

// The object of a registered tensor, None where only the name is kept. It follows the module when to() gives it other
// elements.
nb::object object_of(nb::handle self, const std::string& name) {
  const nb::dict objects = objects_of(self);
  const Tensor& registered = module_in(self).get(name);
  if (!registered.defined()) return nb::none();
  if (!objects.contains(name.c_str()))
    objects[name.c_str()] = registered.requires_grad() ? nb::cast(Parameter(registered)) : nb::cast(registered);
  nb::object object = objects[name.c_str()];
  if (!(tensor_in(object)->impl() == registered.impl())) *tensor_in(object) = registered;
  return object;
}

// The object of a name like "layer.weight".
nb::object object_at(nb::handle self, const std::string& path) {
  const std::size_t dot = path.find('.');
  if (dot == path.npos) return object_of(self, path);
  return object_at(nb::cast(child_of(module_in(self), path.substr(0, dot))), path.substr(dot + 1));
}

}  // namespace

nb::list named_objects(nb::handle self, const std::vector<nn::NamedTensor>& named) {
  nb::list out;
  for (const nn::NamedTensor& item : named) out.append(nb::make_tuple(text_of(item.name), object_at(self, item.name)));
  return out;
}

nb::list objects(nb::handle self, const std::vector<nn::NamedTensor>& named) {
  nb::list out;
  for (const nn::NamedTensor& item : named) out.append(object_at(self, item.name));
  return out;
}

namespace {

// A tensor object as it was handed over; arrays become tensors.
nb::object tensor_object(nb::handle value) {
  return tensor_in(value) ? nb::borrow(value) : to_python(as_tensor(value));
}

void forget_plain(nb::handle self, const std::string& name) {
  const nb::dict attributes = nb::borrow<nb::dict>(self.attr("__dict__"));
  if (attributes.contains(name.c_str())) nb::del(attributes[name.c_str()]);
}

bool has_tensor(nb::handle self, const std::string& name) { return module_in(self).find(name) != nullptr; }

// What registering would hide without a word.
void check_free(nb::handle self, const std::string& name) {
  const Module& module = module_in(self);
  const bool registered = has_tensor(self, name) || child_of(module, name);  // which the module itself refuses
  if (!registered && nb::hasattr(self, name.c_str()))
    fail<Error>("this ", class_of(self), " has an attribute '", name,
                "' already\n  choose another name, or delete it first");
}

nb::object register_parameter(nb::handle self, const std::string& name, nb::handle value) {
  if (value.is_none()) {
    module_in(self).register_parameter(name, {});
    forget_plain(self, name);
    return nb::none();
  }
  const nb::object object = tensor_object(value);
  *tensor_in(object) = module_in(self).register_parameter(name, *tensor_in(object));
  forget_plain(self, name);
  objects_of(self)[name.c_str()] = object;
  return object;
}

nb::object register_buffer(nb::handle self, const std::string& name, nb::handle value, bool persistent) {
  const nb::object object = tensor_object(value);
  module_in(self).register_buffer(name, *tensor_in(object), persistent);
  forget_plain(self, name);
  objects_of(self)[name.c_str()] = object;
  return object;
}

void register_module(nb::handle self, const std::string& name, nb::handle child) {
  module_in(self).register_module(name, module_from(child, "register_module"));
  forget_plain(self, name);
}

// A registered name keeps its role: a parameter takes a Parameter, a buffer any tensor.
void replace_tensor(nb::handle self, const std::string& name, nb::handle value) {
  Tensor& registered = module_in(self).get(name);
  if (!registered.defined() && value.is_none()) return;
  const bool trained = !registered.defined() || registered.requires_grad();
  if (trained && !nb::isinstance<Parameter>(value))
    fail<Error>("'", name, "' is a parameter of this module; only a Parameter can take its place",
                "\n  assign Parameter(x), or write into it under no_grad()");
  if (!tensor_in(value)) fail<Error>("'", name, "' is a buffer of this module; only a Tensor can take its place");
  registered = *tensor_in(value);
  objects_of(self)[name.c_str()] = nb::borrow(value);
}

void set_attribute(nb::handle self, const nb::str& key, nb::handle value) {
  const std::string name = string_from(key, "attribute");
  if (nb::isinstance<Module>(value)) return register_module(self, name, value);
  if (nb::inst_ready(self) && has_tensor(self, name)) return replace_tensor(self, name, value);
  if (nb::isinstance<Parameter>(value)) {
    register_parameter(self, name, value);
    return;
  }
  if (nb::inst_ready(self) && child_of(module_in(self), name))
    fail<Error>("'", name, "' is a child of this module; it can't be replaced by an object of type ",
                nb::type_name(value.type()).c_str());
  if (PyObject_GenericSetAttr(self.ptr(), key.ptr(), value.ptr()) < 0) nb::raise_python_error();
}

nb::object get_attribute(nb::handle self, const nb::str& key) {
  const std::string name = string_from(key, "attribute");
  if (nb::inst_ready(self) && name != "__dict__") {
    if (has_tensor(self, name)) return object_of(self, name);
    if (const ModuleRef child = child_of(module_in(self), name)) return nb::cast(child);
  }
  throw nb::attribute_error(concat("'", class_of(self), "' has no attribute '", name, "'").c_str());
}

void delete_attribute(nb::handle self, const nb::str& key) {
  const std::string name = string_from(key, "attribute");
  if (nb::inst_ready(self) && (has_tensor(self, name) || child_of(module_in(self), name)))
    fail<Error>("'", name, "' is registered in this module and can't be deleted");
  if (PyObject_GenericSetAttr(self.ptr(), key.ptr(), nullptr) < 0) nb::raise_python_error();
}

}  // namespace

void define_registration(ModuleClass& c) {
  c.def(
      "register_parameter",
      [](nb::handle self, const std::string& name, nb::handle value) {
        check_free(self, name);
        return register_parameter(self, name, value);
      },
      "name"_a, "tensor"_a.none(),
      nb::sig("@typing.overload\ndef register_parameter(self, name: str, tensor: None) -> None: ...\n"
              "@typing.overload\ndef register_parameter(self, name: str, tensor: TensorLike) -> Tensor"),
      "Registers a tensor that is trained: it is made to require grad. Returns it. None only keeps the name.\n\n"
      "Raises Error for a name that is empty, has a '.', or is taken; GradError for integers and computed tensors.");
  c.def(
      "register_buffer",
      [](nb::handle self, const std::string& name, nb::handle value, bool persistent) {
        check_free(self, name);
        return register_buffer(self, name, value, persistent);
      },
      "name"_a, "tensor"_a, "persistent"_a = true,
      nb::sig("def register_buffer(self, name: str, tensor: TensorLike, persistent: bool = True) -> Tensor"),
      "Registers a tensor that moves and is saved with the module but is not trained. Returns it.\n\n"
      "persistent=False keeps it out of the state dict. Raises Error for a name that is empty, has a '.', or is "
      "taken.");
  c.def(
      "register_module",
      [](nb::handle self, const std::string& name, nb::handle child) {
        check_free(self, name);
        register_module(self, name, child);
      },
      "name"_a, "module"_a, nb::sig("def register_module(self, name: str, module: Module) -> None"),
      "Registers a child; assigning it to an attribute does the same.");
  c.def("__setattr__", set_attribute, "name"_a, "value"_a.none(),
        nb::sig("def __setattr__(self, name: str, value: typing.Any) -> None"));
  c.def("__getattr__", get_attribute, "name"_a, nb::sig("def __getattr__(self, name: str) -> typing.Any"));
  c.def("__delattr__", delete_attribute, "name"_a, nb::sig("def __delattr__(self, name: str) -> None"));
}

}  // namespace ricci::python
