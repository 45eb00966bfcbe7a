#include "ricci/ops/index.h"

#include <algorithm>

#include "ricci/autograd/level.h"
#include "ricci/autograd/node.h"
#include "ricci/autograd/record.h"
#include "ricci/backend/backend.h"
#include "ricci/base/checked.h"
#include "ricci/base/error.h"
#include "ricci/ops/create.h"
#include "ricci/ops/elementwise.h"
#include "ricci/ops/reduce.h"
#include "ricci/ops/shape.h"
#include "ricci/ops/spellings.h"

namespace ricci {
namespace {

struct Geometry {
  Shape shape;
  Strides strides;
  std::int64_t offset = 0;
};

// Python's slice: bounds are clipped to the axis, the length is what is left.
void cut(const Slice& slice, std::int64_t extent, std::int64_t stride, Geometry& out) {
  if (slice.step == 0) fail<IndexError>("x[start:stop:step]: the step is 0\n  1 takes every position");
  const bool forward = slice.step > 0;
  const std::int64_t low = forward ? 0 : -1, high = forward ? extent : extent - 1;
  const auto clip = [&](std::int64_t at) { return std::clamp(at < 0 ? at + extent : at, low, high); };
  const std::int64_t start = slice.start ? clip(*slice.start) : forward ? low : high;
  const std::int64_t stop = slice.stop ? clip(*slice.stop) : forward ? high : low;
  const std::int64_t span = forward ? stop - start : start - stop;
  const std::int64_t step = forward ? slice.step : -slice.step;
  const std::int64_t length = span <= 0 ? 0 : (span - 1) / step + 1;
  out.shape.push_back(length);
  out.strides.push_back(length > 1 ? stride * slice.step : stride);
  if (length > 0) out.offset += start * stride;
}

Geometry index_geometry(const Shape& shape, const Strides& strides, std::int64_t offset, const Index& items) {
  std::size_t used = 0;
  int ellipses = 0;
  for (const IndexItem& item : items) {
    used += std::holds_alternative<std::int64_t>(item) || std::holds_alternative<Slice>(item);
    ellipses += std::holds_alternative<AllAxes>(item);
  }
  if (ellipses > 1) fail<IndexError>("x[...]: more than one ellipsis; which axes each stands for is not known");
  if (used > shape.size())
    fail<IndexError>("x[...]: ", used, " indices for a tensor of shape ", shape, " with ", shape.size(), " axes");
  Geometry out{.shape = {}, .strides = {}, .offset = offset};
  std::size_t axis = 0;
  const auto keep = [&](std::size_t count) {
    for (; count > 0; --count, ++axis) {
      out.shape.push_back(shape[axis]);
      out.strides.push_back(strides[axis]);
    }
  };
  for (const IndexItem& item : items) {
    if (const auto* at = std::get_if<std::int64_t>(&item)) {
      const std::int64_t extent = shape[axis];
      if (*at < -extent || *at >= extent)
        fail<IndexError>("x[...]: position ", *at, " on axis ", axis, " of shape ", shape,
                         extent == 0 ? "; the axis is empty" : concat("; valid are ", -extent, "..", extent - 1));
      out.offset += (*at < 0 ? *at + extent : *at) * strides[axis];
      ++axis;
    } else if (const auto* slice = std::get_if<Slice>(&item)) {
      cut(*slice, shape[axis], strides[axis], out);
      ++axis;
    } else if (std::holds_alternative<NewAxis>(item)) {
      out.shape.push_back(1);
      out.strides.push_back(0);
    } else {
      keep(shape.size() - used);
    }
  }
  keep(shape.size() - axis);
  return out;
}

Tensor view_at(const Tensor& x, const Index& items) {
  const Geometry g = index_geometry(x.shape(), x.strides(), x.offset(), items);
  return make_view(x, g.shape, g.strides, g.offset);
}

// The items for a tensor that has the batch before its axes.
Index below_batch(const Index& items) {
  Index out{Slice{}};
  out.insert(out.end(), items.begin(), items.end());
  return out;
}

Shape with_batch(std::int64_t extent, const Shape& shape) {
  Shape out{extent};
  out.append(shape.begin(), shape.end());
  return out;
}

// Every operand with a batch of its own: what lacks it is repeated.
Tensors all_batched(Operands in, const Batch& batch) {
  Tensors out;
  for (std::size_t i = 0; i < in.size(); ++i)
    out.push_back(batch.has[i] ? in[i] : expand(in[i], with_batch(batch.extent, in[i].shape())));
  return out;
}

class SliceOp final : public Op {
 public:
  explicit SliceOp(Index items) : items_(std::move(items)) {}
  std::string_view name() const override { return "slice"; }
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
  Tensor run(Operands in) const override {
    const Tensor out = zeros(shape_, {.dtype = in[0].dtype(), .device = in[0].device()});
    copy_into(view_at(out, items_), in[0]);
    return out;
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

GatherStep gather_step(const Tensor& table, const Tensor& index, const Tensor& values, int axis) {
  return {.shape = index.shape(),
          .axis = axis,
          .extent = table.extent(axis),
          .index = index.data<std::int64_t>(),
          .index_strides = index.strides(),
          .table = table.raw_data(),
          .table_strides = table.strides(),
          .values = values.raw_data(),
          .value_strides = values.strides(),
          .dtype = table.dtype()};
}

// Operands: the table and int64 positions in it; ScatterAdd's: values, and where each is added.
class Gather final : public Op {
 public:
  explicit Gather(int axis) : axis_(axis) {}
  std::string_view name() const override { return "gather"; }
  Tensor run(Operands in) const override {
    const Tensor out = empty(in[1].shape(), {.dtype = in[0].dtype(), .device = in[0].device()});
    backend_of(in[0].device()).gather(gather_step(in[0], in[1], out, axis_));
    return out;
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
  Tensor run(Operands in) const override {
    Shape shape = in[0].shape();
    shape[static_cast<std::size_t>(axis_)] = extent_;
    const Tensor out = zeros(shape, {.dtype = in[0].dtype(), .device = in[0].device()});
    backend_of(out.device()).scatter_add(gather_step(out, in[1], in[0], axis_));
    return out;
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

// Joining along an axis: each input is a slice of the result.
class Cat final : public Op {
 public:
  // `starts` are where each input begins along the axis, and the end of the last.
  Cat(int axis, std::vector<std::int64_t> starts) : axis_(axis), starts_(std::move(starts)) {}
  std::string_view name() const override { return "cat"; }
  Reads reads(std::size_t) const override { return kReadsNothing; }
  Tensor run(Operands in) const override {
    const Tensor out = empty(joined_shape(in), {.dtype = in[0].dtype(), .device = in[0].device()});
    for (std::size_t i = 0; i < in.size(); ++i) copy_into(view_at(out, place(i)), in[i]);
    return out;
  }
  Tensor batched(Operands in, const Batch& batch) const override {
    const Tensors all = all_batched(in, batch);
    return call_new<Cat>(Operands(all.data(), all.size()), axis_ + 1, starts_);
  }
  LinearMap derivative(std::size_t i, Operands in, const Tensor&) const override {
    return {[shape = joined_shape(in), at = place(i)](const Tensor& dx) { return embed(dx, shape, at); },
            [at = place(i)](const Tensor& g) { return slice(g, at); }};
  }

 private:
  Shape joined_shape(Operands in) const {
    Shape shape = in[0].shape();
    shape[static_cast<std::size_t>(axis_)] = starts_.back();
    return shape;
  }
  Index place(std::size_t i) const {
    Index items(static_cast<std::size_t>(axis_), Slice{});
    items.push_back(Slice{starts_[i], starts_[i + 1]});
    return items;
  }
  int axis_;
  std::vector<std::int64_t> starts_;
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

void check_joinable(const std::vector<Tensor>& tensors, int axis) {
  const Tensor& first = tensors.front();
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    bool fits = tensors[i].ndim() == first.ndim();
    for (std::int64_t k = 0; fits && k < first.ndim(); ++k) fits = k == axis || tensors[i].extent(k) == first.extent(k);
    if (!fits)
      fail_at<ShapeError>({.operand = static_cast<int>(i)}, "cat: shapes ", first.shape(), " and ", tensors[i].shape(),
                          " (operand ", i + 1, ") differ in more than axis ", axis);
  }
}

// Where each tensor begins along the axis, and the end of the last.
std::vector<std::int64_t> starts_along(const std::vector<Tensor>& tensors, int axis) {
  std::vector<std::int64_t> starts{0};
  for (const Tensor& t : tensors) {
    const std::optional<std::int64_t> end = checked_add(starts.back(), t.extent(axis));
    if (!end) fail<ShapeError>("cat: the extents of axis ", axis, " add up to more than 2^63 - 1");
    starts.push_back(*end);
  }
  return starts;
}

}  // namespace

Tensor slice(const Tensor& x, const Index& items) { return call_new<SliceOp>({&x, 1}, items); }

Tensor embed(const Tensor& x, const Shape& shape, const Index& items) {
  const Geometry g = index_geometry(shape, contiguous_strides(shape), 0, items);
  if (g.shape != x.shape()) fail<ShapeError>("embed: shape ", x.shape(), " does not fit the place of shape ", g.shape);
  return call_new<Embed>({&x, 1}, shape, items);
}

void assign(Tensor& x, const Index& items, const Tensor& value) {
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

Tensor gather(const Tensor& x, const Tensor& index, std::int64_t axis) {
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
  const int i = normalize_axis(axis, values.shape().size(), "scatter_add");
  if (index.shape() != values.shape())
    fail<ShapeError>("scatter_add: an index of shape ", index.shape(), " for values of shape ", values.shape());
  const Tensor both[] = {values, positions(index, extent, "scatter_add")};
  return call_new<ScatterAdd>(both, i, extent);
}

Tensor take(const Tensor& x, const Tensor& index, std::int64_t axis) {
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

namespace {

// Where a mask holds, as positions in row-major order: (count).
Tensor positions_of(const Tensor& mask) {
  const Tensor dense = contiguous(mask.detach());
  const std::span<const bool> holds(dense.data<bool>(), static_cast<std::size_t>(dense.numel()));
  const Tensor out =
      empty({std::count(holds.begin(), holds.end(), true)}, {.dtype = DType::i64, .device = mask.device()});
  std::int64_t* at = out.data<std::int64_t>();
  for (std::size_t i = 0; i < holds.size(); ++i)
    if (holds[i]) *at++ = static_cast<std::int64_t>(i);
  return out;
}

}  // namespace

Tensor select(const Tensor& x, const Tensor& mask) {
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

Tensor cat(const std::vector<Tensor>& tensors, std::int64_t axis) {
  if (tensors.empty()) fail<ShapeError>("cat: there are no tensors to join");
  const int i = normalize_axis(axis, tensors[0].shape().size(), "cat");
  check_joinable(tensors, i);
  DType dtype = tensors[0].dtype();
  for (const Tensor& t : tensors) dtype = promote(dtype, t.dtype());
  Tensors same;
  for (const Tensor& t : tensors) same.push_back(to(t, dtype));
  return call_new<Cat>(Operands(same.data(), same.size()), i, starts_along(tensors, i));
}

Tensor stack(const std::vector<Tensor>& tensors, std::int64_t axis) {
  if (tensors.empty()) fail<ShapeError>("stack: there are no tensors to join");
  const int i = normalize_axis(axis, tensors[0].shape().size() + 1, "stack");
  std::vector<Tensor> rows;
  for (std::size_t k = 0; k < tensors.size(); ++k) {
    if (tensors[k].shape() != tensors[0].shape())
      fail_at<ShapeError>({.operand = static_cast<int>(k)}, "stack: shapes ", tensors[0].shape(), " and ",
                          tensors[k].shape(), " (operand ", k + 1, ") differ");
    rows.push_back(unsqueeze(tensors[k], i));
  }
  return cat(rows, i);
}

}  // namespace ricci
