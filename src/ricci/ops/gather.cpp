// Reading and adding by integer tensors and masks: gather, its adjoint scatter_add, and what is made of them.
#include <algorithm>

#include "ricci/autograd/level.h"
#include "ricci/autograd/record.h"
#include "ricci/backend/backend.h"
#include "ricci/base/error.h"
#include "ricci/ops/create.h"
#include "ricci/ops/einsum/spellings.h"
#include "ricci/ops/elementwise.h"
#include "ricci/ops/index.h"
#include "ricci/ops/index_geometry.h"
#include "ricci/ops/shape.h"
#include "ricci/tensor/copy.h"
#include "ricci/tensor/defined.h"

namespace ricci {
namespace {

GatherStep gather_step(const Tensor& table, const Tensor& index, const Tensor& values, int axis) {
  return {.shape = index.shape(),
          .axis = axis,
          .extent = table.extent(axis),
          .index = static_cast<const std::int64_t*>(address_of(index)),
          .index_strides = index.strides(),
          .table = address_of(table),
          .table_strides = table.strides(),
          .values = address_of(values),
          .value_strides = values.strides(),
          .dtype = table.dtype()};
}

// Operands: the table and int64 positions in it; ScatterAdd's: values, and where each is added.
class Gather final : public Op {
 public:
  explicit Gather(int axis) : axis_(axis) {}
  std::string_view name() const override { return "gather"; }
  TensorType output_type(Operands in) const override { return {in[1].shape(), in[0].dtype()}; }
  void run_into(Operands in, const Tensor& out) const override {
    backend_of(out.device()).gather(gather_step(in[0], in[1], out, axis_));
  }
  Reads reads(std::size_t) const override { return reads_all_but(0); }
  Tensor batched(Operands in, const Batch& batch) const override {
    const Tensors all = all_batched(in, batch);
    return call_new<Gather>(Operands(all.data(), all.size()), axis_ + 1);
  }
  LinearMap derivative(std::size_t, Operands in, const Tensor&) const override {
    return {[index = in[1], axis = axis_](const Tensor& dx) { return gather(dx, index, axis); },
            [index = in[1], axis = axis_, n = in[0].extent(axis_)](const Tensor& g) {
              return scatter_add(g, index, axis, n);
            }};
  }

 private:
  int axis_;
};

class ScatterAdd final : public Op {
 public:
  ScatterAdd(int axis, std::int64_t extent) : axis_(axis), extent_(extent) {}
  std::string_view name() const override { return "scatter_add"; }
  TensorType output_type(Operands in) const override {
    Shape shape = in[0].shape();
    shape[static_cast<std::size_t>(axis_)] = extent_;
    return {shape, in[0].dtype()};
  }
  void run_into(Operands in, const Tensor& out) const override {
    fill(out, 0);
    backend_of(out.device()).scatter_add(gather_step(out, in[1], in[0], axis_));
  }
  Reads reads(std::size_t) const override { return reads_all_but(0); }
  Tensor batched(Operands in, const Batch& batch) const override {
    const Tensors all = all_batched(in, batch);
    return call_new<ScatterAdd>(Operands(all.data(), all.size()), axis_ + 1, extent_);
  }
  LinearMap derivative(std::size_t, Operands in, const Tensor&) const override {
    return {[index = in[1], axis = axis_, n = extent_](const Tensor& dx) { return scatter_add(dx, index, axis, n); },
            [index = in[1], axis = axis_](const Tensor& g) { return gather(g, index, axis); }};
  }

 private:
  int axis_;
  std::int64_t extent_;
};

// Axes along which an expanded tensor repeats itself, once only.
Tensor without_repeats(const Tensor& x) {
  if (outermost({&x, 1})) return x;
  Index items(x.shape().size(), Slice{});
  for (std::size_t i = 0; i < items.size(); ++i)
    if (x.strides()[i] == 0 && x.shape()[i] > 1) items[i] = Slice{0, 1};
  return slice(x, items);
}

// int64 positions without negatives; values outside are left for the backend to refuse.
Tensor positions(const Tensor& index, std::int64_t extent, std::string_view function) {
  if (!is_integer(index.dtype()))
    fail<DTypeError>(function, ": the index is ", index.dtype(), "; positions are integers");
  const NoGrad inside;
  const Tensor at = to(without_repeats(index), DType::i64);
  return expand(where(less(at, 0), where(less(at, -extent), at, at + extent), at), index.shape());
}

// Where a mask holds, as positions in row-major order: (count).
Tensor positions_of(const Tensor& mask) {
  const Tensor dense = on_host(contiguous(mask.detach()));
  const std::span<const bool> holds(dense.data<const bool>(), static_cast<std::size_t>(dense.numel()));
  const Tensor out =
      empty({std::count(holds.begin(), holds.end(), true)}, {.dtype = DType::i64, .device = dense.device()});
  std::int64_t* at = out.data<std::int64_t>();
  for (std::size_t i = 0; i < holds.size(); ++i)
    if (holds[i]) *at++ = static_cast<std::int64_t>(i);
  return copy_to(out, mask.device());
}

}  // namespace

Tensor gather(const Tensor& x, const Tensor& index, std::int64_t axis) {
  check_defined("gather", x, index);
  const int i = normalize_axis(axis, x.shape().size(), "gather");
  bool fits = index.ndim() == x.ndim();
  for (std::int64_t k = 0; fits && k < x.ndim(); ++k) fits = k == i || index.extent(k) == x.extent(k);
  if (!fits)
    fail<ShapeError>("gather: an index of shape ", index.shape(), " for shape ", x.shape(),
                     "; they may differ on axis ", i, " only");
  const Tensor both[] = {x, positions(index, x.extent(i), "gather")};
  return call_new<Gather>(both, i);
}

Tensor scatter_add(const Tensor& values, const Tensor& index, std::int64_t axis, std::int64_t extent) {
  check_defined("scatter_add", values, index);
  const int i = normalize_axis(axis, values.shape().size(), "scatter_add");
  if (index.shape() != values.shape())
    fail<ShapeError>("scatter_add: an index of shape ", index.shape(), " for values of shape ", values.shape());
  const Tensor both[] = {values, positions(index, extent, "scatter_add")};
  return call_new<ScatterAdd>(both, i, extent);
}

Tensor take(const Tensor& x, const Tensor& index, std::int64_t axis) {
  check_defined("take", x, index);
  const int i = normalize_axis(axis, x.shape().size(), "take");
  Shape rows = x.shape(), along(x.shape().size(), 1), shape;
  rows[static_cast<std::size_t>(i)] = along[static_cast<std::size_t>(i)] = index.numel();
  for (std::size_t k = 0; k < x.shape().size(); ++k) {
    if (k == static_cast<std::size_t>(i))
      shape.append(index.shape().begin(), index.shape().end());
    else
      shape.push_back(x.shape()[k]);
  }
  return reshape(gather(x, expand(reshape(index, along), rows), i), shape);
}

Tensor select(const Tensor& x, const Tensor& mask) {
  check_defined("select", x, mask);
  if (mask.dtype() != DType::b8)
    fail<DTypeError>("select: the mask is ", mask.dtype(), ", not bool\n  compare it first: not_equal(x, 0)");
  const std::size_t rank = mask.shape().size();
  if (rank > x.shape().size() || !std::equal(mask.shape().begin(), mask.shape().end(), x.shape().begin()))
    fail<ShapeError>("select: a mask of shape ", mask.shape(), " for shape ", x.shape(),
                     "\n  it must have the extents of the first axes");
  Shape rows{mask.numel()};
  rows.append(x.shape().begin() + static_cast<std::ptrdiff_t>(rank), x.shape().end());
  return take(reshape(x, rows), positions_of(mask), 0);
}

}  // namespace ricci
