#include "functions.h"

#include "checked.h"

namespace ricci::python {

nb::object call_python(nb::handle f, nb::handle arguments) {
  return checked(in_python([&] { return PyObject_CallObject(f.ptr(), arguments.ptr()); }));
}

void check_function(nb::handle f) {
  if (!PyCallable_Check(f.ptr()))
    fail<GradError>("a function of tensors is needed, not an object of type ", nb::type_name(f.type()).c_str());
}

TensorFunction borrowed_function(const PythonObject& f) {
  return [&f](const std::vector<Tensor>& xs) {
    const Locked lock;
    const nb::object y = call_python(f.get(), tuple_of_tensors(xs));
    const Tensor* value = tensor_in(y);
    if (!value)
      fail<GradError>("the function has to return a Tensor, not an object of type ", nb::type_name(y.type()).c_str());
    return *value;
  };
}

TensorFunction function_from(nb::handle f) {
  check_function(f);
  return [kept = own(f)](const std::vector<Tensor>& xs) { return borrowed_function(*kept)(xs); };
}

Tensor optional_tensor(nb::handle object) { return object.is_none() ? Tensor() : as_tensor(object); }

nb::tuple tuple_of_tensors(const std::vector<Tensor>& tensors) {
  nb::object out = checked(PyTuple_New(static_cast<Py_ssize_t>(tensors.size())));
  for (std::size_t i = 0; i < tensors.size(); ++i)
    PyTuple_SET_ITEM(out.ptr(), static_cast<Py_ssize_t>(i), to_python(tensors[i]).release().ptr());
  return nb::borrow<nb::tuple>(out);
}

std::vector<Tensor> arrays_from(nb::handle sequence) {
  std::vector<Tensor> out;
  for (nb::handle x : items_from(sequence, "xs")) out.push_back(as_tensor(x));
  return out;
}

std::vector<Tensor> arguments_from(const nb::args& xs, const char* function) {
  if (xs.size() == 0)
    fail<GradError>(function, ": there is nothing to differentiate by\n  give the arguments of the function after it");
  return arrays_from(xs);
}

std::vector<Tensor> points_from(nb::handle xs) {
  return tensor_in(xs) ? std::vector<Tensor>{*tensor_in(xs)} : arrays_from(xs);
}

std::vector<Tensor> directions_from(nb::handle tangents) {
  if (tensor_in(tangents)) return {*tensor_in(tangents)};
  std::vector<Tensor> out;
  for (nb::handle v : items_from(tangents, "tangents")) out.push_back(optional_tensor(v));
  return out;
}

nb::object like_points(nb::handle xs, const std::vector<Tensor>& results) {
  return tensor_in(xs) ? to_python(results[0]) : nb::object(tuple_of_tensors(results));
}

}  // namespace ricci::python
