// Softmax along one axis. Rows that lie densely are taken some at a time, all passes over them while they are in the
// caches: the values in one write, the gradients of values that are not recorded in the memory of their seed.
#include "ricci/autograd/accumulate.h"
#include "ricci/autograd/foreign.h"
#include "ricci/autograd/level.h"
#include "ricci/autograd/record.h"
#include "ricci/base/error.h"
#include "ricci/base/parallel.h"
#include "ricci/execute/contract.h"
#include "ricci/ops/create.h"
#include "ricci/ops/elementwise.h"
#include "ricci/ops/reduce.h"
#include "ricci/ops/shape.h"

namespace ricci {
namespace {

constexpr std::int64_t kPart = 1 << 16;  // elements at a time: two or three tensors of it stay in L2

// A dense tensor as [before, axis, after], in parts along the first.
struct Rows {
  Shape shape;
  std::int64_t a_part;

  Rows(const Tensor& x, int axis) : shape{1, x.shape()[static_cast<std::size_t>(axis)], 1} {
    for (int i = 0; i < static_cast<int>(x.ndim()); ++i)
      if (i != axis) shape[i < axis ? 0 : 2] *= x.shape()[static_cast<std::size_t>(i)];
    a_part = std::max<std::int64_t>(1, kPart / std::max<std::int64_t>(1, shape[1] * shape[2]));
  }
  std::int64_t parts() const { return (shape[0] + a_part - 1) / a_part; }
  Tensor part(const Tensor& x, std::int64_t number) const {
    const std::int64_t first = number * a_part;
    return make_view(x, {std::min(a_part, shape[0] - first), shape[1], shape[2]}, {shape[1] * shape[2], shape[2], 1},
                     x.offset() + first * shape[1] * shape[2]);
  }
};

// The middle one of three axes folded in `semiring`, and kept as 1.
Tensor fold_rows(const Tensor& x, Semiring semiring) {
  Contraction c{.extents = Extents(x.shape().begin(), x.shape().end()), .dtype = x.dtype(), .semiring = semiring};
  c.inputs.push_back({.labels = {0, 1, 2}});
  c.output = {0, 2};
  return reshape(execute::contract(c, {&x, 1}, x.dtype()), {x.shape()[0], 1, x.shape()[2]});
}

// What exponentials are taken relative to: the largest value, 0 where it is infinite.
Tensor finite_top(const Tensor& rows) {
  const Tensor top = fold_rows(rows, Semiring::max_plus);
  return where(isfinite(top), top, 0);
}

void softmax_rows(const Tensor& x, const Tensor& out) {
  const Tensor shift[] = {x, finite_top(x)};
  map_into(Map::subtract, shift, out);
  map_into(Map::exp, {&out, 1}, out);
  const Tensor scale[] = {out, reciprocal(fold_rows(out, Semiring::sum_product))};  // a division costs ten products
  map_into(Map::multiply, scale, out);
}

// out = y (g - sum(y g)); out may be g.
void gradient_rows(const Tensor& y, const Tensor& g, const Tensor& out) {
  const Tensor both[] = {y, g};
  const Tensor shift[] = {g, fold_rows(run_map(Map::multiply, both, y.shape(), y.dtype()), Semiring::sum_product)};
  map_into(Map::subtract, shift, out);
  const Tensor scale[] = {out, y};
  map_into(Map::multiply, scale, out);
}

// y = exp(x) / sum(exp(x)): dy = y (dx - sum(y dx)), its own adjoint.
class Softmax final : public Op {
 public:
  explicit Softmax(int axis) : axis_(axis) {}
  std::string_view name() const override { return "softmax"; }
  Reads reads(std::size_t) const override { return kReadsOutput; }
  Tensor run(Operands in) const override {
    const Tensor x = contiguous(to(in[0].detach(), accumulator_of(in[0].dtype())));
    const Tensor out = empty(x.shape(), {.dtype = x.dtype(), .device = x.device()});
    const Rows rows(x, axis_);
    if (out.numel() > 0)
      parallel_for(rows.parts(), [&](std::int64_t i) { softmax_rows(rows.part(x, i), rows.part(out, i)); });
    return to(out, in[0].dtype());
  }
  Tensor batched(Operands in, const Batch&) const override { return softmax(in[0], axis_ + 1); }
  LinearMap derivative(std::size_t, Operands, const Tensor& y) const override {
    const auto map = [y, axis = axis_](const Tensor& t) {
      return y * (t - sum(y * t, {.axes = {axis}, .keepdims = true}));
    };
    return {map, map};
  }
  Tensors pullback(Operands in, const Tensor& y, const Tensor& seed, std::span<const bool> wanted) const override {
    const bool reuses = is_unshared(seed);
    const Tensor both[] = {y, seed};
    const bool plain = !recording() && level_of(both) == 0 && !foreign_among(both) && is_dense(y) && is_dense(seed) &&
                       accumulator_of(y.dtype()) == y.dtype();
    if (!plain) return Op::pullback(in, y, seed, wanted);
    const Tensor out = reuses ? seed : empty(y.shape(), {.dtype = y.dtype(), .device = y.device()});
    const Rows rows(y, axis_);
    parallel_for(rows.parts(),
                 [&](std::int64_t i) { gradient_rows(rows.part(y, i), rows.part(seed, i), rows.part(out, i)); });
    return {out};
  }

 private:
  static bool is_dense(const Tensor& t) {
    return t.device().type != DeviceType::meta && t.numel() > 0 && t.is_contiguous();
  }
  int axis_;
};

}  // namespace

Tensor softmax(const Tensor& x, std::int64_t axis) {
  const int i = normalize_axis(axis, x.shape().size(), "softmax");
  const Tensor numbers = as_float(x, "softmax");
  return call_new<Softmax>({&numbers, 1}, i);
}

}  // namespace ricci
