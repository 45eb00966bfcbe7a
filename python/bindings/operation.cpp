#include "operation.h"

#include <algorithm>
#include <mutex>
#include <random>
#include <unordered_map>

#include "foreign_arrays.h"
#include "public_function.h"
#include "ricci/autograd/foreign.h"
#include "ricci/base/at_fork.h"

namespace ricci::python {
namespace {

struct Registry {
  std::mutex mutex;
  std::int64_t next = static_cast<std::int64_t>(std::random_device()()) << 31;
  std::unordered_map<std::int64_t, Ref<Op>> operations;

  Registry() { hold_across_fork(ForkRank::operations, mutex); }
};

// Never destroyed: compiled code may run while the process ends.
Registry& registry() {
  static auto* all = new Registry;
  return *all;
}

Operands span_of(const Tensors& tensors) { return {tensors.data(), tensors.size()}; }

// A pair (shape, dtype); the dtype by its name or as its framework has it.
Tensor outline_from(nb::handle pair) {
  return make_metadata(integers_from(nb::object(pair[0]), "shape"), *dtype_from(nb::object(pair[1])));
}

nb::tuple outline_of(const Operation& self, nb::handle outlines) {
  Tensors inputs;
  for (nb::handle pair : nb::iter(outlines)) inputs.push_back(outline_from(pair));
  const TensorType y = self.op->output_type(span_of(inputs));
  return nb::make_tuple(tuple_of(y.shape), std::string(name_of(y.dtype)));
}

bool shares_with(const Tensor& y, const Tensors& inputs) {
  for (const Tensor& x : inputs)
    if (may_overlap(x, y)) return true;
  return false;
}

// The value, in memory of its own: a framework would not know that it is a view.
nb::object run(const Operation& self, nb::handle arrays) {
  Kind kind = Kind::plain;
  Tensors inputs;
  for (nb::handle x : nb::iter(arrays)) {
    kind = std::max(kind, foreign_kind(x));
    inputs.push_back(share_foreign(x, kind).tensor);
  }
  const Tensor value = unlocked([&] {
    const NoGrad inside;
    const Tensor y = self.op->run(span_of(inputs));
    return shares_with(y, inputs) ? clone(y) : y;
  });
  return give_to(kind, value);
}

// Operands of a rule: an array, or (shape, dtype) of one whose values the rule does not read.
class RuleArguments {
 public:
  Tensor read(nb::handle x) {
    if (PyTuple_CheckExact(x.ptr())) return outline_from(x);
    if (foreign_kind(x) == Kind::jax) return keep(x, Kind::jax);
    return arguments_.read(x);
  }
  nb::object give(const Tensor& result) const { return arguments_.give(result); }

 private:
  Arguments arguments_;
};

// The part of the value's tangent that comes from a tangent of input i.
nb::object apply(const Operation& self, std::size_t i, nb::handle xs, nb::handle y, nb::handle tangent) {
  RuleArguments arguments;
  Tensors inputs;
  for (nb::handle x : nb::iter(xs)) inputs.push_back(arguments.read(x));
  const Tensor output = arguments.read(y), d = arguments.read(tangent);
  return arguments.give(unlocked([&] { return self.op->derivative(i, span_of(inputs), output).apply(d); }));
}

// The gradients of the wanted inputs for a seed of the value's shape, which says all of the value where no rule reads
// it; None for the others.
nb::list transposes(const Operation& self, nb::handle wanted, nb::handle xs, nb::handle y, nb::handle seed) {
  RuleArguments arguments;
  Tensors inputs, gradients;
  SmallVector<bool, 4> wants;
  for (nb::handle x : nb::iter(xs)) inputs.push_back(arguments.read(x));
  for (nb::handle flag : nb::iter(wanted)) wants.push_back(nb::cast<bool>(flag));
  const Tensor d = arguments.read(seed), output = y.is_none() ? metadata_of(d) : arguments.read(y);
  unlocked([&] {
    std::optional<NoGrad> plain;
    if (!foreign_among(span_of(inputs)) && !foreign_of(d)) plain.emplace();
    gradients = self.op->pullback(span_of(inputs), output, d, {wants.data(), wants.size()}, {});
  });
  nb::list given;
  for (const Tensor& g : gradients) given.append(g.defined() ? arguments.give(g) : nb::none());
  return given;
}

// The operation on a batch, the first axis of the inputs with a flag and of the result.
nb::object batched(const Operation& self, nb::handle xs, nb::handle flags) {
  RuleArguments arguments;
  Tensors inputs;
  Batch batch;
  for (nb::handle x : nb::iter(xs)) inputs.push_back(arguments.read(x));
  for (nb::handle flag : nb::iter(flags)) {
    batch.has.push_back(nb::cast<bool>(flag));
    if (batch.has.back()) batch.extent = inputs[batch.has.size() - 1].extent(0);
  }
  return arguments.give(unlocked([&] { return self.op->batched(span_of(inputs), batch); }));
}

// Which inputs, and last whether the value, the rules of the wanted inputs read.
nb::list reads(const Operation& self, nb::handle wanted) {
  std::vector<bool> wants;
  for (nb::handle flag : nb::iter(wanted)) wants.push_back(nb::cast<bool>(flag));
  std::vector<bool> read(wants.size() + 1, false);
  for (std::size_t i = 0; i < wants.size(); ++i) {
    if (!wants[i]) continue;
    const Reads r = self.op->reads(i);
    for (std::size_t k = 0; k < wants.size(); ++k) read[k] = read[k] || r.input(k);
    read.back() = read.back() || r.output;
  }
  nb::list out;
  for (const bool is : read) out.append(is);
  return out;
}

}  // namespace

Registration::Registration(Ref<Op> op) {
  Registry& all = registry();
  const std::lock_guard lock(all.mutex);
  key_ = all.next++;
  all.operations.emplace(key_, std::move(op));
}

Registration::~Registration() {
  Ref<Op> last;  // goes after the lock: an operation may own anything
  Registry& all = registry();
  const std::lock_guard lock(all.mutex);
  std::swap(last, all.operations[key_]);
  all.operations.erase(key_);
}

Ref<Op> registered(std::int64_t key) {
  Registry& all = registry();
  const std::lock_guard lock(all.mutex);
  const auto found = all.operations.find(key);
  return found == all.operations.end() ? nullptr : found->second;
}

void bind_operations(nb::module_& m) {
  nb::class_<Registration>(m, "_Registration", nb::type_slots(constructor_slots))
      .def("__init__", [](Registration* self, const Operation& operation) { new (self) Registration(operation.op); })
      .def_prop_ro("key", &Registration::key);
  nb::class_<Operation>(m, "_Operation", "One operation, as torch and JAX call it back.")
      .def_prop_ro("differentiable", [](const Operation& self) { return self.op->differentiable(); })
      .def("reads", reads, "wanted"_a, nb::sig("def reads(self, wanted: typing.Sequence[bool]) -> list[bool]"),
           "Which inputs, and last whether the value, the rules of the wanted inputs read.")
      .def(
          "outline", outline_of, "outlines"_a,
          nb::sig("def outline(self, outlines: typing.Sequence[tuple[tuple[int, ...], str]]) -> tuple[tuple[int, ...], "
                  "str]"),
          "Shape and dtype of the value from those of the inputs.")
      .def("run", run, "arrays"_a, nb::sig("def run(self, arrays: typing.Sequence[typing.Any]) -> typing.Any"),
           "The value of arrays, not recorded.")
      .def(
          "batched", batched, "arrays"_a, "flags"_a,
          nb::sig("def batched(self, arrays: typing.Sequence[typing.Any], flags: typing.Sequence[bool]) -> typing.Any"),
          "The values of a batch: one more first axis of the inputs with a flag, and of the result.")
      .def("apply", apply, "i"_a, "xs"_a, "y"_a, "tangent"_a,
           nb::sig("def apply(self, i: int, xs: typing.Sequence[typing.Any], y: typing.Any, tangent: typing.Any) -> "
                   "typing.Any"),
           "The part of the value's tangent that comes from a tangent of input i.")
      .def(
          "transposes", transposes, "wanted"_a, "xs"_a, "y"_a.none(), "seed"_a,
          nb::sig("def transposes(self, wanted: typing.Sequence[bool], xs: typing.Sequence[typing.Any], y: "
                  "typing.Any, seed: typing.Any) -> list[typing.Any]"),
          "The gradients of the wanted inputs for a seed of the value's shape, None for the others; y is None where no "
          "rule reads it.");
  m.def("_xla_handlers", xla_handlers, nb::sig("def _xla_handlers() -> dict[str, typing.Any]"));
}

}  // namespace ricci::python
