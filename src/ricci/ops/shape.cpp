#include "ricci/ops/shape.h"

#include "ricci/autograd/accumulate.h"
#include "ricci/base/checked.h"
#include "ricci/base/error.h"
#include "ricci/tensor/copy.h"
#include "ricci/tensor/defined.h"

namespace ricci {
namespace {

Tensor copy_of(const Tensor& x) { return run_map(Map::copy, {&x, 1}, x.shape(), x.dtype()); }

class Reshape final : public Op {
 public:
  explicit Reshape(Shape shape) : shape_(std::move(shape)) {}
  std::string_view name() const override { return "reshape"; }
  TensorType output_type(Operands in) const override { return {shape_, in[0].dtype()}; }
  Tensor run(Operands in) const override {
    const Tensor& x = in[0];
    if (const auto strides = view_strides(x.shape(), x.strides(), shape_))
      return make_view(x, shape_, *strides, x.offset());
    const Tensor dense = copy_of(x);
    Tensor out = make_view(dense, shape_, contiguous_strides(shape_), 0);
    out.impl()->is_view = false;  // the copy is its own
    return out;
  }
  LinearMap derivative(std::size_t, Operands in, const Tensor&) const override {
    return {[to = shape_](const Tensor& dx) { return reshape(dx, to); },
            [from = in[0].shape()](const Tensor& g) { return reshape(g, from); }};
  }
  Reads reads(std::size_t) const override { return kReadsNothing; }
  Tensor batched(Operands in, const Batch& batch) const override {
    Shape shape{batch.extent};
    shape.append(shape_.begin(), shape_.end());
    return reshape(in[0], shape);
  }

 private:
  Shape shape_;
};

class Copy final : public Op {
 public:
  std::string_view name() const override { return "clone"; }
  TensorType output_type(Operands in) const override { return {in[0].shape(), in[0].dtype()}; }
  void run_into(Operands in, const Tensor& out) const override { map_into(Map::copy, in, out); }
  LinearMap derivative(std::size_t, Operands, const Tensor&) const override { return identity_map(); }
  Reads reads(std::size_t) const override { return kReadsNothing; }
  Tensor batched(Operands in, const Batch&) const override { return clone(in[0]); }
};

// Between real and complex the adjoint under Re<.,.> is the cast back: its real part.
class Cast final : public Op {
 public:
  explicit Cast(DType dtype) : dtype_(dtype) {}
  std::string_view name() const override { return "to"; }
  TensorType output_type(Operands in) const override { return {in[0].shape(), dtype_}; }
  void run_into(Operands in, const Tensor& out) const override { map_into(Map::copy, in, out); }
  LinearMap derivative(std::size_t, Operands in, const Tensor&) const override {
    return {[t = dtype_](const Tensor& dx) { return to(dx, t); },
            [t = in[0].dtype()](const Tensor& g) { return to(g, t); }};
  }
  Reads reads(std::size_t) const override { return kReadsNothing; }
  Tensor batched(Operands in, const Batch&) const override { return to(in[0], dtype_); }

 private:
  DType dtype_;
};

class Move final : public Op {
 public:
  explicit Move(Device device) : device_(device) {}
  std::string_view name() const override { return "to"; }
  TensorType output_type(Operands in) const override { return {in[0].shape(), in[0].dtype()}; }
  // In one memory a copy by the kernels, in their order; to another a copy of what is dense.
  Tensor run(Operands in) const override {
    const Tensor& x = in[0];
    const bool stays = share_memory(x.device(), device_);
    Tensor dense = stays || !x.is_contiguous() ? copy_of(x) : x;
    if (!stays) return copy_to(dense, device_);
    dense.impl()->device = device_;
    return dense;
  }
  LinearMap derivative(std::size_t, Operands in, const Tensor&) const override {
    return {[d = device_](const Tensor& dx) { return to(dx, d); },
            [d = in[0].device()](const Tensor& g) { return to(g, d); }};
  }
  Reads reads(std::size_t) const override { return kReadsNothing; }
  Tensor batched(Operands in, const Batch&) const override { return to(in[0], device_); }

 private:
  Device device_;
};

// `shape` with its -1 filled in.
Shape complete(const Tensor& x, const Shape& shape) {
  Shape out = shape;
  std::int64_t known = 1;
  std::ptrdiff_t open = -1;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] == -1) {
      if (open >= 0) fail<ShapeError>("reshape: ", shape, " has more than one -1; only one extent can be worked out");
      open = static_cast<std::ptrdiff_t>(i);
      continue;
    }
    if (shape[i] < 0) fail<ShapeError>("reshape: ", shape, ": an extent can't be negative");
    const auto next = checked_mul(known, shape[i]);
    if (!next) fail<ShapeError>("reshape: the product of ", shape, " passes 2^63 - 1");
    known = *next;
  }
  if (open >= 0) {
    if (known == 0 || x.numel() % known != 0)
      fail<ShapeError>("reshape: ", x.numel(), " elements of shape ", x.shape(), " do not fill ", shape,
                       known == 0 ? ": beside an extent of 0 the -1 could be anything" : "");
    out[static_cast<std::size_t>(open)] = x.numel() / known;
  } else if (known != x.numel()) {
    fail<ShapeError>("reshape: shape ", x.shape(), " has ", x.numel(), " elements, ", shape, " has ", known);
  }
  return out;
}

}  // namespace

Tensor reshape(const Tensor& x, const Shape& shape) {
  check_defined("reshape", x);
  const Shape full = complete(x, shape);
  return full == x.shape() ? x : call_new<Reshape>({&x, 1}, full);
}

Tensor flatten(const Tensor& x, std::int64_t first, std::int64_t last) {
  check_defined("flatten", x);
  if (x.ndim() == 0) return reshape(x, {1});
  const int from = normalize_axis(first, x.shape().size(), "flatten"),
            to = normalize_axis(last, x.shape().size(), "flatten");
  if (from > to)
    fail<ShapeError>("flatten: axis ", first, " comes after axis ", last, " in shape ", x.shape(),
                     "\n  give the first one first");
  Shape shape(x.shape().begin(), x.shape().begin() + from);
  const std::span<const std::int64_t> joined(x.shape().begin() + from, x.shape().begin() + to + 1);
  shape.push_back(element_count(joined));
  shape.append(x.shape().begin() + to + 1, x.shape().end());
  return reshape(x, shape);
}

Tensor clone(const Tensor& x) { return call_new<Copy>({&x, 1}); }
Tensor contiguous(const Tensor& x) {
  check_defined("contiguous", x);
  return x.is_contiguous() ? x : clone(x);
}
Tensor to(const Tensor& x, DType dtype) {
  check_defined("to", x);
  return x.dtype() == dtype ? x : call_new<Cast>({&x, 1}, dtype);
}
Tensor to(const Tensor& x, Device device) {
  check_defined("to", x);
  return x.device() == device ? x : call_new<Move>({&x, 1}, device);
}

Tensor squeeze(const Tensor& x) {
  check_defined("squeeze", x);
  Shape shape;
  for (const std::int64_t extent : x.shape())
    if (extent != 1) shape.push_back(extent);
  return reshape(x, shape);
}

Tensor squeeze(const Tensor& x, const SmallVector<std::int64_t, 8>& axes) {
  check_defined("squeeze", x);
  SmallVector<bool, 8> drop(x.shape().size(), false);
  for (const std::int64_t axis : axes) {
    const auto i = static_cast<std::size_t>(normalize_axis(axis, x.shape().size(), "squeeze"));
    if (x.shape()[i] != 1)
      fail<ShapeError>("squeeze: axis ", axis, " of shape ", x.shape(), " has extent ", x.shape()[i], ", not 1");
    drop[i] = true;
  }
  Shape shape;
  for (std::size_t i = 0; i < x.shape().size(); ++i)
    if (!drop[i]) shape.push_back(x.shape()[i]);
  return reshape(x, shape);
}

Tensor unsqueeze(const Tensor& x, std::int64_t axis) {
  check_defined("unsqueeze", x);
  const int at = normalize_axis(axis, x.shape().size() + 1, "unsqueeze");
  Shape shape = x.shape();
  shape.insert(shape.begin() + at, 1);
  return reshape(x, shape);
}

}  // namespace ricci
