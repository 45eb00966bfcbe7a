// What the binding files of modules share: how a class of module is bound, and how C++ reaches a forward() that
// Python wrote.
#pragma once

#include <nanobind/stl/shared_ptr.h>
#include <nanobind/trampoline.h>

#include "convert.h"

namespace ricci::python {

using ModuleRef = std::shared_ptr<nn::Module>;

/// The module inside a Python object. Throws Error for one whose __init__ never ran.
nn::Module& module_in(nb::handle self);
/// The same for any object, shared with it. Throws DTypeError for what is no module.
ModuleRef module_from(nb::handle object, const char* what);

std::string class_of(nb::handle self);
/// The objects of registered tensors, as Python handed them over, alone or in pairs with their names.
nb::list objects(nb::handle self, const std::vector<nn::NamedTensor>& named);
nb::list named_objects(nb::handle self, const std::vector<nn::NamedTensor>& named);

/// Children are owned in C++, where Python's garbage collector would not see them: every class of module has these.
extern PyType_Slot module_slots[];

/// The tensor that a forward() of Python gave. Throws DTypeError for anything else.
Tensor forward_result(nb::handle self, nb::handle result);

/// A module whose class was written in Python: forward() goes there, the interpreter's lock held.
template <class M>
struct Scripted : M {
  NB_TRAMPOLINE(M);
  using M::forward;
  Tensor forward(const Tensor& x) override {
    const Locked lock;
    const nb::detail::ticket ticket(nb_trampoline, "forward", nb::detail::str_hash("forward"), false);
    if (!ticket.key.is_valid()) return M::forward(x);
    const nb::handle self = nb_trampoline.base();
    return forward_result(self, in_python([&] { return self.attr(ticket.key)(to_python(x)); }));
  }
};

template <class M, class Base = nn::Module>
using LayerClass = nb::class_<M, Base, Scripted<M>>;
using ModuleClass = nb::class_<nn::Module, Scripted<nn::Module>>;

/// Runs a constructor of M, or of its scripted form when the object's class was written in Python.
template <class M, class... Args>
void construct(nb::pointer_and_handle<M> self, Args&&... args) {
  if (nb::inst_python_derived(self.h))
    new (static_cast<void*>(self.p)) Scripted<M>(std::forward<Args>(args)...);
  else
    new (static_cast<void*>(self.p)) M(std::forward<Args>(args)...);
}

void define_registration(ModuleClass& c);
void bind_functional(nb::module_& m);
void bind_losses(nb::module_& m);
void bind_init(nb::module_& m);
void bind_layers(nb::module_& m);
void bind_containers(nb::module_& m);
void bind_optim(nb::module_& m);

}  // namespace ricci::python
