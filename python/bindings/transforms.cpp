// Functions of functions: Jacobians, Hessians, vmap, checkpoint, and the checks of rules.
#include "functions.h"
#include "garbage.h"

namespace ricci::python {
namespace {

nb::object call_jacobian(nb::handle f, const nb::args& xs) {
  const std::vector<Tensor> all =
      unlocked([f = function_from(f), xs = arguments_from(xs, "jacobian")] { return jacobian(f, xs); });
  return all.size() == 1 ? to_python(all[0]) : nb::object(tuple_of_tensors(all));
}

nb::object call_hessian(nb::handle f, nb::handle x) {
  return to_python(unlocked([f = function_from(f), x = as_tensor(x)] { return hessian(f, x); }));
}

nb::object call_hvp(nb::handle f, nb::handle xs, nb::handle vs) {
  return like_points(
      xs, unlocked([f = function_from(f), xs = points_from(xs), vs = directions_from(vs)] { return hvp(f, xs, vs); }));
}

nb::object call_checkpoint(nb::handle f, const nb::args& xs) {
  check_function(f);
  return to_python(unlocked([f = own(f), xs = arrays_from(xs)] { return checkpoint(borrowed_function(*f), xs, f); }));
}

using Axis = std::optional<std::int64_t>;

Axis axis_from(nb::handle object, const char* what) {
  return object.is_none() ? Axis() : Axis(integer_from(object, what));
}

// One axis for all of them, or one for each.
std::vector<Axis> axes_from(nb::handle object, std::size_t count, const char* what, const char* of) {
  if (!PyTuple_Check(object.ptr()) && !PyList_Check(object.ptr()))
    return std::vector<Axis>(count, axis_from(object, what));
  std::vector<Axis> out;
  for (nb::handle item : nb::iter(object)) out.push_back(axis_from(item, what));
  if (out.size() != count) fail<ShapeError>("vmap: ", what, " names ", out.size(), " ", of, ", but there are ", count);
  return out;
}

nb::object unwrapped(const VmapScope& scope, nb::handle y, Axis axis) {
  const Tensor* value = tensor_in(y);
  if (!value)
    fail<GradError>("vmap: the function has to return Tensors, not an object of type ",
                    nb::type_name(y.type()).c_str());
  if (axis) return to_python(scope.unwrap(*value, *axis));
  if (scope.has_batch(*value))
    fail<ShapeError>("vmap: out_axes is None for a result that differs over the batch\n  give the axis where it goes");
  return to_python(*value);
}

nb::object call_vmap(nb::handle f, nb::handle in_axes, nb::handle out_axes, const nb::args& xs) {
  VmapScope scope;
  const std::vector<Axis> axes = axes_from(in_axes, xs.size(), "in_axes", "arguments");
  nb::list inside;
  for (std::size_t i = 0; i < xs.size(); ++i)
    inside.append(axes[i] ? to_python(scope.wrap(as_tensor(xs[i]), *axes[i], static_cast<int>(i))) : nb::borrow(xs[i]));
  const nb::object y = call_python(f, nb::tuple(inside));
  const bool several = PyTuple_Check(y.ptr()) || PyList_Check(y.ptr());
  if (!several) return unwrapped(scope, y, axes_from(out_axes, 1, "out_axes", "results")[0]);
  const std::vector<Axis> places = axes_from(out_axes, nb::len(y), "out_axes", "results");
  nb::list out;
  for (nb::handle part : nb::iter(y)) out.append(unwrapped(scope, part, places[nb::len(out)]));
  return nb::tuple(out);
}

template <auto check>
bool call_check(nb::handle f, nb::handle xs, double eps, double atol, double rtol, bool forward_mode) {
  const GradcheckOptions options{.eps = eps, .atol = atol, .rtol = rtol, .forward_mode = forward_mode};
  return unlocked([f = function_from(f), xs = points_from(xs), options] { return check(f, xs, options); });
}

HookHandle call_register_hook(const Tensor& t, nb::handle hook) {
  if (!PyCallable_Check(hook.ptr()))
    fail<GradError>("register_hook: a function of the gradient is needed, not an object of type ",
                    nb::type_name(hook.type()).c_str());
  const Owned kept = own(hook);
  const auto call = [&python = *kept](const Tensor& gradient) {
    const Locked lock;
    const nb::object changed = call_python(python.get(), nb::make_tuple(to_python(gradient)));
    return optional_tensor(changed);
  };
  return register_hook(t, call, kept);
}

PyType_Slot handle_slots[] = {{Py_tp_traverse, reinterpret_cast<void*>(traverse_owner)}, {0, nullptr}};

}  // namespace

void bind_transforms(nb::module_& m) {
  m.def("jacobian", call_jacobian, "f"_a, "xs"_a,
        nb::sig("def jacobian(f: typing.Callable[..., Tensor], *xs: TensorLike) -> typing.Any"),
        "dy/dx of y = f(*xs), of shape y.shape + x.shape: a Tensor for one x, a tuple for several.\n\n"
        "By rows in reverse mode when y has fewer elements than the xs, else by columns in forward mode; all in one\n"
        "batched run. For real functions of real tensors; raises GradError for others.\n\n"
        ">>> ricci.jacobian(lambda x: x * x, ricci.tensor([1.0, 2.0]))\nTensor([[2.0, 0.0], [0.0, 4.0]])");
  m.def("hessian", call_hessian, "f"_a, "x"_a,
        nb::sig("def hessian(f: typing.Callable[[Tensor], Tensor], x: TensorLike) -> Tensor"),
        "The second derivatives of y = f(x), of shape y.shape + x.shape + x.shape: forward over reverse mode.\n\n"
        "Raises GradError for complex tensors.\n\n"
        ">>> ricci.hessian(lambda x: (x * x * x).sum(), ricci.tensor([1.0, 2.0]))\n"
        "Tensor([[6.0, 0.0], [0.0, 12.0]])");
  m.def("hvp", call_hvp, "f"_a, "xs"_a, "vs"_a,
        nb::sig("def hvp(f: typing.Callable[..., Tensor], xs: Tensor | typing.Sequence[TensorLike], vs: Tensor | "
                "typing.Sequence[TensorLike | None]) -> typing.Any"),
        "The Hessian of f, which has one real value, times the directions vs; at the cost of about two gradients.\n\n"
        "A Tensor when xs is one, else a tuple. None among the directions is zero.\n\n"
        ">>> ricci.hvp(lambda x: (x * x * x).sum(), ricci.tensor([1.0, 2.0]), ricci.tensor([1.0, 1.0]))\n"
        "Tensor([6.0, 12.0])");
  m.def("checkpoint", call_checkpoint, "f"_a, "xs"_a,
        nb::sig("def checkpoint(f: typing.Callable[..., Tensor], *xs: TensorLike) -> Tensor"),
        "f(*xs), whose intermediates are not kept for backward but computed again then: less memory, one more run.\n\n"
        "Derivatives of every order and mode are the same, and it nests. f must give the same again: it may use the\n"
        "default random generator, which gives the same numbers, but nothing else that changes. Raises GradError in\n"
        "backward when it does not.\n\n"
        ">>> x = ricci.tensor([1.0, 2.0], requires_grad=True)\n"
        ">>> ricci.checkpoint(lambda x: (x * x).exp().sum(), x).backward()\n"
        ">>> x.grad\nTensor([5.4365635, 218.39261])");
  m.def("_vmap", call_vmap, "f"_a, "in_axes"_a.none(), "out_axes"_a.none(), "xs"_a,
        nb::sig("def _vmap(f: typing.Callable[..., typing.Any], in_axes: typing.Any, out_axes: typing.Any, *xs: "
                "typing.Any) -> typing.Any"));
  const char* check_signature =
      "(f: typing.Callable[..., Tensor], xs: Tensor | typing.Sequence[TensorLike], eps: float = 1e-6, atol: float = "
      "1e-5, rtol: float = 1e-3, forward_mode: bool = True) -> bool";
  m.def("gradcheck", call_check<gradcheck>, "f"_a, "xs"_a, "eps"_a = 1e-6, "atol"_a = 1e-5, "rtol"_a = 1e-3,
        "forward_mode"_a = true, nb::sig(concat("def gradcheck", check_signature).c_str()),
        "True if reverse and forward mode agree with central differences of step eps at every element of the xs.\n\n"
        "|derivative - difference| <= atol + rtol |difference|. The xs are float64 or complex128. With forward_mode\n"
        "False only reverse mode is checked, for a Function without jvp. Raises GradError saying which input, which\n"
        "elements, and both numbers.\n\n"
        ">>> ricci.gradcheck(lambda x: x.sin(), ricci.tensor([0.5, 1.0], dtype=\"float64\"))\nTrue");
  m.def("gradgradcheck", call_check<gradgradcheck>, "f"_a, "xs"_a, "eps"_a = 1e-6, "atol"_a = 1e-5, "rtol"_a = 1e-3,
        "forward_mode"_a = true, nb::sig(concat("def gradgradcheck", check_signature).c_str()),
        "gradcheck() of the gradients of f, as functions of the xs and of the seed.\n\n"
        ">>> ricci.gradgradcheck(lambda x: x.sin(), ricci.tensor([0.5, 1.0], dtype=\"float64\"))\nTrue");

  nb::class_<HookHandle>(m, "HookHandle", nb::type_slots(handle_slots),
                         "What Tensor.register_hook() gives; usable in a with-statement too.")
      .def("remove", &HookHandle::remove, "Removes the hook; doing it twice does no harm.")
      .def(
          "__enter__", [](nb::handle self) { return nb::borrow(self); }, nb::sig("def __enter__(self) -> HookHandle"))
      .def(
          "__exit__", [](HookHandle& handle, const nb::args&) { handle.remove(); },
          nb::sig("def __exit__(self, *args: object) -> None"));
  collect_through(nb::type<HookHandle>(),
                  [](nb::handle self, OwnedVisitor visit) { visit(nb::inst_ptr<HookHandle>(self)->hooks().get()); });
  nb::class_<Tensor> tensor = nb::borrow<nb::class_<Tensor>>(nb::type<Tensor>());
  tensor.def(
      "register_hook", call_register_hook, "hook"_a,
      nb::sig("def register_hook(self, hook: typing.Callable[[Tensor], Tensor | None]) -> HookHandle"),
      "Calls hook(gradient) whenever backward() or grad() has worked out the tensor's gradient.\n\n"
      "What it returns takes the gradient's place; None leaves it. Gives a handle whose remove() ends it. Raises\n"
      "GradError for a tensor that does not require grad.\n\n"
      ">>> x = ricci.tensor([1.0, 2.0], requires_grad=True)\n>>> handle = x.register_hook(lambda g: g * 10)\n"
      ">>> x.sum().backward()\n>>> x.grad\nTensor([10.0, 10.0])\n>>> handle.remove()");
}

}  // namespace ricci::python
