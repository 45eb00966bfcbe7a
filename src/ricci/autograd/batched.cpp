#include "ricci/autograd/batched.h"

#include "ricci/autograd/op.h"
#include "ricci/backend/backend.h"
#include "ricci/backend/loops.h"

namespace ricci {
namespace {

Shape without(const Shape& shape, std::size_t axis) {
  Shape out = shape;
  out.erase(out.begin() + axis);
  return out;
}

Shape with(const Shape& shape, std::size_t axis, std::int64_t extent) {
  Shape out = shape;
  out.insert(out.begin() + axis, extent);
  return out;
}

// Repeats along a new axis; AxisSum is its adjoint, and it is AxisSum's.
class Spread final : public Op {
 public:
  Spread(std::size_t axis, std::int64_t extent) : axis_(axis), extent_(extent) {}
  std::string_view name() const override { return "expand"; }
  Reads reads(std::size_t) const override { return kReadsNothing; }
  TensorType output_type(Operands in) const override { return {with(in[0].shape(), axis_, extent_), in[0].dtype()}; }
  Tensor run(Operands in) const override {
    return make_view(in[0], output_type(in).shape, with(in[0].strides(), axis_, 0), in[0].offset());
  }
  LinearMap derivative(std::size_t, Operands, const Tensor&) const override;
  Tensor batched(Operands in, const Batch&) const override { return call_new<Spread>(in, axis_ + 1, extent_); }

 private:
  std::size_t axis_;
  std::int64_t extent_;
};

class AxisSum final : public Op {
 public:
  explicit AxisSum(std::size_t axis) : axis_(axis) {}
  std::string_view name() const override { return "sum"; }
  Reads reads(std::size_t) const override { return kReadsNothing; }
  TensorType output_type(Operands in) const override { return {without(in[0].shape(), axis_), in[0].dtype()}; }
  void run_into(Operands in, const Tensor& out) const override;
  LinearMap derivative(std::size_t, Operands in, const Tensor&) const override;
  Tensor batched(Operands in, const Batch&) const override { return call_new<AxisSum>(in, axis_ + 1); }

 private:
  std::size_t axis_;
};

LinearMap spread_and_sum(std::size_t axis, std::int64_t extent) {
  return {[=](const Tensor& t) {
            return call_new<Spread>({&t, 1}, axis, extent);
          },
          [=](const Tensor& t) {
            return call_new<AxisSum>({&t, 1}, axis);
          }};
}

LinearMap Spread::derivative(std::size_t, Operands, const Tensor&) const { return spread_and_sum(axis_, extent_); }

void AxisSum::run_into(Operands in, const Tensor& out) const {
  const Tensor& x = in[0];
  Contraction c{.extents = Extents(x.shape().begin(), x.shape().end()), .dtype = x.dtype()};
  c.inputs.push_back({});
  for (Label label = 0; label < c.label_count(); ++label) {
    c.inputs[0].labels.push_back(label);
    if (label != static_cast<Label>(axis_)) c.output.push_back(label);
  }
  backend_of(x.device())
      .reduce({.loops = make_loops(c, x.strides(), out.strides()),
               .a = {address_of(x), x.dtype(), false},
               .c = {address_of(out), out.dtype()},
               .alpha = 1,
               .beta = 0,
               .semiring = c.semiring});
}

LinearMap AxisSum::derivative(std::size_t, Operands in, const Tensor&) const {
  const LinearMap map = spread_and_sum(axis_, in[0].shape()[axis_]);
  return {map.transpose, map.apply};
}

}  // namespace

Tensor Batched::detach() const { return make_batched(level, value.detach()); }

Tensor make_batched(std::int64_t level, const Tensor& value) {
  auto impl = make_ref<TensorImpl>(value.storage(), without(value.shape(), 0), without(value.strides(), 0),
                                   value.offset(), value.dtype(), value.device());
  impl->is_view = value.impl()->is_view;
  impl->wrapper = make_ref<Batched>(level, value);
  return Tensor(std::move(impl));
}

const Batched* batched_of(const Tensor& tensor, std::int64_t level) {
  const Wrapper* wrapper = tensor.impl()->wrapper.get();
  return wrapper && wrapper->level == level ? dynamic_cast<const Batched*>(wrapper) : nullptr;
}

Tensor spread(const Tensor& x, std::int64_t extent) { return call_new<Spread>({&x, 1}, std::size_t{0}, extent); }

}  // namespace ricci
