#include "ricci/ops/index.h"

#include "ricci/autograd/level.h"
#include "ricci/autograd/record.h"
#include "ricci/base/error.h"
#include "ricci/ops/create.h"
#include "ricci/ops/einsum/spellings.h"
#include "ricci/ops/elementwise.h"
#include "ricci/ops/index_geometry.h"
#include "ricci/ops/shape.h"
#include "ricci/tensor/defined.h"

namespace ricci {
namespace {

// The items for a tensor that has the batch before its axes.
Index below_batch(const Index& items) {
  Index out{Slice{}};
  out.insert(out.end(), items.begin(), items.end());
  return out;
}

class SliceOp final : public Op {
 public:
  explicit SliceOp(Index items) : items_(std::move(items)) {}
  std::string_view name() const override { return "slice"; }
  TensorType output_type(Operands in) const override {
    return {index_geometry(in[0].shape(), in[0].strides(), 0, items_).shape, in[0].dtype()};
  }
  Tensor run(Operands in) const override { return view_at(in[0], items_); }
  Reads reads(std::size_t) const override { return kReadsNothing; }
  Tensor batched(Operands in, const Batch&) const override { return slice(in[0], below_batch(items_)); }
  LinearMap derivative(std::size_t, Operands in, const Tensor&) const override {
    return {[items = items_](const Tensor& dx) { return slice(dx, items); },
            [items = items_, shape = in[0].shape()](const Tensor& g) { return embed(g, shape, items); }};
  }

 private:
  Index items_;
};

class Embed final : public Op {
 public:
  Embed(Shape shape, Index items) : shape_(std::move(shape)), items_(std::move(items)) {}
  std::string_view name() const override { return "embed"; }
  TensorType output_type(Operands in) const override { return {shape_, in[0].dtype()}; }
  void run_into(Operands in, const Tensor& out) const override {
    fill(out, 0);
    copy_into(view_at(out, items_), in[0]);
  }
  Reads reads(std::size_t) const override { return kReadsNothing; }
  Tensor batched(Operands in, const Batch& batch) const override {
    return embed(in[0], with_batch(batch.extent, shape_), below_batch(items_));
  }
  LinearMap derivative(std::size_t, Operands, const Tensor&) const override {
    return {[shape = shape_, items = items_](const Tensor& dx) { return embed(dx, shape, items); },
            [items = items_](const Tensor& g) { return slice(g, items); }};
  }

 private:
  Shape shape_;
  Index items_;
};

}  // namespace

Tensor slice(const Tensor& x, const Index& items) { return call_new<SliceOp>({&x, 1}, items); }

Tensor embed(const Tensor& x, const Shape& shape, const Index& items) {
  check_defined("embed", x);
  const IndexGeometry g = index_geometry(shape, contiguous_strides(shape), 0, items);
  if (g.shape != x.shape()) fail<ShapeError>("embed: shape ", x.shape(), " does not fit the place of shape ", g.shape);
  return call_new<Embed>({&x, 1}, shape, items);
}

void assign(Tensor& x, const Index& items, const Tensor& value) {
  check_defined("assign", x, value);
  // A changed copy where a derivative or a batch would be lost by writing into the elements.
  const Tensor both[] = {x, value};
  const bool recorded = is_recorded(both);
  if (!recorded && !outermost(both)) {
    copy_into(view_at(x, items), to(value.detach(), x.dtype()));
    return;
  }
  if (recorded && x.is_leaf() && x.requires_grad())
    fail<GradError>("x[...] = v: x is a leaf that requires grad\n  change it under no_grad(), or clone() it first");
  if (x.impl()->is_view)
    fail<GradError>("x[...] = v: x is a view of another tensor, and a derivative or a batch goes through it",
                    "\n  clone() it first");
  const Shape place = index_geometry(x.shape(), x.strides(), 0, items).shape;
  const Tensor there = embed(ones(place, {.dtype = x.dtype(), .device = x.device()}), x.shape(), items);
  x = where(not_equal(there, 0), embed(expand(to(value, x.dtype()), place), x.shape(), items), x);
}

}  // namespace ricci
