#include "convert.h"

#include <algorithm>

#include "array_interface.h"
#include "dlpack.h"
#include "foreign_arrays.h"
#include "torch_memory.h"

namespace ricci::python {
namespace {

nb::handle imported(const char* module) { return PyDict_GetItemString(PyImport_GetModuleDict(), module); }

bool is_instance_of(nb::handle object, const char* module, const char* type) {
  const nb::handle loaded = imported(module);
  if (!loaded.is_valid() || !nb::hasattr(loaded, type)) return false;
  const int is = PyObject_IsInstance(object.ptr(), nb::object(loaded.attr(type)).ptr());
  if (is < 0) nb::raise_python_error();
  return is == 1;
}

// A buffer or anything with __array__ becomes an array of NumPy's, which knows all formats and keeps it alive.
nb::object array_of_buffer(nb::handle object) {
  const nb::object asarray = nb::module_::import_("numpy").attr("asarray");
  if (!PyObject_CheckBuffer(object.ptr())) {
    check_array_interface(object);
    return in_python([&] { return asarray(object); });
  }
  const nb::object view = nb::steal(PyMemoryView_FromObject(object.ptr()));  // of bytes NumPy would make a string
  if (!view.is_valid()) nb::raise_python_error();
  return asarray(view);
}

void check_not_kept(nb::handle object, Kind kind) {
  if (is_kept(object, kind))
    fail<GradError>("torch or JAX differentiates or traces this ", nb::type_name(object.type()).c_str(),
                    ", and would not see what is done here\n  pass its values: ",
                    kind == Kind::jax ? "outside jit, grad and vmap" : "x.detach()");
}

nb::object give_jax(const Tensor& result) {
  return in_python(
      [&] { return nb::module_::import_("jax.dlpack").attr("from_dlpack")(to_python(contiguous(result))); });
}

// Memory of others may hold bytes that are no value of a bool: NumPy's view(bool) of other integers, for one.
// Such elements are copied as what they mean, true.
Shared with_true_bools(Shared shared) {
  if (shared.tensor.dtype() != DType::b8 || shared.tensor.numel() == 0) return shared;
  const NoGrad off;
  Tensor bytes = shared.tensor.detach();
  bytes.impl()->dtype = DType::u8;
  if (max(bytes).item<int>() <= 1) return shared;
  return {not_equal(bytes, 0), shared.writable, true};
}

}  // namespace

bool is_foreign_array(nb::handle object) {
  return !PyLong_Check(object.ptr()) && !tensor_in(object) && !is_array(object) && !is_number(object) &&
         has_dlpack(object);
}

Kind foreign_kind(nb::handle object) {
  if (is_instance_of(object, "torch", "Tensor")) return Kind::torch;
  return is_instance_of(object, "jax", "Array") ? Kind::jax : Kind::ricci;
}

Tensor* tensor_in(nb::handle object) {
  static PyTypeObject* type = reinterpret_cast<PyTypeObject*>(nb::type<Tensor>().ptr());
  if (!PyObject_TypeCheck(object.ptr(), type)) return nullptr;
  if (!nb::inst_ready(object)) fail<Error>("this Tensor was never initialised\n  call Tensor.__init__ first");
  return nb::inst_ptr<Tensor>(object);
}

nb::object to_python(const Tensor& tensor) { return tensor.defined() ? nb::cast(tensor) : nb::none(); }

Shared share_foreign(nb::handle object, Kind kind) {
  if (kind == Kind::torch) return share_torch(object);
  Shared shared = share_dlpack(object);
  shared.writable = shared.writable && kind != Kind::jax;  // JAX counts on its arrays never changing
  return shared;
}

std::optional<Shared> share(nb::handle object, Kind& kind) {
  if (Tensor* tensor = tensor_in(object)) {
    kind = Kind::ricci;
    return Shared{*tensor, true};
  }
  if (is_array(object)) {
    kind = Kind::numpy;
    return with_true_bools(share_array(object));
  }
  PyObject* o = object.ptr();
  if (PyList_Check(o) || PyTuple_Check(o)) return std::nullopt;
  if (is_numpy_scalar(object)) {
    kind = Kind::numpy;
    return share_array(array_of_scalar(object));
  }
  if (is_number(object)) return std::nullopt;
  if (has_dlpack(object)) {
    kind = foreign_kind(object);
    check_not_kept(object, kind);
    return with_true_bools(share_foreign(object, kind));
  }
  if (PyObject_CheckBuffer(o) || nb::hasattr(object, "__array__") || nb::hasattr(object, "__array_interface__")) {
    kind = Kind::numpy;
    return with_true_bools(share_array(array_of_buffer(object)));
  }
  return std::nullopt;
}

Tensor as_tensor(nb::handle object) {
  Kind kind = Kind::plain;
  const std::optional<Shared> shared = share(object, kind);
  if (!shared) return tensor_from_list(object, std::nullopt);
  return shared->writable ? shared->tensor : clone(shared->tensor);
}

Tensor copy_tensor(nb::handle object, std::optional<DType> dtype) {
  Kind kind = Kind::plain;
  const std::optional<Shared> shared = share(object, kind);
  const NoGrad off;
  if (!shared) return tensor_from_list(object, dtype).detach();
  const Tensor from = shared->tensor.detach();
  return dtype && *dtype != from.dtype() ? to(from, *dtype) : clone(from);
}

std::optional<Shared> Arguments::share_kept(nb::handle object, Kind& kind) {
  if (!is_foreign_array(object) || !is_kept(object, foreign_kind(object))) return share(object, kind);
  kind = foreign_kind(object);
  kept_ = true;
  return Shared{keep(object, kind), false};
}

void Arguments::look(nb::handle object) {
  if (tensor_in(object)) return;
  looked_.push_back(object.ptr());
  if (among_jax_ || is_array(object) || is_number(object)) return;
  among_jax_ = is_instance_of(object, "jax", "Array");
}

Tensor Arguments::as_jax_has_it(nb::handle object, const Tensor& tensor) const {
  if (tensor_in(object)) return tensor;
  const nb::object name = in_python([&] {
    nb::list others;
    for (PyObject* other : looked_) others.append(nb::handle(other));
    return nb::module_::import_("ricci._jax").attr("dtype_among")(object, others);
  });
  return name.is_none() ? tensor : to(tensor, parse_dtype(string_from(name, "dtype")));
}

Tensor Arguments::take(nb::handle object, bool values) {
  const int operand = count_++;
  Kind kind = Kind::plain;
  try {
    std::optional<Shared> shared = values ? share(object, kind) : share_kept(object, kind);
    kind_ = std::max(kind_, kind);
    if (kept_ && kind_ == Kind::ricci)
      fail<GradError>("torch or JAX differentiates or traces one operand, and another is a ricci.Tensor",
                      "\n  pass all as arrays of one framework");
    if (shared) writable_ = writable_ && shared->writable;
    if (!among_jax_) return shared ? std::move(shared->tensor) : tensor_from_list(object, std::nullopt);
    return as_jax_has_it(object, shared ? shared->tensor : tensor_from_list(object, std::nullopt));
  } catch (const DTypeError& error) {
    fail_at<DTypeError>({.operand = operand}, "operand ", operand + 1, ": ", error.what());
  } catch (const ShapeError& error) {
    fail_at<ShapeError>({.operand = operand}, "operand ", operand + 1, ": ", error.what());
  } catch (const GradError& error) {
    fail_at<GradError>({.operand = operand}, "operand ", operand + 1, ": ", error.what());
  }
}

Tensor Arguments::read(nb::handle object) { return take(object, false); }
Tensor Arguments::read_values(nb::handle object) { return take(object, true); }

nb::object give_to(Kind kind, const Tensor& result) {
  return kind == Kind::jax ? give_jax(result) : torch_tensor(result);
}

nb::object Arguments::give(const Tensor& result) const {
  if (const nb::object kept = kept_object(result); kept.is_valid()) return kept;
  switch (kind_) {
    case Kind::numpy: return to_array_or_scalar(result, writable_);
    case Kind::jax: return give_jax(result);
    case Kind::torch: return torch_tensor(result);
    default: return to_python(result);
  }
}

}  // namespace ricci::python
