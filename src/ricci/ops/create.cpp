#include "ricci/ops/create.h"

#include <algorithm>
#include <cmath>

#include "ricci/autograd/accumulate.h"
#include "ricci/autograd/record.h"
#include "ricci/base/error.h"
#include "ricci/ops/elementwise.h"
#include "ricci/ops/shape.h"
#include "ricci/tensor/copy.h"
#include "ricci/tensor/defined.h"

namespace ricci {
namespace {

void shape_of(const List& list, Shape& shape) {
  for (const List* at = &list; !at->is_scalar(); at = &at->items().front()) {
    shape.push_back(static_cast<std::int64_t>(at->items().size()));
    if (at->items().empty()) return;
  }
}

// Appends the numbers in row-major order; every list at a depth must be as long as the first.
void flatten(const List& list, const Shape& shape, std::size_t depth, std::vector<Scalar>& out, DType& dtype,
             bool& any) {
  if (list.is_scalar() != (depth == shape.size()) ||
      (!list.is_scalar() && static_cast<std::int64_t>(list.items().size()) != shape[depth]))
    fail<ShapeError>("tensor: the lists at depth ", depth, " are not all alike; a tensor needs ", shape, " throughout");
  if (list.is_scalar()) {
    dtype = any ? promote(dtype, list.dtype()) : list.dtype();
    any = true;
    out.push_back(list.scalar());
    return;
  }
  for (const List& item : list.items()) flatten(item, shape, depth + 1, out, dtype, any);
}

[[noreturn]] void too_long(double length) {
  fail<ShapeError>("arange: ", length, " elements are more than a tensor can have");
}

std::int64_t real_count(double start, double stop, double step) {
  const double span = (stop - start) / step;
  if (!std::isfinite(span)) fail("arange: start, stop and step must be finite");
  const double length = std::max(0.0, std::ceil(span));
  if (length > 0x1p62) too_long(length);
  return static_cast<std::int64_t>(length);
}

// Exact where doubles are not: past 2^53, and for spans of more than half of int64.
std::int64_t whole_count(std::int64_t start, std::int64_t stop, std::int64_t step) {
  if (step > 0 ? start >= stop : start <= stop) return 0;
  const auto low = static_cast<std::uint64_t>(step > 0 ? start : stop);
  const std::uint64_t span = static_cast<std::uint64_t>(step > 0 ? stop : start) - low;
  const std::uint64_t stride = step > 0 ? static_cast<std::uint64_t>(step) : 0 - static_cast<std::uint64_t>(step);
  const std::uint64_t count = (span - 1) / stride + 1;
  if (count > std::uint64_t{1} << 62) too_long(static_cast<double>(count));
  return static_cast<std::int64_t>(count);
}

void check_changeable(std::string_view function, const Tensor& target) {
  check_not_read_only(function, target);
  if (is_recorded({&target, 1}))
    fail<GradError>("an in-place change of a tensor that ", target.is_leaf() ? "requires grad" : "has history",
                    "\n  change it under no_grad(), or make a changed copy instead");
}

Tensor with_grad(Tensor t, bool requires_grad) {
  if (requires_grad) t.set_requires_grad();
  return t;
}

}  // namespace

Tensor tensor(const List& values, const CreateOptions& options) {
  Shape shape;
  shape_of(values, shape);
  std::vector<Scalar> numbers;
  DType dtype = DType::f32;
  bool any = false;
  flatten(values, shape, 0, numbers, dtype, any);
  dtype = options.dtype.value_or(dtype);
  for (const Scalar& number : numbers) check_fits("tensor", number, dtype);
  const Tensor out = empty(shape, {.dtype = dtype, .device = staging_device(options.device)});
  visit_dtype(dtype, [&]<class T>(Tag<T>) {
    T* at = out.data<T>();
    for (const Scalar& number : numbers) *at++ = number.as<T>();
  });
  return with_grad(copy_to(out, options.device), options.requires_grad);
}

Tensor full(const Shape& shape, const Scalar& value, const TensorOptions& options) {
  check_fits("full", value, options.dtype);
  Tensor out = empty(shape, {.dtype = options.dtype, .device = options.device});
  fill(out, value);
  return with_grad(out, options.requires_grad);
}

Tensor zeros(const Shape& shape, const TensorOptions& options) { return full(shape, 0, options); }
Tensor ones(const Shape& shape, const TensorOptions& options) { return full(shape, 1, options); }
Tensor full_like(const Tensor& like, const Scalar& value) {
  check_defined("full_like", like);
  return full(like.shape(), value, {.dtype = like.dtype(), .device = like.device()});
}
Tensor zeros_like(const Tensor& like) {
  check_defined("zeros_like", like);
  return full_like(like, 0);
}
Tensor ones_like(const Tensor& like) {
  check_defined("ones_like", like);
  return full_like(like, 1);
}

Tensor eye(std::int64_t rows, const TensorOptions& options) { return eye(rows, rows, options); }

Tensor eye(std::int64_t rows, std::int64_t columns, const TensorOptions& options) {
  Tensor out = zeros({rows, columns}, {.dtype = options.dtype, .device = options.device});
  fill(make_view(out, {std::min(rows, columns)}, {columns + 1}, 0), 1);
  return with_grad(out, options.requires_grad);
}

Tensor arange(const Scalar& start, const Scalar& stop, const Scalar& step, const CreateOptions& options) {
  if (step.is(0)) fail("arange: the step is 0; it would never arrive");
  const bool whole = start.is_integer && stop.is_integer && step.is_integer;
  const std::int64_t count = whole ? whole_count(start.integer, stop.integer, step.integer)
                                   : real_count(start.value.real(), stop.value.real(), step.value.real());
  const DType dtype = options.dtype.value_or(whole ? DType::i64 : DType::f32);
  const auto number = [&](std::int64_t i) {
    return whole ? Scalar(start.integer + i * step.integer)
                 : Scalar(start.value.real() + static_cast<double>(i) * step.value.real());
  };
  if (count > 0)
    for (const std::int64_t end : {std::int64_t{0}, count - 1}) check_fits("arange", number(end), dtype);
  const Tensor out = empty({count}, {.dtype = dtype, .device = staging_device(options.device)});
  visit_dtype(dtype, [&]<class T>(Tag<T>) {
    T* at = out.data<T>();
    for (std::int64_t i = 0; i < count; ++i) at[i] = number(i).template as<T>();
  });
  return with_grad(copy_to(out, options.device), options.requires_grad);
}

Tensor arange(const Scalar& stop, const CreateOptions& options) { return arange(0, stop, 1, options); }

void fill(const Tensor& tensor, const Scalar& value) {
  check_defined("fill", tensor);
  check_fits("fill", value, tensor.dtype());
  check_changeable("fill", tensor);
  if (tensor.numel() == 0) return;
  fill_elements(tensor, value);
  tensor.storage()->bump_version();
}

void copy_into(const Tensor& target, const Tensor& source) {
  check_defined("copy_into", target, source);
  check_changeable("copy_into", target);
  if (broadcast_shapes(target.shape(), source.shape()) != target.shape())
    fail<ShapeError>("copy: a value of shape ", source.shape(), " does not broadcast to ", target.shape());
  if (target.numel() == 0) return;
  const Tensor from = may_overlap(source, target) ? clone(source.detach()) : source;
  map_into(Map::copy, {&from, 1}, target);
  target.storage()->bump_version();
}

}  // namespace ricci
