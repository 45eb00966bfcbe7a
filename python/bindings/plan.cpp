// Plans: a contraction parsed, ordered and lowered once; and path(), the bare search.
#include "checked.h"
#include "einsum_options.h"
#include "ricci/ops/einsum/rates.h"

namespace ricci::python {
namespace {

// Shapes as tuples, or anything with a shape.
Shape shape_from(nb::handle object) {
  if (PyTuple_Check(object.ptr()) || PyList_Check(object.ptr())) return integers_from(object, "shape");
  if (nb::hasattr(object, "shape")) return integers_from(nb::object(object.attr("shape")), "shape");
  fail<ShapeError>("plan: ", repr_of(object), " is neither a shape nor an array");
}

std::optional<DType> common_dtype(const nb::args& operands) {
  std::optional<DType> dtype;
  for (nb::handle operand : operands) {
    if (!nb::hasattr(operand, "dtype")) continue;
    const std::optional<DType> own = dtype_from(nb::object(operand.attr("dtype")));
    dtype = dtype && own ? promote(*dtype, *own) : own;
  }
  return dtype;
}

Plan make_plan(nb::handle equation, const nb::args& operands, nb::handle dtype, nb::handle optimize,
               nb::handle semiring, nb::handle sizes, bool strict, nb::handle seconds, nb::handle progress,
               nb::handle max_bytes, bool gradients, const std::string& goal, nb::handle rates) {
  PlanOptions options{.dtype = dtype_from(dtype), .strict = strict, .seconds = seconds_from(seconds)};
  options.progress = listener_from(progress, options.seconds.has_value());
  options.max_bytes = budget_from(max_bytes);
  options.gradients = gradients;
  options.goal = path::parse_goal(goal);
  if (!rates.is_none()) options.rates = path_from(rates);
  if (!options.dtype) options.dtype = common_dtype(operands);
  if (!optimize.is_none()) options.optimize = optimize_from(optimize);
  if (!semiring.is_none()) options.semiring = parse_semiring(string_from(semiring, "semiring"));
  if (!sizes.is_none()) options.sizes = sizes_from(sizes);
  std::vector<Shape> shapes;
  for (nb::handle operand : operands) shapes.push_back(shape_from(operand));
  const std::string text = string_from(equation, "equation");
  return unlocked([&] { return plan(text, shapes, options); });
}

Tensors read_all(Arguments& arguments, const nb::args& operands) {
  Tensors out;
  for (nb::handle operand : operands) arguments.look(operand);
  for (nb::handle operand : operands) out.push_back(arguments.read(operand));
  return out;
}

nb::object run(const Plan& plan, const nb::args& operands, nb::handle out) {
  Call call;
  call.read_out(out);
  const Tensors tensors = read_all(call.arguments, operands);
  return call.give(unlocked([&] { return plan({tensors.data(), tensors.size()}, {.out = call.options.out}); }));
}

nb::object gradients(const Plan& plan, const nb::args& operands, nb::handle gradient, nb::handle wrt) {
  Arguments arguments;
  Tensors tensors;
  for (nb::handle operand : operands) arguments.look(operand);
  for (nb::handle operand : operands) tensors.push_back(arguments.read_values(operand));
  const Tensor seed = gradient.is_none() ? Tensor() : as_tensor(gradient);
  std::vector<int> wanted;
  if (!wrt.is_none()) wanted = positions_from(wrt, "wrt");
  const Plan::Gradients result = unlocked([&] {
    return plan.gradients({tensors.data(), tensors.size()}, seed, wanted);
  });
  nb::list given;
  for (const Tensor& g : result.gradients)
    if (g.defined())
      given.append(arguments.give(g));
    else
      given.append(nb::none());
  return nb::make_tuple(arguments.give(result.value), nb::tuple(given));
}

nb::list pairs_of(const Path& path) {
  nb::list out;
  for (const std::vector<int>& step : path) {
    nb::list positions;
    for (const int position : step) positions.append(position);
    out.append(nb::tuple(positions));
  }
  return out;
}

// One step as people and programs read it.
struct StepView {
  std::string equation;
  std::vector<int> values, frees;
  double flops, predicted_seconds;
  std::int64_t bytes;
};

nb::tuple tuple_of_ints(const std::vector<int>& values) {
  nb::list out;
  for (const int value : values) out.append(value);
  return nb::tuple(out);
}

nb::list steps_of(const Plan& plan) {
  nb::list out;
  for (const planning::Step& step : plan.data().steps)
    out.append(StepView{planning::step_contraction(plan.data(), step).equation(),
                        {step.values.begin(), step.values.end()},
                        {step.frees.begin(), step.frees.end()},
                        step.flops,
                        step.predicted_seconds,
                        step.bytes});
  return out;
}

// Labels may be any hashable objects, as in opt_einsum; here they are numbered.
class LabelNumbers {
 public:
  explicit LabelNumbers(nb::handle sizes) : sizes_(nb::borrow(sizes)) {}
  Labels read(nb::handle labels) {
    Labels out;
    for (nb::handle label : items_from(labels, "labels")) out.push_back(number(label));
    return out;
  }
  Contraction contraction{};

 private:
  Label number(nb::handle label) {
    if (numbers_.contains(label)) return nb::cast<Label>(numbers_[label]);
    const nb::object extent = nb::steal(PyObject_GetItem(sizes_.ptr(), label.ptr()));
    if (!extent.is_valid()) {
      forget_exception();
      fail<EinsumError>("path: label ", repr_of(label), " has no size\n  sizes has to name every label");
    }
    const Label n = contraction.label_count();
    const std::int64_t size = integer_from(extent, "sizes");
    if (size < 0) fail<EinsumError>("path: label ", repr_of(label), " has the size ", size, "; sizes start at 0");
    contraction.extents.push_back(size);
    contraction.names.push_back(str_of(label));
    numbers_[label] = n;
    return n;
  }
  nb::object sizes_;
  nb::dict numbers_;
};

nb::list find_path(nb::handle inputs, nb::handle output, nb::handle sizes, const std::string& method,
                   nb::handle seconds, std::int64_t seed, nb::handle progress, const std::string& goal) {
  LabelNumbers numbers(sizes);
  for (nb::handle input : items_from(inputs, "inputs"))
    numbers.contraction.inputs.push_back({.labels = numbers.read(input)});
  numbers.contraction.output = numbers.read(output);
  path::SearchOptions options{.method = path::parse_method(method),
                              .seed = static_cast<std::uint64_t>(seed),
                              .goal = path::parse_goal(goal),
                              .seconds = seconds_from(seconds)};
  options.progress = listener_from(progress, options.seconds.has_value());
  options.model = chosen_model(numbers.contraction);
  return pairs_of(unlocked([&] { return path::search(numbers.contraction, options).linear(); }));
}

nb::dict slices_of(const Plan& plan) {
  nb::dict out;
  for (const planning::SlicedLabel& slice : plan.slices())
    out[text_of(plan.data().whole.name_of_label(slice.label))] = plan.data().piece_count(slice);
  return out;
}

void bind_step(nb::module_& m) {
  nb::class_<StepView>(m, "Step", "One step of a plan. Values 0..n-1 are the operands, n+k is the result of step k.")
      .def_ro("equation", &StepView::equation, "The contraction of this step.")
      .def_prop_ro(
          "values", [](const StepView& s) { return tuple_of_ints(s.values); },
          nb::sig("def values(self) -> tuple[int, ...]"), "What it reads.")
      .def_prop_ro(
          "frees", [](const StepView& s) { return tuple_of_ints(s.frees); },
          nb::sig("def frees(self) -> tuple[int, ...]"), "What is read here for the last time.")
      .def_ro("flops", &StepView::flops, "Scalar multiplications.")
      .def_ro("bytes", &StepView::bytes, "Bytes of the result.")
      .def_ro("predicted_seconds", &StepView::predicted_seconds, "What the cost model expects.")
      .def(
          "__repr__",
          [](const StepView& s) { return text_of(concat("Step('", s.equation, "', values=", s.values, ")")); },
          nb::sig("def __repr__(self) -> str"));
}

void bind_progress(nb::module_& m) {
  using path::SearchProgress;
  nb::class_<SearchProgress>(m, "SearchProgress", "What the search for an order has found so far.")
      .def_prop_ro(
          "stage", [](const SearchProgress& p) { return std::string(p.stage); },
          "'greedy', 'dissection' or 'annealing'.")
      .def_ro("seconds", &SearchProgress::seconds, "Since the search began.")
      .def_prop_ro(
          "limit", [](const SearchProgress& p) { return p.limit ? nb::object(nb::float_(*p.limit)) : nb::none(); },
          nb::sig("def limit(self) -> float | None"), "Of the seconds, or None.")
      .def_prop_ro(
          "flops", [](const SearchProgress& p) { return p.best.flops; }, "Scalar multiplications of the best order.")
      .def_prop_ro(
          "largest", [](const SearchProgress& p) { return p.best.largest; }, "Elements of its largest result.")
      .def_prop_ro(
          "predicted_seconds", [](const SearchProgress& p) { return p.best.seconds; },
          "What the cost model expects of it.")
      .def(
          "__repr__",
          [](const SearchProgress& p) {
            return text_of(
                concat("SearchProgress(stage='", p.stage, "', seconds=", p.seconds, ", flops=", p.best.flops, ")"));
          },
          nb::sig("def __repr__(self) -> str"));
}

}  // namespace

std::optional<double> seconds_from(nb::handle object) {
  if (object.is_none()) return std::nullopt;
  const double seconds = PyFloat_AsDouble(object.ptr());
  if (seconds == -1 && PyErr_Occurred()) {
    forget_exception();
    fail<EinsumError>("seconds: ", repr_of(object), " is no number");
  }
  return seconds;
}

path::SearchListener listener_from(nb::handle object, bool timed) {
  if (object.is_none() && !timed) return {};
  if (!object.is_none() && !PyCallable_Check(object.ptr())) {
    fail<EinsumError>("progress: ", repr_of(object), " is nothing that can be called");
  }
  return [callable = object](const path::SearchProgress& progress) {  // the caller keeps it alive
    const Locked lock;
    if (PyErr_CheckSignals() != 0) throw nb::python_error();
    if (callable.is_none()) return true;
    return !in_python([&] { return callable(progress); }).is(nb::handle(Py_False));
  };
}

void bind_plan(nb::module_& m) {
  bind_step(m);
  bind_progress(m);
  nb::class_<Plan>(m, "Plan",
                   "A contraction parsed, ordered and lowered for given shapes, to be called again and again.")
      .def("__call__", run, "operands"_a, "out"_a = nb::none(),
           nb::sig("def __call__(self, *operands: typing.Any, out: typing.Any = None) -> typing.Any"),
           "Runs the plan; recorded like einsum. Raises ShapeError when a shape is not the planned one.")
      .def("gradients", gradients, "operands"_a, "gradient"_a = nb::none(), "wrt"_a = nb::none(),
           nb::sig("def gradients(self, *operands: typing.Any, gradient: TensorLike | None = None, wrt: "
                   "typing.Sequence[int] | "
                   "None = None) -> tuple[typing.Any, tuple[typing.Any, ...]]"),
           "The value and the gradients of the operands in wrt (all when left out; None elsewhere), for a seed "
           "(ones).\n\n"
           "It is algebra: it works in integers too, and exactly. Not recorded.\n\n"
           ">>> p = ricci.plan('i,i->', (2,), (2,), dtype='int64')\n>>> p.gradients([1, 2], [3, 4])\n"
           "(Tensor(11, dtype=int64), (Tensor([3, 4], dtype=int64), Tensor([1, 2], dtype=int64)))")
      .def_prop_ro("flops", &Plan::flops, "Scalar multiplications of a run, of all its slices.")
      .def_prop_ro("peak_bytes", &Plan::peak_bytes,
                   "The most bytes that a run allocates at once: results, the output, working memory; operands not.")
      .def_prop_ro("slices", slices_of, nb::sig("def slices(self) -> dict[str, int]"),
                   "The sliced labels and how many pieces each is cut into; empty when the plan runs in one go.")
      .def_prop_ro("predicted_seconds", &Plan::predicted_seconds, "What the cost model expects of a run.")
      .def_prop_ro(
          "path", [](const Plan& p) { return pairs_of(p.path()); }, nb::sig("def path(self) -> list[tuple[int, ...]]"),
          "The order in opt_einsum's linear form.")
      .def_prop_ro("steps", steps_of, nb::sig("def steps(self) -> list[Step]"), "The steps in the order they run.")
      .def(
          "explain",
          [](const Plan& p, bool profile) {
            return text_of(unlocked([&] { return profile ? p.explain(p.profile()) : p.explain(); }));
          },
          "profile"_a = false, nb::sig("def explain(self, profile: bool = False) -> str"),
          "A table of the steps with sizes, flops, bytes and predicted seconds.\n\n"
          "With profile=True the plan runs on random operands, and what each step took stands beside what was "
          "predicted: forward,\nin one slice. The total is of the whole run, with all gradients where the plan was "
          "made for them.\n\n"
          ">>> p = ricci.plan('ij,jk->ik', (2, 3), (3, 4))\n>>> 'measured' in p.explain(profile=True)\nTrue")
      .def(
          "__str__", [](const Plan& p) { return text_of(p.explain()); }, nb::sig("def __str__(self) -> str"))
      .def(
          "__repr__",
          [](const Plan& p) {
            return text_of(concat("Plan('", p.data().whole.equation(), "', flops=", p.flops(), ")"));
          },
          nb::sig("def __repr__(self) -> str"))
      .def(
          "to_json", [](const Plan& p) { return text_of(p.to_json()); }, nb::sig("def to_json(self) -> str"),
          "The plan as JSON text; from_json() reads it back.")
      .def(
          "svg", [](const Plan& p) { return text_of(p.svg()); }, nb::sig("def svg(self) -> str"),
          "The contraction tree coloured by cost, and memory over the steps, as one SVG picture.\n\n"
          ">>> ricci.plan('ij,jk->ik', (2, 3), (3, 4)).svg()[:4]\n'<svg'")
      .def(
          "html", [](const Plan& p) { return text_of(p.html()); }, nb::sig("def html(self) -> str"),
          "The same pictures with a table of all steps that sorts and filters: one page that needs no network.\n\n"
          ">>> ricci.plan('ij,jk->ik', (2, 3), (3, 4)).html()[:15]\n'<!DOCTYPE html>'")
      .def(
          "_repr_svg_", [](const Plan& p) { return text_of(p.svg()); }, nb::sig("def _repr_svg_(self) -> str"),
          "What notebooks show.")
      .def_static(
          "from_json", [](const nb::str& text) { return Plan::from_json(string_from(text, "json")); }, "text"_a,
          "The plan that to_json() wrote. Raises DataError.")
      .def(
          "save", [](const Plan& p, nb::handle file) { p.save(path_from(file)); }, "file"_a,
          nb::sig("def save(self, file: str | os.PathLike[str]) -> None"),
          "Writes the JSON to a file. Raises DataError.")
      .def(
          "__reduce__",
          [](const Plan& p) {
            return nb::make_tuple(nb::module_::import_("ricci._functions").attr("rebuild_plan"),
                                  nb::make_tuple(text_of(p.to_json())));
          },
          nb::sig("def __reduce__(self) -> tuple[typing.Any, ...]"));
  m.def(
      "plan", make_plan, "equation"_a, "operands"_a, "dtype"_a = nb::none(), "optimize"_a = nb::none(),
      "semiring"_a = nb::none(), "sizes"_a = nb::none(), "strict"_a = false, "seconds"_a = nb::none(),
      "progress"_a = nb::none(), "max_bytes"_a = nb::none(), "gradients"_a = false, "goal"_a = "seconds",
      "rates"_a = nb::none(),
      nb::sig(
          "def plan(equation: str, *operands: typing.Any, dtype: DTypeLike | None = None, optimize: str | bool | "
          "typing.Sequence[typing.Any] | Plan = 'auto', semiring: str = 'sum_product', sizes: "
          "typing.Mapping[typing.Any, int] "
          "| None = None, strict: bool = False, seconds: float | None = None, progress: "
          "typing.Callable[[SearchProgress], object] | None = None, max_bytes: int | None = None, gradients: bool = "
          "False, goal: str = 'seconds', rates: str | os.PathLike[str] | None = None) -> Plan"),
      "Plans a contraction for operands of these shapes: tuples, or arrays, whose dtype is taken too.\n\n"
      "seconds   search for an order this long; without it, no longer than the contraction is predicted to take\n"
      "progress  called with a SearchProgress now and then; returning False ends the search with the best so far\n"
      "max_bytes a cap on all that a run allocates, operands apart: the plan runs in slices where it must\n"
      "gradients plan for gradients(): cap, peak_bytes, flops and predicted_seconds are those of value and "
      "gradients\n"
      "goal      what the search makes small: 'seconds' (predicted), 'flops', 'write' (elements written) or 'size' "
      "(of the largest result)\n"
      "rates     that seconds are predicted by: 'builtin', the same on every machine; 'measured' here by `ricci bench "
      "--calibrate`;\n"
      "          or a file that it wrote. None is what RICCI_RATES says, else 'builtin'\n\n"
      "Raises EinsumError, ShapeError, DTypeError, BudgetError when no slicing keeps to max_bytes, and DataError "
      "for rates.\n\n"
      ">>> p = ricci.plan('ij,jk,kl->il', (2, 3), (3, 4), (4, 5))\n>>> p(ricci.ones(2, 3), ricci.ones(3, 4), "
      "ricci.ones(4, 5)).shape\n"
      "(2, 5)\n>>> p.flops\n64.0\n"
      ">>> p = ricci.plan('ij,jk,kl->il', (90, 80), (80, 70), (70, 9), max_bytes=5000)\n>>> p.slices, p.peak_bytes "
      "<= 5000\n"
      "({'j': 2}, True)");
  m.def(
      "load_plan", [](nb::handle file) { return Plan::load(path_from(file)); }, "file"_a,
      nb::sig("def load_plan(file: str | os.PathLike[str]) -> Plan"),
      "The plan that Plan.save() wrote. Raises DataError.\n\n"
      ">>> ricci.plan('ij,jk->ik', (2, 3), (3, 4)).save('plan.json')\n>>> ricci.load_plan('plan.json').path\n[(0, 1)]");
  m.def(
      "path", find_path, "inputs"_a, "output"_a, "sizes"_a, "method"_a = "auto", "seconds"_a = nb::none(), "seed"_a = 0,
      "progress"_a = nb::none(), "goal"_a = "flops",
      nb::sig("def path(inputs: typing.Sequence[typing.Iterable[typing.Hashable]], output: "
              "typing.Iterable[typing.Hashable], sizes: "
              "typing.Mapping[typing.Any, int], method: str = 'auto', seconds: float | None = None, seed: int = 0, "
              "progress: "
              "typing.Callable[[SearchProgress], object] | None = None, goal: str = 'flops') -> list[tuple[int, ...]]"),
      "A good order for a contraction, as linear pairs: positions in the list of what is left, results appended.\n\n"
      "Labels are any hashable objects, as in opt_einsum. Raises EinsumError for a label without a size.\n\n"
      "method    'auto', 'greedy', 'optimal', 'dissection', 'anneal' or 'False' (as written)\n"
      "seconds   search this long; without it the order depends on the seed alone\n"
      "progress  called with a SearchProgress now and then; returning False ends the search with the best so far\n"
      "goal      what is made small: 'flops', 'write' (elements written), 'size' (of the largest result) or "
      "'seconds'\n\n"
      ">>> ricci.path(['ab', 'bc', 'cd'], 'ad', dict(a=2, b=3, c=40, d=5))\n[(1, 2), (0, 1)]");
}

}  // namespace ricci::python
