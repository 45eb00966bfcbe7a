// The class Tensor is bound in three files; these are their parts.
#pragma once

#include "convert.h"

namespace ricci::python {

using TensorClass = nb::class_<Tensor>;

/// Functions of one tensor, which are methods and module functions alike.
struct Unary {
  const char* name;
  Tensor (*function)(const Tensor&);
  const char* doc;
  const char* example;  // an argument and what it gives
  bool is_method;
};
std::span<const Unary> unary_functions();

extern PyType_Slot tensor_slots[];
void define_operators(TensorClass& c);
void define_methods(TensorClass& c);
void define_protocols(TensorClass& c);

}  // namespace ricci::python
