#include "ricci/transform/vmap.h"

#include "ricci/autograd/batched.h"
#include "ricci/base/error.h"
#include "ricci/ops/einsum/spellings.h"
#include "ricci/ops/shape.h"
#include "ricci/tensor/defined.h"

namespace ricci {
namespace {

// x with one axis taken out and put in at another place.
Tensor move_axis(const Tensor& x, std::size_t from, std::size_t to) {
  if (from == to) return x;
  AxisList order;
  for (std::size_t i = 0; i < x.shape().size(); ++i)
    if (i != from) order.push_back(static_cast<std::int64_t>(i));
  order.insert(order.begin() + to, static_cast<std::int64_t>(from));
  return permute(x, order);
}

}  // namespace

Tensor VmapScope::wrap(const Tensor& x, std::int64_t axis, int operand) {
  check_defined_at("vmap", static_cast<std::size_t>(operand), x);
  const auto rank = x.ndim();
  if (axis < -rank || axis >= rank)
    fail_at<ShapeError>({.operand = operand}, "vmap: in_axes says axis ", axis, " for argument ", operand + 1,
                        " of shape ", x.shape(), rank == 0 ? ", which has no axes" : "",
                        "\n  give an axis it has, or None where it is the same for the whole batch");
  const auto at = static_cast<std::size_t>(axis < 0 ? axis + rank : axis);
  const std::int64_t extent = x.shape()[at];
  if (extent_ < 0) {
    extent_ = extent;
    first_ = operand;
  } else if (extent != extent_) {
    fail_at<ShapeError>({.operand = operand}, "vmap: argument ", operand + 1, " of shape ", x.shape(), " has ", extent,
                        " along axis ", axis, ", but argument ", first_ + 1, " has ", extent_,
                        "\n  all batches must be equally large");
  }
  return make_batched(scope_.level(), move_axis(x, at, 0));
}

Tensor VmapScope::unwrap(const Tensor& y, std::int64_t axis) const {
  if (!y.defined()) fail("vmap: the function returned an undefined tensor");
  if (extent_ < 0)
    fail<ShapeError>("vmap: no argument has a batch\n  in_axes must name an axis for at least one of them");
  const int at = normalize_axis(axis, y.shape().size() + 1, "vmap: out_axes");
  const Batched* many = batched_of(y, scope_.level());
  return move_axis(many ? many->value : spread(y, extent_), 0, static_cast<std::size_t>(at));
}

bool VmapScope::has_batch(const Tensor& y) const {
  check_defined("has_batch", y);
  return batched_of(y, scope_.level()) != nullptr;
}

TensorFunction vmap(TensorFunction f, VmapOptions options) {
  return [f = std::move(f), options = std::move(options)](const std::vector<Tensor>& xs) {
    if (!options.in_axes.empty() && options.in_axes.size() != xs.size())
      fail<ShapeError>("vmap: in_axes names ", options.in_axes.size(), " arguments, but there are ", xs.size());
    check_all_defined("vmap", xs);
    VmapScope scope;
    std::vector<Tensor> inside;
    for (std::size_t i = 0; i < xs.size(); ++i) {
      const std::optional<std::int64_t> axis = options.in_axes.empty() ? 0 : options.in_axes[i];
      inside.push_back(axis ? scope.wrap(xs[i], *axis, static_cast<int>(i)) : xs[i]);
    }
    return scope.unwrap(f(inside), options.out_axes);
  };
}

}  // namespace ricci
