// Python functions of tensors as those of C++, which may be kept and called without the interpreter's lock.
#pragma once

#include "convert.h"
#include "python_object.h"

namespace ricci::python {

/// A Python function of tensors. It takes the lock itself. Throws GradError when it returns anything else.
TensorFunction function_from(nb::handle f);
/// The same of one that is kept elsewhere.
TensorFunction borrowed_function(const PythonObject& f);
/// Throws GradError for what can't be called.
void check_function(nb::handle f);
/// f(arguments), with the lock held; a Python exception goes on as one.
nb::object call_python(nb::handle f, nb::handle arguments);

Tensor optional_tensor(nb::handle object);
nb::tuple tuple_of_tensors(const std::vector<Tensor>& tensors);
/// Arrays of any kind, as tensors.
std::vector<Tensor> arrays_from(nb::handle sequence);
/// The same where a derivative is asked for. Throws GradError where there are none.
std::vector<Tensor> arguments_from(const nb::args& xs, const char* function);
/// One tensor, or a sequence of arrays; among directions None stands for zero.
std::vector<Tensor> points_from(nb::handle xs);
std::vector<Tensor> directions_from(nb::handle tangents);
/// As the caller gave the points: a tensor for one, a tuple for a sequence.
nb::object like_points(nb::handle xs, const std::vector<Tensor>& results);

}  // namespace ricci::python
