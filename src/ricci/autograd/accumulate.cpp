#include "ricci/autograd/accumulate.h"

#include "ricci/autograd/batched.h"

namespace ricci {
namespace {

class Accumulate final : public Op {
 public:
  std::string_view name() const override { return "add"; }
  TensorType output_type(Operands in) const override { return {in[0].shape(), in[0].dtype()}; }
  void run_into(Operands in, const Tensor& out) const override { map_into(Map::add, in, out); }
  LinearMap derivative(std::size_t, Operands, const Tensor&) const override { return identity_map(); }
  Reads reads(std::size_t) const override { return kReadsNothing; }
  Tensor batched(Operands in, const Batch& batch) const override {
    return accumulate(batch.has[0] ? in[0] : spread(in[0], batch.extent),
                      batch.has[1] ? in[1] : spread(in[1], batch.extent));
  }
};

}  // namespace

void map_into(Map map, Operands inputs, const Tensor& out, const NumberAt& number) {
  MapStep step{.map = map,
               .shape = out.shape(),
               .inputs = {},
               .out = {address_of(out), out.dtype()},
               .out_strides = out.strides()};
  for (const Tensor& t : inputs)
    step.inputs.push_back({address_of(t), t.dtype(), broadcast_strides(t.shape(), t.strides(), out.shape())});
  if (number.place >= 0)
    step.inputs.insert(step.inputs.begin() + number.place,
                       {.dtype = inputs.empty() ? out.dtype() : inputs.back().dtype(), .number = number.value});
  backend_of(out.device()).map(step);
}

void fill_elements(const Tensor& out, const Scalar& value) { map_into(Map::copy, {}, out, {0, value}); }

Tensor run_map(Map map, Operands inputs, const Shape& shape, DType dtype) {
  const Tensor out = empty(shape, {.dtype = dtype, .device = inputs[0].device()});
  map_into(map, inputs, out);
  return out;
}

bool is_unshared(const Tensor& tensor) {
  const TensorImpl& impl = *tensor.impl();
  return impl.owners() == 1 && !impl.wrapper && !impl.history && !impl.requires_grad && !impl.is_view && impl.storage &&
         !impl.storage->borrowed() && impl.storage->owners() == 1 && tensor.is_contiguous();
}

Tensor accumulate(const Tensor& a, const Tensor& b) {
  if (!a.defined()) return b;
  if (!b.defined()) return a;
  const Tensor both[] = {a, b};
  return call_new<Accumulate>(both);
}

}  // namespace ricci
