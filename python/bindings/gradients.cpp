// Derivatives: backward, grad, vjp, jvp, and the switch of recording.
#include "functions.h"
#include "public_function.h"
#include "with_scope.h"

namespace ricci::python {
namespace {

std::optional<bool> retain_from(nb::handle object) {
  return object.is_none() ? std::nullopt : std::optional(flag_from(object, "retain_graph"));
}

// One tensor, or a sequence of them.
std::vector<Tensor> tensors_from(nb::handle object, const char* what) {
  if (const Tensor* tensor = tensor_in(object)) return {*tensor};
  std::vector<Tensor> out;
  if (!object.is_none() && PySequence_Check(object.ptr()) && !is_array(object))
    for (nb::handle item : nb::iter(object)) {
      const Tensor* tensor = tensor_in(item);
      if (!tensor)
        fail<GradError>(what, ": item ", out.size(), " is no Tensor but of type ", nb::type_name(item.type()).c_str());
      out.push_back(*tensor);
    }
  else
    fail<GradError>(what, ": a Tensor or a sequence of them is needed, not an object of type ",
                    nb::type_name(object.type()).c_str());
  return out;
}

void call_backward(const Tensor& y, nb::handle gradient, nb::handle retain_graph, bool create_graph,
                   nb::handle inputs) {
  const std::vector<Tensor> leaves = inputs.is_none() ? std::vector<Tensor>() : tensors_from(inputs, "inputs");
  if (!inputs.is_none() && leaves.empty())
    fail<GradError>("backward: inputs= is empty, so no leaf would be filled\n  leave it away to fill all of them");
  const BackwardOptions options{.gradient = optional_tensor(gradient),
                                .retain_graph = retain_from(retain_graph),
                                .create_graph = create_graph,
                                .inputs = leaves};
  unlocked([y = Tensor(y), &options] {
    backward(y, options);
    return 0;
  });
}

nb::tuple call_grad(const Tensor& y, nb::handle xs, nb::handle gradient, nb::handle retain_graph, bool create_graph,
                    bool allow_unused) {
  const std::vector<Tensor> inputs = tensors_from(xs, "xs");
  const GradOptions options{.gradient = optional_tensor(gradient),
                            .retain_graph = retain_from(retain_graph),
                            .create_graph = create_graph,
                            .allow_unused = allow_unused};
  return tuple_of_tensors(unlocked([y = Tensor(y), &inputs, &options] { return grad(y, inputs, options); }));
}

nb::tuple call_vjp(nb::handle f, const nb::args& xs) {
  Vjp result = unlocked([f = function_from(f), xs = arguments_from(xs, "vjp")] { return vjp(f, xs); });
  const nb::object pullback = nb::cpp_function(
      [pull = std::move(result.pullback)](nb::handle seed) {
        const Tensor v = optional_tensor(seed);
        return tuple_of_tensors(unlocked([&] { return pull(v); }));
      },
      nb::name("pullback"), "seed"_a = nb::none(),
      nb::sig("def pullback(seed: TensorLike | None = None) -> tuple[Tensor, ...]"),
      "The gradients of the arguments for a seed of the value's shape (ones when left out).");
  return nb::make_tuple(to_python(result.value), show_function(pullback));
}

nb::tuple call_jvp(nb::handle f, nb::handle xs, nb::handle tangents) {
  const Jvp result = unlocked([f = function_from(f), xs = points_from(xs), tangents = directions_from(tangents)] {
    return jvp(f, xs, tangents);
  });
  const Tensor tangent = result.tangent.defined() ? result.tangent : zeros_like(result.value);
  return nb::make_tuple(to_python(result.value), to_python(tangent));
}

nb::object value_and_gradients(nb::handle f, const nb::args& xs) {
  const auto [value, gradients] =
      unlocked([f = function_from(f), xs = arguments_from(xs, "value_and_grad")] { return value_and_grad(f)(xs); });
  const nb::object given = gradients.size() == 1 ? to_python(gradients[0]) : nb::object(tuple_of_tensors(gradients));
  return nb::make_tuple(to_python(value), given);
}

struct WithoutRecording : WithScope<NoGrad> {
  WithoutRecording() : WithScope("no_grad()") {}
};

}  // namespace

void bind_gradients(nb::module_& m) {
  nb::class_<Tensor> tensor = nb::borrow<nb::class_<Tensor>>(nb::type<Tensor>());
  const char* backward_doc =
      "Adds the gradient of the tensor into .grad of the leaves that require grad; all of them, or none on an "
      "error.\n\n"
      "gradient is the seed, of the tensor's own shape; ones for a real tensor when left out. retain_graph keeps the\n"
      "tape for another backward; create_graph records this one, for higher derivatives; inputs are the leaves to "
      "fill.\n"
      "Raises GradError.\n\n"
      ">>> a = ricci.tensor([1.0, 2.0], requires_grad=True)\n>>> (a * a).backward()\n>>> a.grad\nTensor([2.0, 4.0])";
  tensor.def(
      "backward", call_backward, "gradient"_a = nb::none(), "retain_graph"_a = nb::none(), "create_graph"_a = false,
      "inputs"_a = nb::none(), backward_doc,
      nb::sig("def backward(self, gradient: TensorLike | None = None, retain_graph: bool | None = None, create_graph: "
              "bool = False, inputs: Tensor | typing.Sequence[Tensor] | None = None) -> None"));
  m.def("grad", call_grad, "y"_a, "xs"_a, "gradient"_a = nb::none(), "retain_graph"_a = nb::none(),
        "create_graph"_a = false, "allow_unused"_a = false,
        nb::sig("def grad(y: Tensor, xs: Tensor | typing.Sequence[Tensor], gradient: TensorLike | None = None, "
                "retain_graph: bool "
                "| None = None, create_graph: bool = False, allow_unused: bool = False) -> tuple[typing.Any, ...]"),
        "The gradients of y for each of xs, as a tuple; no .grad is touched.\n\n"
        "With create_graph they can be differentiated again. With allow_unused an x that y does not depend on gives "
        "None\n"
        "and not a GradError.\n\n"
        ">>> x = ricci.tensor(3.0, requires_grad=True)\n>>> (dx,) = ricci.grad(x**3, x, create_graph=True)\n"
        ">>> ricci.grad(dx, x)\n(Tensor(18.0),)");
  m.def("vjp", call_vjp, "f"_a, "xs"_a,
        nb::sig("def vjp(f: typing.Callable[..., Tensor], *xs: TensorLike) -> tuple[Tensor, typing.Callable[..., "
                "tuple[Tensor, ...]]]"),
        "f(*xs), and the function from a seed to the gradients for each x.\n\n"
        ">>> y, pullback = ricci.vjp(lambda x: x * x, ricci.tensor([1.0, 2.0]))\n"
        ">>> pullback(ricci.tensor([1.0, 10.0]))\n(Tensor([2.0, 40.0]),)");
  m.def("jvp", call_jvp, "f"_a, "xs"_a, "tangents"_a,
        nb::sig("def jvp(f: typing.Callable[..., Tensor], xs: Tensor | typing.Sequence[TensorLike], tangents: Tensor | "
                "typing.Sequence[TensorLike | None]) -> tuple[Tensor, Tensor]"),
        "f(*xs) and its derivative along the tangents (None: zero), in one forward run. Nests, any order.\n\n"
        "Raises ShapeError for a tangent of another shape.\n\n"
        ">>> ricci.jvp(lambda x: x * x, [ricci.tensor([1.0, 2.0])], [ricci.tensor([1.0, 1.0])])\n"
        "(Tensor([1.0, 4.0]), Tensor([2.0, 4.0]))");
  m.def("_value_and_gradients", value_and_gradients,
        nb::sig(
            "def _value_and_gradients(f: typing.Callable[..., Tensor], *xs: TensorLike) -> tuple[Tensor, typing.Any]"));
  nb::class_<WithoutRecording>(m, "_NoGrad", nb::type_slots(constructor_slots))
      .def(nb::init<>())
      .def("enter", [](WithoutRecording& self) { self.enter(); })
      .def("leave", [](WithoutRecording& self) { self.leave(); });
  m.def("recording", recording, "Whether this thread records what is computed.\n\n>>> ricci.recording()\nTrue");
}

}  // namespace ricci::python
