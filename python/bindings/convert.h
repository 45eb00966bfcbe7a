// From Python's values to Ricci's and back: tensors, numbers, dtypes, shapes, axes. Everything that a
// caller can get wrong is told here with a typed error.
#pragma once

#include <optional>
#include <variant>

#include "numpy.h"

namespace ricci::python {

/// Where an operand came from; a result goes back to the strongest kind among the operands.
enum class Kind : std::uint8_t { plain, numpy, jax, torch, ricci };

/// A trained tensor of a module: a class of its own, so that assigning it to a module registers it.
struct Parameter : Tensor {
  using Tensor::Tensor;
  explicit Parameter(const Tensor& tensor) : Tensor(tensor) {}
};

/// The handle inside a ricci.Tensor, or null for any other object.
Tensor* tensor_in(nb::handle object);
/// A new ricci.Tensor; None for an undefined one.
nb::object to_python(const Tensor& tensor);

/// The operands of one call: shared where they can be, and remembered by kind.
class Arguments {
 public:
  /// The operands of a call that has several: a constant among arrays of JAX gets the dtype that JAX would give it.
  template <class... Handles>
  explicit Arguments(const Handles&... objects) {
    (look(objects), ...);
  }
  void look(nb::handle object);
  /// Any array, number or nested list; of one that torch or JAX differentiates or traces, what stands for
  /// it. Throws DTypeError naming the operand for anything else.
  Tensor read(nb::handle object);
  /// The same for calls that need the values. Throws GradError for what torch or JAX differentiates or traces.
  Tensor read_values(nb::handle object);
  /// The result in the operands' kind.
  nb::object give(const Tensor& result) const;

 private:
  Tensor take(nb::handle object, bool values);
  std::optional<Shared> share_kept(nb::handle object, Kind& kind);
  Tensor as_jax_has_it(nb::handle object, const Tensor& tensor) const;

  Kind kind_ = Kind::plain;
  bool writable_ = true;
  bool kept_ = false;  // an operand is one that another framework keeps
  bool among_jax_ = false;
  int count_ = 0;
  SmallVector<PyObject*, 4> looked_;
};

/// Whether it is an array of torch, JAX or another framework: one with DLPack that is neither Ricci's nor NumPy's.
bool is_foreign_array(nb::handle object);
/// The framework an array with DLPack belongs to: torch, jax, or ricci for any other.
Kind foreign_kind(nb::handle object);
/// The elements of an array with DLPack, whatever its framework is about.
Shared share_foreign(nb::handle object, Kind kind);
/// A plain result as an array of the framework.
nb::object give_to(Kind kind, const Tensor& result);

/// The elements of any array, shared; nothing for numbers, lists and what is no array.
std::optional<Shared> share(nb::handle object, Kind& kind);
/// Shared where it can be, copied where it must: what asarray() gives.
Tensor as_tensor(nb::handle object);
/// A copy with the dtype asked for (or the values' own), as tensor() gives.
Tensor copy_tensor(nb::handle object, std::optional<DType> dtype);
/// The values of a number or a nested list. Throws ShapeError for lists of unequal lengths, DTypeError.
Tensor tensor_from_list(nb::handle object, std::optional<DType> dtype);

bool is_number(nb::handle object);
/// bool, int, float or complex, or a NumPy or Ricci scalar. Throws DTypeError.
Scalar scalar_from(nb::handle object, const char* what);
/// The tensor or weak number an operator takes; nothing for other objects.
std::optional<Value> value_from(nb::handle object);
/// The single element as a Python number. Throws ShapeError.
nb::object item_of(const Tensor& tensor);
nb::object list_of(const Tensor& tensor);

/// A ricci.dtype, its name, a NumPy dtype or bool, int, float, complex; nothing for None.
std::optional<DType> dtype_from(nb::handle object);
nb::object dtype_object(DType dtype);
Device device_from(nb::handle object);
/// What to() takes: a dtype as above, or a device's name. Throws DTypeError for None and what is neither.
std::variant<DType, Device> target_from(nb::handle object);

/// A whole number. Throws DTypeError naming `what`.
std::int64_t integer_from(nb::handle object, const char* what);
/// A sequence of whole numbers, or one alone.
SmallVector<std::int64_t, 8> integers_from(nb::handle object, const char* what);
/// The same as operand numbers; past int they name no operand.
std::vector<int> positions_from(nb::handle object, const char* what);
/// f(2, 3) or f((2, 3)).
SmallVector<std::int64_t, 8> integers_from_arguments(const nb::args& arguments, const char* what);
nb::tuple tuple_of(const SmallVector<std::int64_t, 8>& values);
std::string string_from(nb::handle object, const char* what);
/// A str, bytes or anything with __fspath__. Throws DTypeError for others, DataError for what names no file.
std::string path_from(nb::handle object);
/// True or False, of Python or NumPy.
bool flag_from(nb::handle object, const char* what);
nb::dict dict_from(nb::handle object, const char* what);
/// The items of anything that can be iterated over, held as a tuple: code of the caller's may change the thing itself.
nb::tuple items_from(nb::handle object, const char* what);
nb::object text_of(std::string_view utf8);
/// repr(x) and str(x) for messages, whatever they hold; where x has none, its type.
std::string repr_of(nb::handle object);
std::string str_of(nb::handle object);

}  // namespace ricci::python
