#include "foreign_arrays.h"

#include "operation.h"
#include "python_object.h"
#include "ricci/autograd/foreign.h"
#include "ricci/autograd/owner.h"
#include "torch_memory.h"

namespace ricci::python {
namespace {

nb::object framework(Kind kind) { return nb::module_::import_(kind == Kind::jax ? "ricci._jax" : "ricci._torch"); }

class Kept final : public Foreign, public Owner {
 public:
  Kept(nb::handle object, Kind kind) : object_(python::own(object)), kind_(kind) {}
  void visit_owned(OwnedVisitor visit) const override { visit(object_.get()); }

  Tensor call(const Ref<Op>& op, Operands inputs) const override {
    const Locked lock;
    nb::list arguments;
    for (const Tensor& t : inputs) arguments.append(own(t));
    return keep(in_python([&] { return framework(kind_).attr("call")(Operation{op}, nb::tuple(arguments)); }), kind_);
  }

  nb::object object() const { return nb::borrow(object_->get()); }

 private:
  // The operand as the framework has it; one of Ricci's own becomes a constant of it.
  nb::object own(const Tensor& operand) const {
    const auto* kept = static_cast<const Kept*>(foreign_of(operand));
    if (!kept) return framework(kind_).attr("constant")(give_to(kind_, operand));
    if (kept->kind_ != kind_)
      fail<GradError>("torch and JAX both differentiate or trace operands of this call\n  pass all to one of them");
    return kept->object();
  }

  Owned object_;
  Kind kind_;
};

DType dtype_of_array(nb::handle object, Kind kind) {
  const nb::object dtype = object.attr("dtype");
  return kind == Kind::torch ? dtype_from_torch(dtype) : parse_dtype(str_of(dtype));
}

}  // namespace

bool is_kept(nb::handle object, Kind kind) {
  if (kind != Kind::jax && kind != Kind::torch) return false;
  return in_python([&] { return nb::cast<bool>(framework(kind).attr("is_kept")(object)); });
}

Tensor keep(nb::handle object, Kind kind) {
  if (kind == Kind::torch) check_dense(object);
  const Shape shape = integers_from(nb::object(object.attr("shape")), "shape");
  return make_foreign(shape, dtype_of_array(object, kind), make_ref<Kept>(object, kind));
}

nb::object kept_object(const Tensor& tensor) {
  const Foreign* foreign = foreign_of(tensor);
  return foreign ? static_cast<const Kept*>(foreign)->object() : nb::object();
}

}  // namespace ricci::python
