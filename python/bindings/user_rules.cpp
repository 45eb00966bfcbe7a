// Function: Python classes with a rule of their own as operations; and where a line of Python is, for
// anomaly mode.
#include "functions.h"
#include "public_function.h"
#include "with_scope.h"

namespace ricci::python {
namespace {

// The Python side of a Context: holds the user's own attributes from forward() to the rules.
struct PythonContext : Context {
  void visit_owned(OwnedVisitor visit) const override { visit(object.get()); }
  Owned object;
};

nb::object new_context() { return nb::module_::import_("ricci._functions").attr("Context")(); }

class PythonFunction final : public ricci::Function {
 public:
  PythonFunction(nb::handle type, const nb::args& arguments)
      : type_(own(type)), name_(str_of(nb::object(type.attr("__name__")))) {
    for (nb::handle argument : arguments) {
      const bool is_operand = tensor_in(argument) || is_array(argument);
      places_.push_back(is_operand);
      arguments_.push_back(is_operand ? Owned() : own(argument));
    }
  }

  std::string_view name() const override { return name_; }
  std::unique_ptr<Context> context() const override { return std::make_unique<PythonContext>(); }
  std::unique_ptr<Context> copy(const Context& context) const override {
    return std::make_unique<PythonContext>(static_cast<const PythonContext&>(context));
  }

  Tensor forward(Context& context, const std::vector<Tensor>& xs) const override {
    const Locked lock;
    const nb::object ctx = new_context();
    ctx.attr("needs_input_grad") = flags(context.needs_input_grad());
    const nb::object y = call("forward", ctx, spread_out(xs, true));
    const Tensor* value = tensor_in(y);
    if (!value)
      fail<GradError>(name_, ": forward() has to return a Tensor, not an object of type ",
                      nb::type_name(y.type()).c_str());
    context.save_for_backward(arrays_from(ctx.attr("saved_tensors")));
    static_cast<PythonContext&>(context).object = own(ctx);
    return *value;
  }

  std::vector<Tensor> backward(const Context& context, const Tensor& g) const override {
    const Locked lock;
    const nb::object all = call("backward", for_rule(context), nb::make_tuple(to_python(g)));
    const bool several = PyTuple_Check(all.ptr()) || PyList_Check(all.ptr());
    const nb::object list = several ? all : nb::object(nb::make_tuple(all));
    if (nb::len(list) != places_.size())
      fail<GradError>(name_, ": backward() gave ", nb::len(list), " gradients for ", places_.size(), " arguments",
                      "\n  return one for each argument of forward(), None where there is none");
    std::vector<Tensor> out;
    std::size_t i = 0;
    for (nb::handle gradient : nb::iter(list))
      if (places_[i++]) out.push_back(optional_tensor(gradient));
    return out;
  }

  Tensor jvp(const Context& context, const std::vector<Tensor>& tangents) const override {
    const Locked lock;
    if (!nb::hasattr(type_->get(), "jvp")) return Function::jvp(context, tangents);
    const nb::object dy = call("jvp", for_rule(context), spread_out(tangents, false));
    if (!tensor_in(dy))
      fail<GradError>(name_, ": jvp() has to return a Tensor, not an object of type ",
                      nb::type_name(dy.type()).c_str());
    return *tensor_in(dy);
  }

  void visit_owned(OwnedVisitor visit) const override {
    visit(type_.get());
    for (const Owned& argument : arguments_) visit(argument.get());
  }

 private:
  nb::object call(const char* rule, const nb::object& ctx, nb::handle rest) const {
    nb::list arguments;
    arguments.append(ctx);
    for (nb::handle item : nb::iter(rest)) arguments.append(item);
    return call_python(nb::object(type_->get().attr(rule)), nb::tuple(arguments));
  }

  // The tensors at the places of forward()'s arguments that are tensors; the others as given, or None.
  nb::list spread_out(const std::vector<Tensor>& tensors, bool others) const {
    nb::list out;
    std::size_t next = 0;
    for (std::size_t i = 0; i < places_.size(); ++i)
      out.append(places_[i] ? to_python(tensors[next++]) : others ? nb::borrow(arguments_[i]->get()) : nb::none());
    return out;
  }

  nb::tuple flags(const std::vector<bool>& of_tensors) const {
    nb::list out;
    std::size_t next = 0;
    for (const bool place : places_) out.append(nb::bool_(place && of_tensors[next++]));
    return nb::tuple(out);
  }

  // A context for one run of a rule: the user's attributes, and the saved tensors as the tape has them.
  nb::object for_rule(const Context& context) const {
    const nb::object ctx = new_context();
    const nb::handle kept = static_cast<const PythonContext&>(context).object->get();
    ctx.attr("__dict__").attr("update")(kept.attr("__dict__"));
    ctx.attr("saved_tensors") = tuple_of_tensors(context.saved_tensors());
    ctx.attr("needs_input_grad") = flags(context.needs_input_grad());
    return ctx;
  }

  Owned type_;
  std::string name_;
  std::vector<bool> places_;      // by argument: whether it is a tensor
  std::vector<Owned> arguments_;  // those that are not
};

nb::object apply_function(nb::handle type, const nb::args& arguments) {
  std::vector<Tensor> xs;
  for (nb::handle argument : arguments)
    if (tensor_in(argument) || is_array(argument)) xs.push_back(as_tensor(argument));
  return to_python(ricci::Function::apply(std::make_shared<const PythonFunction>(type, arguments), xs));
}

// The line of Python that called into ricci: "train.py, line 12: y = x.log()".
std::string line_of_caller() {
  static const std::string package = nb::cast<std::string>(nb::module_::import_("ricci").attr("__path__")[nb::int_(0)]);
  nb::object frame = nb::borrow(reinterpret_cast<PyObject*>(PyEval_GetFrame()));
  while (frame.is_valid() && !frame.is_none()) {
    const std::string file = nb::cast<std::string>(frame.attr("f_code").attr("co_filename"));
    if (!file.starts_with(package)) {
      const int line = nb::cast<int>(frame.attr("f_lineno"));
      const nb::object text = nb::module_::import_("linecache").attr("getline")(file, line).attr("strip")();
      return concat(file, ", line ", line, ": ", nb::cast<std::string>(text));
    }
    frame = frame.attr("f_back");
  }
  return "";
}

std::string caller() {
  const Locked lock;
  return in_python(line_of_caller);
}

struct Anomaly : WithScope<DetectAnomaly> {
  Anomaly() : WithScope("detect_anomaly()") {}
};

}  // namespace

void bind_user_rules(nb::module_& m) {
  m.def("_apply_function", apply_function, "type"_a, "arguments"_a,
        nb::sig("def _apply_function(type: typing.Any, *arguments: typing.Any) -> Tensor"));
  nb::class_<Anomaly>(m, "_Anomaly", nb::type_slots(constructor_slots))
      .def(nb::init<>())
      .def("enter", [](Anomaly& self) { self.enter(caller); })
      .def("leave", [](Anomaly& self) { self.leave(); });
}

}  // namespace ricci::python
