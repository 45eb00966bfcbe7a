#include "ricci/ops/reduce.h"

#include <limits>

#include "ricci/autograd/accumulate.h"
#include "ricci/base/error.h"
#include "ricci/execute/contract.h"
#include "ricci/ops/create.h"
#include "ricci/ops/einsum/einsum.h"
#include "ricci/ops/einsum/spellings.h"
#include "ricci/ops/elementwise.h"
#include "ricci/ops/index.h"
#include "ricci/ops/reduced_axes.h"
#include "ricci/ops/shape.h"
#include "ricci/tensor/defined.h"

namespace ricci {
namespace {

// The axes of a reduction as flags, with the shape of the result when they are kept as 1.
struct Reduced {
  SmallVector<bool, 8> axes;
  Shape kept;
  std::int64_t count = 1;

  Reduced(const Tensor& x, const ReduceOptions& options, std::string_view function)
      : axes(named_axes(options, rank_of(x, function), function)), kept(x.shape()) {
    for (std::size_t i = 0; i < axes.size(); ++i) {
      if (!axes[i]) continue;
      count *= kept[i];
      kept[i] = 1;
    }
  }

  Shape dropped() const {
    Shape shape;
    for (std::size_t i = 0; i < axes.size(); ++i)
      if (!axes[i]) shape.push_back(kept[i]);
    return shape;
  }
  static std::size_t rank_of(const Tensor& x, std::string_view function) {
    check_defined(function, x);
    return x.shape().size();
  }
  Shape result(bool keepdims) const { return keepdims ? kept : dropped(); }
};

class ArgExtreme final : public Op {
 public:
  ArgExtreme(int axis, bool largest) : axis_(axis), largest_(largest) {}
  std::string_view name() const override { return largest_ ? "argmax" : "argmin"; }
  bool differentiable() const override { return false; }
  LinearMap derivative(std::size_t, Operands, const Tensor&) const override { return {}; }
  Tensor batched(Operands in, const Batch&) const override { return call_new<ArgExtreme>(in, axis_ + 1, largest_); }
  // The result keeps the axis with extent 1.
  TensorType output_type(Operands in) const override {
    Shape shape = in[0].shape();
    shape[static_cast<std::size_t>(axis_)] = 1;
    return {shape, DType::i64};
  }
  void run_into(Operands in, const Tensor& out) const override {
    const Tensor& x = in[0];
    Strides strides = out.strides();
    strides[static_cast<std::size_t>(axis_)] = 0;
    backend_of(x.device())
        .arg_extreme({.shape = x.shape(),
                      .axis = axis_,
                      .data = address_of(x),
                      .dtype = x.dtype(),
                      .strides = x.strides(),
                      .largest = largest_,
                      .out = static_cast<std::int64_t*>(address_of(out)),
                      .out_strides = strides});
  }

 private:
  int axis_;
  bool largest_;
};

// Positions of the extreme along one axis, kept as an axis of extent 1.
Tensor arg_extreme(const Tensor& x, int axis, bool largest) {
  const std::string_view name = largest ? "argmax" : "argmin";
  if (is_complex(x.dtype())) fail<DTypeError>(name, ": ", x.dtype(), " numbers have no order");
  if (x.shape()[static_cast<std::size_t>(axis)] == 0)
    fail<ShapeError>(name, ": shape ", x.shape(), " has nothing along axis ", axis, " to choose from");
  return call_new<ArgExtreme>({&x, 1}, axis, largest);
}

// The reduced axes moved last and flattened to one: [kept..., reduced].
Tensor reduced_last(const Tensor& x, const Reduced& reduced) {
  AxisList order;
  Shape shape;
  for (const bool last : {false, true})
    for (std::size_t i = 0; i < reduced.axes.size(); ++i)
      if (reduced.axes[i] == last) order.push_back(static_cast<std::int64_t>(i));
  for (const std::int64_t extent : reduced.dropped()) shape.push_back(extent);
  shape.push_back(reduced.count);
  return reshape(permute(x, order), shape);
}

// The extreme along the last axis, kept as an axis of extent 1. Where it stands is looked for by the rule alone: the
// gradient goes to the first.
class Extreme final : public Op {
 public:
  explicit Extreme(bool largest) : largest_(largest) {}
  std::string_view name() const override { return largest_ ? "max" : "min"; }
  Tensor batched(Operands in, const Batch&) const override { return call_new<Extreme>(in, largest_); }
  TensorType output_type(Operands in) const override {
    Shape shape = in[0].shape();
    shape.back() = 1;
    return {shape, in[0].dtype()};
  }
  void run_into(Operands in, const Tensor& out) const override {
    Contraction c{.extents = in[0].shape(),
                  .dtype = in[0].dtype(),
                  .semiring = largest_ ? Semiring::max_plus : Semiring::min_plus};
    c.inputs.push_back({});
    for (Label label = 0; label < c.label_count(); ++label) c.inputs[0].labels.push_back(label);
    c.output = Labels(c.inputs[0].labels.begin(), c.inputs[0].labels.end() - 1);
    const auto flat = [](const auto& axes) { return Shape(axes.begin(), axes.end() - 1); };
    execute::contract(c, in, in[0].dtype(),
                      {.target = make_view(out, flat(out.shape()), flat(out.strides()), out.offset())});
  }
  LinearMap derivative(std::size_t, Operands in, const Tensor&) const override {
    const std::int64_t last = in[0].ndim() - 1, extent = in[0].shape().back();
    const Tensor at = arg_extreme(in[0], static_cast<int>(last), largest_);
    return {[=](const Tensor& dx) { return gather(dx, at, last); },
            [=](const Tensor& g) { return scatter_add(g, at, last, extent); }};
  }

 private:
  bool largest_;
};

Tensor extreme(const Tensor& x, const ReduceOptions& options, bool largest) {
  const std::string_view name = largest ? "max" : "min";
  const Reduced reduced(x, options, name);
  if (is_complex(x.dtype())) fail<DTypeError>(name, ": ", x.dtype(), " numbers have no order");
  if (reduced.count == 0) fail<ShapeError>(name, ": shape ", x.shape(), " has no elements to choose from");
  const Tensor rows = reduced_last(x, reduced);
  const int last = static_cast<int>(rows.ndim()) - 1;
  // Among whole numbers and bools the semirings wrap, or mean or and and: those are read by position.
  const Tensor found = is_float(x.dtype()) ? call_new<Extreme>({&rows, 1}, largest)
                                           : gather(rows, arg_extreme(rows, last, largest), last);
  return reshape(found, reduced.result(options.keepdims));
}

Tensor arg(const Tensor& x, std::optional<std::int64_t> axis, bool keepdims, bool largest) {
  check_defined(largest ? "argmax" : "argmin", x);
  if (!axis) {
    const Tensor at = arg_extreme(reshape(x, {-1}), 0, largest);
    return reshape(at, keepdims ? Shape(x.shape().size(), 1) : Shape{});
  }
  const int i = normalize_axis(*axis, x.shape().size(), largest ? "argmax" : "argmin");
  const Tensor at = arg_extreme(x, i, largest);
  return keepdims ? at : squeeze(at, {i});
}

ReduceOptions same_axes_kept(const ReduceOptions& options) {
  ReduceOptions kept = options;
  kept.keepdims = true;
  return kept;
}

// The largest value, the reduced axes kept: what exponentials are taken relative to. 0 where it is infinite.
Tensor finite_top(const Tensor& x, const ReduceOptions& options) {
  Contraction c{
      .extents = Extents(x.shape().begin(), x.shape().end()), .dtype = x.dtype(), .semiring = Semiring::max_plus};
  c.inputs.push_back({});
  const Reduced reduced(x, options, "max");
  for (Label label = 0; label < c.label_count(); ++label) {
    c.inputs[0].labels.push_back(label);
    if (!reduced.axes[static_cast<std::size_t>(label)]) c.output.push_back(label);
  }
  const Tensor top = reshape(execute::contract(c, {&x, 1}, x.dtype()), reduced.kept);
  return where(isfinite(top), top, 0);
}

// log of a sum of exponentials; its weights exp(x - y) are its derivative.
class LogSumExp final : public Op {
 public:
  explicit LogSumExp(ReduceOptions options) : options_(same_axes_kept(options)) {}
  std::string_view name() const override { return "logsumexp"; }
  Reads reads(std::size_t) const override { return {~std::uint64_t{0}, true}; }
  Tensor batched(Operands in, const Batch&) const override { return call_new<LogSumExp>(in, below_batch(in[0])); }
  TensorType output_type(Operands in) const override { return {Reduced(in[0], options_, name()).kept, in[0].dtype()}; }
  Tensor run(Operands in) const override {
    const Tensor x = to(in[0], accumulator_of(in[0].dtype())), top = finite_top(x, options_);
    return to(log(sum(exp(x - top), options_)) + top, in[0].dtype());
  }
  LinearMap derivative(std::size_t, Operands in, const Tensor& y) const override {
    // Where y is -inf nothing contributes: the weight is exp(-inf - 0) = 0, not exp(-inf + inf).
    const Tensor safe = where(equal(y, -std::numeric_limits<double>::infinity()), 0, y);
    const Tensor weight = exp(in[0] - safe);
    return {[weight, o = options_](const Tensor& dx) { return sum(weight * dx, o); },
            [weight](const Tensor& g) { return weight * g; }};
  }

 private:
  // The same axes of a tensor that has the batch before them.
  ReduceOptions below_batch(const Tensor& x) const {
    ReduceOptions out{.axes = {}, .keepdims = true, .no_axes = true};
    const SmallVector<bool, 8> named = named_axes(options_, x.shape().size() - 1, name());
    for (std::size_t i = 0; i < named.size(); ++i)
      if (named[i]) out.axes.push_back(static_cast<std::int64_t>(i) + 1);
    return out;
  }

  ReduceOptions options_;
};

}  // namespace

Tensor as_float(const Tensor& x, std::string_view function) {
  check_defined(function, x);
  if (is_complex(x.dtype()))
    fail<DTypeError>(function, ": of a ", x.dtype(), " tensor; it is defined for real numbers");
  return is_float(x.dtype()) ? x : to(x, DType::f32);
}

SmallVector<bool, 8> named_axes(const ReduceOptions& options, std::size_t rank, std::string_view function) {
  SmallVector<bool, 8> named(rank, options.axes.empty() && !options.no_axes);
  for (const std::int64_t axis : options.axes) {
    bool& found = named[static_cast<std::size_t>(normalize_axis(axis, rank, function))];
    if (found) fail<ShapeError>(function, ": axis ", axis, " is named twice in ", options.axes);
    found = true;
  }
  return named;
}

Tensor mean(const Tensor& x, const ReduceOptions& options) {
  const Reduced reduced(x, options, "mean");
  if (reduced.count == 0) fail<ShapeError>("mean: shape ", x.shape(), " has no elements to average");
  const Tensor numbers = is_float(x.dtype()) ? x : to(x, DType::f32);
  return sum(numbers, options) / static_cast<double>(reduced.count);
}

Tensor max(const Tensor& x, const ReduceOptions& options) { return extreme(x, options, true); }
Tensor min(const Tensor& x, const ReduceOptions& options) { return extreme(x, options, false); }
Tensor argmax(const Tensor& x, std::optional<std::int64_t> axis, bool keepdims) { return arg(x, axis, keepdims, true); }
Tensor argmin(const Tensor& x, std::optional<std::int64_t> axis, bool keepdims) {
  return arg(x, axis, keepdims, false);
}

Tensor logsumexp(const Tensor& x, const ReduceOptions& options) {
  const Tensor numbers = as_float(x, "logsumexp");
  const Reduced reduced(x, options, "logsumexp");
  return reshape(call_new<LogSumExp>({&numbers, 1}, options), reduced.result(options.keepdims));
}

Tensor log_softmax(const Tensor& x, std::int64_t axis) {
  check_defined("log_softmax", x);
  const int i = normalize_axis(axis, x.shape().size(), "log_softmax");
  const Tensor numbers = as_float(x, "log_softmax");
  return numbers - logsumexp(numbers, {.axes = {i}, .keepdims = true});
}

}  // namespace ricci
