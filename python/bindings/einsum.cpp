// The einsum door: equation or sublists, operands of any kind, options.
#include "einsum_options.h"
#include "wrong_call.h"

namespace ricci::python {
namespace {

SublistLabel label_from(nb::handle label) {
  PyObject* o = label.ptr();
  if (o == Py_Ellipsis) return ellipsis;
  if (PyUnicode_Check(o)) return string_from(label, "label");
  const std::int64_t number = integer_from(label, "label");
  if (number < std::numeric_limits<int>::min() || number > std::numeric_limits<int>::max())
    fail<EinsumError>("label ", number, " is out of range");
  return static_cast<int>(number);
}

Sublist sublist_from(nb::handle labels) {
  Sublist out;
  if (PyUnicode_Check(labels.ptr()))
    fail<EinsumError>("a sublist is a list of labels, not the string ", repr_of(labels),
                      "\n  write the equation first, or the labels as a list");
  for (nb::handle label : items_from(labels, "labels")) out.push_back(label_from(label));
  return out;
}

bool looks_like_sublist(nb::handle object) { return PyList_Check(object.ptr()) || PyTuple_Check(object.ptr()); }

bool holds_arrays(nb::handle list) {
  for (nb::handle item : nb::borrow<nb::sequence>(list))
    if (tensor_in(item) || is_array(item) || is_foreign_array(item)) return true;
  return false;
}

// A, [..., 0, 1], B, [..., 1, 2], [..., 0, 2]: pairs, and perhaps the output's labels.
nb::object contract_sublists(const nb::args& all, Call& call) {
  std::vector<LabelledOperand> operands;
  const std::size_t pairs = all.size() / 2;
  for (std::size_t i = 0; i < pairs; ++i) call.arguments.look(all[2 * i]);
  for (std::size_t i = 0; i < pairs; ++i) {
    if (!looks_like_sublist(all[2 * i + 1]))
      fail_at<EinsumError>({.operand = static_cast<int>(i)}, "operand ", i + 1,
                           " has no list of labels after it, but an object of type ",
                           nb::type_name(all[2 * i + 1].type()).c_str(),
                           "\n  write einsum('ij,jk->ik', a, b) or einsum(a, [0, 1], b, [1, 2], [0, 2])");
    operands.push_back({call.arguments.read(all[2 * i]), sublist_from(all[2 * i + 1])});
  }
  std::optional<Sublist> output;
  if (all.size() % 2 == 1) output = sublist_from(all[all.size() - 1]);
  return call.give(unlocked([&] { return einsum(operands, output, call.options); }));
}

nb::object contract_equation(const nb::args& all, Call& call) {
  const std::string equation = string_from(all[0], "equation");
  if (all.size() == 2 && looks_like_sublist(all[1]) && equation.find(',') < equation.find("->") && holds_arrays(all[1]))
    fail<EinsumError>("einsum() takes its operands one by one, not in a ", nb::type_name(all[1].type()).c_str(),
                      "\n  write einsum('", equation, "', *operands)");
  Tensors operands;
  for (std::size_t i = 1; i < all.size(); ++i) call.arguments.look(all[i]);
  for (std::size_t i = 1; i < all.size(); ++i) operands.push_back(call.arguments.read(all[i]));
  return call.give(unlocked(
      [&] { return einsum(equation, std::span<const Tensor>(operands.data(), operands.size()), call.options); }));
}

nb::object einsum_call(const nb::args& all, nb::handle out, nb::handle alpha, nb::handle beta, nb::handle semiring,
                       nb::handle optimize, nb::handle sizes, bool strict, nb::handle max_bytes) {
  if (all.size() == 0 || (all.size() == 1 && !PyUnicode_Check(all[0].ptr())))
    fail<EinsumError>("einsum() needs an equation and its operands\n  for example einsum('ij,jk->ik', a, b)");
  Call call;
  call.read_out(out);
  if (!alpha.is_none()) call.options.alpha = scalar_from(alpha, "alpha");
  if (!beta.is_none()) call.options.beta = scalar_from(beta, "beta");
  if (!semiring.is_none()) call.options.semiring = parse_semiring(string_from(semiring, "semiring"));
  if (!optimize.is_none()) call.options.optimize = optimize_from(optimize);
  if (!sizes.is_none()) call.options.sizes = sizes_from(sizes);
  call.options.strict = strict;
  call.options.max_bytes = budget_from(max_bytes);
  return PyUnicode_Check(all[0].ptr()) ? contract_equation(all, call) : contract_sublists(all, call);
}

const char* const kOptions =
    "out: typing.Any = None, alpha: complex | None = None, beta: complex | None = None, semiring: str = 'sum_product', "
    "optimize: str | bool | typing.Sequence[typing.Any] | Plan = 'auto', sizes: typing.Mapping[typing.Any, int] | None "
    "= "
    "None, strict: bool = False, max_bytes: int | None = None";

}  // namespace

void Call::read_out(nb::handle object) {
  if (object.is_none()) return;
  out_object_ = object;
  if (Tensor* tensor = tensor_in(object)) {
    options.out = tensor;
    return;
  }
  Kind kind = Kind::plain;
  std::optional<Shared> shared = share(object, kind);
  const std::string type = is_array(object) ? "NumPy array" : nb::type_name(object.type()).c_str();
  if (!shared)
    fail<DTypeError>("out: a Tensor or an array that can be written is needed, not an object of type ", type);
  if (kind == Kind::jax) fail<DTypeError>("out: JAX's arrays never change\n  take the result instead");
  if (!shared->writable) fail<DTypeError>("out: the ", type, " is read-only");
  if (shared->copied)
    fail<DTypeError>("out: the ", type, " is unaligned, has swapped bytes, or strides that are no multiple of an ",
                     "element, so it can't be written in place\n  give np.empty(shape, dtype), and copy from that");
  out_ = std::move(shared->tensor);
  options.out = &out_;
}

nb::object Call::give(const Tensor& result) const {
  return out_object_.is_valid() ? nb::borrow(out_object_) : arguments.give(result);
}

namespace {

Path path_from_steps(nb::handle steps) {
  Path path;
  for (nb::handle step : items_from(steps, "optimize")) {
    if (path.empty() && PyUnicode_Check(step.ptr())) continue;  // NumPy's paths begin with 'einsum_path'
    path.push_back(positions_from(step, "optimize"));
  }
  return path;
}

nb::object frozen(const Contraction& contraction, const Labels& labels) {
  nb::list names;
  for (const Label label : labels) names.append(text_of(contraction.name_of_label(label)));
  return nb::steal(PyFrozenSet_New(names.ptr()));
}

// opt_einsum hands on a memory limit too, which some of cotengra's optimizers do not take.
bool takes_limit(nb::handle finder) {
  const nb::object none = nb::none();
  try {
    in_python([&] { nb::module_::import_("inspect").attr("signature")(finder).attr("bind")(none, none, none, none); });
  } catch (const nb::python_error& error) {
    return !error.matches(PyExc_TypeError);
  }
  return true;
}

// opt_einsum's protocol: f(inputs, output, size_dict, memory_limit), sets of labels, gives a path.
Path ask_finder(nb::handle finder, const Contraction& contraction) {
  const Locked lock;
  nb::list inputs;
  for (const Term& term : contraction.inputs) inputs.append(frozen(contraction, term.labels));
  nb::dict sizes;
  for (Label label = 0; label < contraction.label_count(); ++label)
    sizes[text_of(contraction.name_of_label(label))] = contraction.extents[static_cast<std::size_t>(label)];
  const nb::object output = frozen(contraction, contraction.output);
  const bool limited = takes_limit(finder);
  const nb::object path =
      in_python([&] { return limited ? finder(inputs, output, sizes, nb::none()) : finder(inputs, output, sizes); });
  if (!looks_like_sublist(path))
    fail<EinsumError>("optimize: ", repr_of(finder), " gave an object of type ", nb::type_name(path.type()).c_str(),
                      ", not a path\n  a path is as [(0, 1), (0, 1)]");
  return path_from_steps(path);
}

constexpr std::string_view kSummary =
    "The contraction that an equation writes: einsum('ij,jk->ik', a, b), or einsum(a, [0, 1], b, [1, 2], [0, 2]).\n\n"
    "Labels are letters, Unicode too, or {names}; '...' broadcasts; 'ij*' conjugates; without '->' the labels that\n"
    "occur once are the output. Any arrays in, the same kind out; any ricci.Tensor among them makes a Tensor.\n\n"
    "out       a Tensor or NumPy array that is overwritten with alpha * contraction + beta * out, and returned\n"
    "semiring  ";
constexpr std::string_view kArguments =
    "\n"
    "optimize  'auto', 'greedy', 'optimal', 'dissection', 'anneal', False (as written), a path as opt_einsum's, a "
    "Plan,\n          an optimizer of opt_einsum or cotengra (any function of their protocol), or a cotengra tree\n"
    "sizes     extents of output labels that no operand has\n"
    "strict    size 1 does not broadcast\n"
    "max_bytes a cap on all that the call allocates, its first-order backward too: it runs in slices where it "
    "must\n\n"
    "Raises EinsumError, DTypeError, DeviceError, GradError (out or beta while recording), MemoryError, and "
    "BudgetError\n"
    "before anything is computed when nothing fits max_bytes.\n\n"
    ">>> a = ricci.tensor([[1.0, 2.0], [3.0, 4.0]])\n>>> ricci.einsum('ij,jk->ik', a, a)\n"
    "Tensor([[7.0, 10.0], [15.0, 22.0]])\n"
    ">>> ricci.einsum('ii', np.array([[1, 2], [3, 4]])).item()\n5";

}  // namespace

Optimize optimize_from(nb::handle object) {
  PyObject* o = object.ptr();
  if (PyUnicode_Check(o)) return string_from(object, "optimize");
  if (PyBool_Check(o)) {
    if (o == Py_True) return std::string("auto");
    return false;
  }
  if (nb::isinstance<Plan>(object)) {
    if (!nb::inst_ready(object)) fail_uninitialised(object);
    return nb::inst_ptr<Plan>(object)->path();
  }
  if (looks_like_sublist(object)) return path_from_steps(object);
  if (nb::hasattr(object, "get_path")) return path_from_steps(in_python([&] { return object.attr("get_path")(); }));
  if (!PyCallable_Check(o))
    fail<EinsumError>("optimize: ", repr_of(object), " is neither a method's name, False, a path nor a Plan",
                      "\n  nor a function of (inputs, output, size_dict, memory_limit), nor a tree with get_path()");
  // The caller keeps the object alive.
  return PathFinder([object](const Contraction& contraction) { return ask_finder(object, contraction); });
}

std::map<std::string, std::int64_t> sizes_from(nb::handle object) {
  if (!PyDict_Check(object.ptr()))
    fail<EinsumError>("sizes: a dict from label to extent is needed, not ", repr_of(object));
  std::map<std::string, std::int64_t> sizes;
  for (auto [label, extent] : dict_from(object, "sizes")) {
    const std::string name = PyUnicode_Check(label.ptr()) ? string_from(label, "sizes") : str_of(label);
    sizes[name] = integer_from(extent, "sizes");
  }
  return sizes;
}

std::optional<std::int64_t> budget_from(nb::handle object) {
  if (object.is_none()) return std::nullopt;
  if (PyBool_Check(object.ptr()) || !PyIndex_Check(object.ptr()))
    fail<EinsumError>("max_bytes: ", repr_of(object), " is no whole number of bytes\n  as in max_bytes=2**30");
  const std::int64_t bytes = integer_from(object, "max_bytes");
  if (bytes < 1)
    fail<EinsumError>("max_bytes is ", bytes, "; a budget is 1 byte or more\n  leave it away, and memory has no bound");
  return bytes;
}

void bind_einsum(nb::module_& m) {
  m.def("einsum", einsum_call, "operands"_a, "out"_a = nb::none(), "alpha"_a = nb::none(), "beta"_a = nb::none(),
        "semiring"_a = nb::none(), "optimize"_a = nb::none(), "sizes"_a = nb::none(), "strict"_a = false,
        "max_bytes"_a = nb::none(),
        nb::sig(concat("@typing.overload\ndef einsum(equation: str, *operands: Tensor, ", kOptions,
                       ") -> Tensor: ...\n@typing.overload\ndef einsum(*operands: typing.Any, ", kOptions,
                       ") -> typing.Any")
                    .c_str()),
        concat(kSummary, semiring_names(), kArguments).c_str());
}

}  // namespace ricci::python
