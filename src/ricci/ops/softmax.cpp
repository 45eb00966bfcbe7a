// Softmax along one axis: one step of the backend, and so are gradients that are not recorded, which take the memory of
// their seed where nobody else sees it.
#include "ricci/autograd/accumulate.h"
#include "ricci/autograd/foreign.h"
#include "ricci/autograd/level.h"
#include "ricci/autograd/record.h"
#include "ricci/ops/elementwise.h"
#include "ricci/ops/reduced_axes.h"
#include "ricci/ops/shape.h"
#include "ricci/tensor/defined.h"

namespace ricci {
namespace {

// y = exp(x) / sum(exp(x)): dy = y (dx - sum(y dx)), its own adjoint.
class Softmax final : public Op {
 public:
  explicit Softmax(int axis) : axis_(axis) {}
  std::string_view name() const override { return "softmax"; }
  Reads reads(std::size_t) const override { return kReadsOutput; }
  TensorType output_type(Operands in) const override { return {in[0].shape(), in[0].dtype()}; }
  void run_into(Operands in, const Tensor& out) const override { apply({}, in[0], out); }
  Tensor batched(Operands in, const Batch&) const override { return softmax(in[0], axis_ + 1); }
  LinearMap derivative(std::size_t, Operands, const Tensor& y) const override {
    const auto map = [y, axis = axis_](const Tensor& t) {
      return y * (t - sum(y * t, {.axes = {axis}, .keepdims = true}));
    };
    return {map, map};
  }
  Tensors pullback(Operands in, const Tensor& y, const Tensor& seed, std::span<const bool> wanted,
                   Ref<RefCounted> kept) const override {
    const bool reuses = is_unshared(seed);
    const Tensor both[] = {y, seed};
    if (recording() || level_of(both) > 0 || foreign_among(both)) return Op::pullback(in, y, seed, wanted, kept);
    const Tensor out = reuses ? seed : empty(y.shape(), {.dtype = y.dtype(), .device = y.device()});
    apply(y, seed, out);
    return {out};
  }

 private:
  // Of x, or, where y is a value, the derivative there.
  void apply(const Tensor& y, const Tensor& x, const Tensor& out) const {
    if (out.numel() == 0) return;
    SoftmaxStep step{.shape = out.shape(),
                     .axis = axis_,
                     .dtype = out.dtype(),
                     .x = address_of(x),
                     .x_strides = x.strides(),
                     .y_strides = {},
                     .out = address_of(out),
                     .out_strides = out.strides()};
    if (y.defined()) step.y = address_of(y), step.y_strides = y.strides();
    backend_of(out.device()).softmax(step);
  }
  int axis_;
};

}  // namespace

Tensor softmax(const Tensor& x, std::int64_t axis) {
  check_defined("softmax", x);
  const int i = normalize_axis(axis, x.shape().size(), "softmax");
  const Tensor numbers = as_float(x, "softmax");
  return call_new<Softmax>({&numbers, 1}, i);
}

}  // namespace ricci
