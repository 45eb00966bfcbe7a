// Joining tensors along an axis they have, or along a new one.
#include "ricci/autograd/record.h"
#include "ricci/base/checked.h"
#include "ricci/base/error.h"
#include "ricci/ops/create.h"
#include "ricci/ops/elementwise.h"
#include "ricci/ops/index.h"
#include "ricci/ops/index_geometry.h"
#include "ricci/ops/shape.h"
#include "ricci/tensor/defined.h"

namespace ricci {
namespace {

// Joining along an axis: each input is a slice of the result.
class Cat final : public Op {
 public:
  // `starts` are where each input begins along the axis, and the end of the last.
  Cat(int axis, std::vector<std::int64_t> starts) : axis_(axis), starts_(std::move(starts)) {}
  std::string_view name() const override { return "cat"; }
  Reads reads(std::size_t) const override { return kReadsNothing; }
  TensorType output_type(Operands in) const override {
    Shape shape = in[0].shape();
    shape[static_cast<std::size_t>(axis_)] = starts_.back();
    return {shape, in[0].dtype()};
  }
  void run_into(Operands in, const Tensor& out) const override {
    for (std::size_t i = 0; i < in.size(); ++i) copy_into(view_at(out, place(i)), in[i]);
  }
  Tensor batched(Operands in, const Batch& batch) const override {
    const Tensors all = all_batched(in, batch);
    return call_new<Cat>(Operands(all.data(), all.size()), axis_ + 1, starts_);
  }
  LinearMap derivative(std::size_t i, Operands in, const Tensor&) const override {
    return {[shape = output_type(in).shape, at = place(i)](const Tensor& dx) { return embed(dx, shape, at); },
            [at = place(i)](const Tensor& g) { return slice(g, at); }};
  }

 private:
  Index place(std::size_t i) const {
    Index items(static_cast<std::size_t>(axis_), Slice{});
    items.push_back(Slice{starts_[i], starts_[i + 1]});
    return items;
  }
  int axis_;
  std::vector<std::int64_t> starts_;
};

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

Tensor cat(const std::vector<Tensor>& tensors, std::int64_t axis) {
  if (tensors.empty()) fail<ShapeError>("cat: there are no tensors to join");
  check_all_defined("cat", tensors);
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
  check_all_defined("stack", tensors);
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
