// The extension module ricci._core: every name that the package `ricci` shows comes from here.
#include <cstdlib>

#include "public_function.h"

NB_MODULE(_core, m) {
  using namespace ricci::python;
  m.doc() = "The compiled part of ricci; import ricci instead.";
  nb::set_leak_warnings(false);  // torch and JAX keep operations until the process ends
  bind_errors();
  bind_dtypes(m);
  bind_tensor(m);
  bind_create(m);
  bind_elementwise(m);
  bind_reduce(m);
  bind_einsum(m);
  bind_spellings(m);
  bind_gradients(m);
  bind_transforms(m);
  bind_user_rules(m);
  bind_plan(m);
  bind_nn(m);
  bind_io(m);
  bind_operations(m);
  bind_settings(m);
  bind_garbage();
  if (!std::getenv("NB_STUBGEN")) show_functions(m);  // nanobind's stub generator reads its own functions
}
