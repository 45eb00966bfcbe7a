#include "ricci/ops/einsum/spellings.h"

#include <algorithm>

#include "ricci/base/error.h"
#include "ricci/ops/einsum/einsum.h"
#include "ricci/ops/elementwise.h"
#include "ricci/ops/index.h"
#include "ricci/ops/reduced_axes.h"
#include "ricci/ops/shape.h"
#include "ricci/tensor/defined.h"

namespace ricci {
namespace {

// A contraction of one tensor: axis i is label i, extents are the tensor's.
Contraction one_operand(const Tensor& x) {
  Contraction c{.extents = Extents(x.shape().begin(), x.shape().end()), .dtype = x.dtype()};
  c.inputs.push_back({});
  for (Label label = 0; label < c.label_count(); ++label) c.inputs[0].labels.push_back(label);
  return c;
}

Tensor contract_one(const Contraction& c, const Tensor& x) { return contract(c, {&x, 1}); }

void check_rank(std::string_view function, const Tensor& x, int operand, std::int64_t rank, std::string_view meaning) {
  if (x.ndim() != rank)
    fail_at<ShapeError>({.operand = operand}, function, ": operand ", operand + 1, " has shape ", x.shape(),
                        "; it takes ", meaning);
}

// One axis of one operand, as messages name it.
struct AxisOf {
  const Tensor& tensor;
  int operand;
  std::int64_t axis;
  std::int64_t extent() const { return tensor.extent(axis); }
};

// An operand's extent that must be another's: checked here because the caller wrote no equation to be pointed at.
void check_equal(std::string_view function, const AxisOf& a, const AxisOf& b) {
  if (a.extent() != b.extent())
    fail_at<ShapeError>({.operand = b.operand}, function, ": axis ", a.axis, " of operand ", a.operand + 1, ", shape ",
                        a.tensor.shape(), ", is ", a.extent(), ", but axis ", b.axis, " of operand ", b.operand + 1,
                        ", shape ", b.tensor.shape(), ", is ", b.extent(), "\n  the two must be equal");
}

// Renames axis2's label to axis1's: the diagonal of the two.
Contraction joined(const Tensor& x, std::int64_t axis1, std::int64_t axis2, std::string_view function) {
  if (x.ndim() < 2) fail<ShapeError>(function, ": a tensor of shape ", x.shape(), " has no two axes");
  const int i = normalize_axis(axis1, x.shape().size(), function),
            j = normalize_axis(axis2, x.shape().size(), function);
  if (i == j) fail<ShapeError>(function, ": axis ", axis1, " and axis ", axis2, " are the same");
  const auto ui = static_cast<std::size_t>(i), uj = static_cast<std::size_t>(j);
  const std::int64_t extent = std::min(x.shape()[ui], x.shape()[uj]);
  Contraction c = one_operand(x);
  c.extents[ui] = extent;
  c.inputs[0].labels[uj] = i;
  for (Label label = 0; label < c.label_count(); ++label)
    if (label != i && label != j) c.output.push_back(label);
  return c;
}

// x cut so that the diagonal `offset` of axes i and j is the main one of a square.
Tensor square_at(const Tensor& x, std::int64_t offset, std::int64_t axis1, std::int64_t axis2) {
  const int i = normalize_axis(axis1, x.shape().size(), "diagonal"),
            j = normalize_axis(axis2, x.shape().size(), "diagonal");
  const std::int64_t rows = x.extent(i), columns = x.extent(j);
  const std::int64_t r0 = std::min(std::max<std::int64_t>(0, -offset), rows),
                     c0 = std::min(std::max<std::int64_t>(0, offset), columns);
  const std::int64_t n = std::min(rows - r0, columns - c0);
  Index items(x.shape().size(), Slice{});
  items[static_cast<std::size_t>(i)] = Slice{r0, r0 + n};
  items[static_cast<std::size_t>(j)] = Slice{c0, c0 + n};
  return slice(x, items);
}

}  // namespace

Tensor outer(const Tensor& a, const Tensor& b) {
  check_defined("outer", a, b);
  return einsum("i,j->ij", reshape(a, {-1}), reshape(b, {-1}));
}

Tensor dot(const Tensor& a, const Tensor& b) {
  check_defined("dot", a, b);
  check_rank("dot", a, 0, 1, "two vectors");
  check_rank("dot", b, 1, 1, "two vectors");
  check_equal("dot", {a, 0, 0}, {b, 1, 0});
  return einsum("i,i->", a, b);
}

Tensor matmul(const Tensor& a, const Tensor& b) {
  check_defined("matmul", a, b);
  if (a.ndim() == 0 || b.ndim() == 0)
    fail<ShapeError>("matmul: shapes ", a.shape(), " and ", b.shape(),
                     ": both operands need an axis\n  multiply numbers with *");
  const std::int64_t k = a.extent(-1), other = b.ndim() == 1 ? b.extent(0) : b.extent(-2);
  if (k != other)
    fail<ShapeError>("matmul: shapes ", a.shape(), " and ", b.shape(), ": the last axis of the first is ", k,
                     b.ndim() == 1 ? ", the axis of the second " : ", the second to last of the second ", other);
  if (a.ndim() == 1 && b.ndim() == 1) return einsum("j,j->", a, b);
  for (std::int64_t axis = -3; axis >= -std::min(a.ndim(), b.ndim()); --axis)
    if (a.extent(axis) != 1 && b.extent(axis) != 1) check_equal("matmul", {a, 0, axis}, {b, 1, axis});
  if (a.ndim() == 1) return einsum("j,...jk->...k", a, b);
  if (b.ndim() == 1) return einsum("...ij,j->...i", a, b);
  return einsum("...ij,...jk->...ik", a, b);
}

Tensor bmm(const Tensor& a, const Tensor& b) {
  check_defined("bmm", a, b);
  check_rank("bmm", a, 0, 3, "(batch, i, j)");
  check_rank("bmm", b, 1, 3, "(batch, j, k)");
  check_equal("bmm", {a, 0, 0}, {b, 1, 0});
  check_equal("bmm", {a, 0, 2}, {b, 1, 1});
  return einsum("bij,bjk->bik", a, b);
}

Tensor tensordot(const Tensor& a, const Tensor& b, std::int64_t axes) {
  check_defined("tensordot", a, b);
  if (axes < 0 || axes > a.ndim() || axes > b.ndim())
    fail<ShapeError>("tensordot: ", axes, " axes of shapes ", a.shape(), " and ", b.shape());
  AxisList last, first;
  for (std::int64_t i = 0; i < axes; ++i) {
    last.push_back(a.ndim() - axes + i);
    first.push_back(i);
  }
  return tensordot(a, b, last, first);
}

Tensor tensordot(const Tensor& a, const Tensor& b, const AxisList& axes_a, const AxisList& axes_b) {
  check_defined("tensordot", a, b);
  if (axes_a.size() != axes_b.size())
    fail<ShapeError>("tensordot: ", axes_a.size(), " axes of the first operand against ", axes_b.size(),
                     " of the second");
  Contraction c = one_operand(a);
  c.inputs.push_back({.labels = Labels(b.shape().size(), -1)});
  SmallVector<bool, 8> used(a.shape().size(), false);
  for (std::size_t k = 0; k < axes_a.size(); ++k) {
    const auto i = static_cast<std::size_t>(normalize_axis(axes_a[k], a.shape().size(), "tensordot"));
    const auto j = static_cast<std::size_t>(normalize_axis(axes_b[k], b.shape().size(), "tensordot"));
    if (used[i] || c.inputs[1].labels[j] >= 0)
      fail<ShapeError>("tensordot: an axis is named twice in ", axes_a, " and ", axes_b);
    if (a.shape()[i] != b.shape()[j])
      fail<ShapeError>("tensordot: axis ", axes_a[k], " of shape ", a.shape(), " is ", a.shape()[i], ", axis ",
                       axes_b[k], " of shape ", b.shape(), " is ", b.shape()[j]);
    used[i] = true;
    c.inputs[1].labels[j] = static_cast<Label>(i);
  }
  for (std::size_t i = 0; i < used.size(); ++i)
    if (!used[i]) c.output.push_back(static_cast<Label>(i));
  for (std::size_t j = 0; j < b.shape().size(); ++j) {
    if (c.inputs[1].labels[j] >= 0) continue;
    c.inputs[1].labels[j] = c.label_count();
    c.output.push_back(c.label_count());
    c.extents.push_back(b.shape()[j]);
  }
  const Tensor both[] = {a, b};
  return contract(c, both);
}

Tensor bilinear(const Tensor& x1, const Tensor& x2, const Tensor& weight, const Tensor& bias) {
  check_defined("bilinear", x1, x2, weight);
  check_rank("bilinear", weight, 2, 3, "a weight of shape (out, in1, in2)");
  const Tensor* inputs[] = {&x1, &x2};
  for (int i = 0; i < 2; ++i) {
    if (inputs[i]->ndim() == 0) check_rank("bilinear", *inputs[i], i, 1, "at least one axis");
    check_equal("bilinear", {*inputs[i], i, -1}, {weight, 2, i + 1});
  }
  if (x1.ndim() != x2.ndim())
    fail_at<ShapeError>({.operand = 1}, "bilinear: shapes ", x1.shape(), " and ", x2.shape(), " of the inputs differ",
                        " in their number of axes\n  all but the last must be the same");
  for (std::int64_t axis = 0; axis + 1 < x1.ndim(); ++axis) check_equal("bilinear", {x1, 0, axis}, {x2, 1, axis});
  const Tensor y = einsum("...i,oij,...j->...o", x1, weight, x2);
  if (!bias.defined()) return y;
  check_rank("bilinear", bias, 3, 1, "a bias of shape (out,)");
  check_equal("bilinear", {weight, 2, 0}, {bias, 3, 0});
  return y + bias;
}

Tensor trace(const Tensor& x, std::int64_t axis1, std::int64_t axis2) {
  check_defined("trace", x);
  return contract_one(joined(x, axis1, axis2, "trace"), square_at(x, 0, axis1, axis2));
}

Tensor diagonal(const Tensor& x, std::int64_t offset, std::int64_t axis1, std::int64_t axis2) {
  check_defined("diagonal", x);
  Contraction c = joined(x, axis1, axis2, "diagonal");
  const Tensor square = square_at(x, offset, axis1, axis2);
  const int i = normalize_axis(axis1, x.shape().size(), "diagonal");
  c.extents[static_cast<std::size_t>(i)] = square.extent(i);
  c.output.push_back(i);
  return contract_one(c, square);
}

Tensor permute(const Tensor& x, const AxisList& axes) {
  check_defined("permute", x);
  if (static_cast<std::int64_t>(axes.size()) != x.ndim())
    fail<ShapeError>("permute: ", axes.size(), " axes for a tensor of shape ", x.shape(), "; each of its ", x.ndim(),
                     " must be named once");
  Contraction c = one_operand(x);
  for (const std::int64_t axis : axes) {
    const Label label = normalize_axis(axis, x.shape().size(), "permute");
    if (contains(c.output, label)) fail<ShapeError>("permute: axis ", axis, " is named twice in ", axes);
    c.output.push_back(label);
  }
  return contract_one(c, x);
}

Tensor transpose(const Tensor& x, const std::optional<AxisList>& axes) {
  check_defined("transpose", x);
  if (axes) return permute(x, *axes);
  AxisList reversed;
  for (std::int64_t i = x.ndim(); i-- > 0;) reversed.push_back(i);
  return permute(x, reversed);
}

Tensor transpose(const Tensor& x, std::int64_t axis1, std::int64_t axis2) {
  check_defined("transpose", x);
  AxisList axes;
  for (std::int64_t i = 0; i < x.ndim(); ++i) axes.push_back(i);
  std::swap(axes[static_cast<std::size_t>(normalize_axis(axis1, axes.size(), "transpose"))],
            axes[static_cast<std::size_t>(normalize_axis(axis2, axes.size(), "transpose"))]);
  return permute(x, axes);
}

Tensor matrix_transpose(const Tensor& x) {
  check_defined("matrix_transpose", x);
  if (x.ndim() < 2) fail<ShapeError>("matrix_transpose: a tensor of shape ", x.shape(), " has no two last axes");
  return einsum("...ij->...ji", x);
}

Tensor expand(const Tensor& x, const Shape& shape) {
  check_defined("expand", x);
  if (shape.size() < x.shape().size()) fail<ShapeError>("expand: shape ", x.shape(), " has more axes than ", shape);
  const std::size_t lead = shape.size() - x.shape().size();
  Contraction c{.dtype = x.dtype()};
  c.inputs.push_back({});
  Shape kept;  // x without the axes of extent 1 that are broadcast
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const Label label = static_cast<Label>(i);
    const bool has = i >= lead;
    const std::int64_t mine = has ? x.shape()[i - lead] : 1;
    const std::int64_t wanted = shape[i] == -1 && has ? mine : shape[i];
    if (wanted < 0 || (mine != wanted && mine != 1))
      fail<ShapeError>("expand: shape ", x.shape(), " does not broadcast to ", shape);
    c.extents.push_back(wanted);
    c.output.push_back(label);
    if (!has || mine != wanted) continue;
    c.inputs[0].labels.push_back(label);
    kept.push_back(mine);
  }
  return contract_one(c, reshape(x, kept));
}

Tensor sum(const Tensor& x, const ReduceOptions& options) {
  check_defined("sum", x);
  Contraction c = one_operand(x);
  Shape kept = x.shape();
  const SmallVector<bool, 8> summed = named_axes(options, x.shape().size(), "sum");
  for (std::size_t i = 0; i < summed.size(); ++i) {
    if (summed[i])
      kept[i] = 1;
    else
      c.output.push_back(static_cast<Label>(i));
  }
  const Tensor y = contract_one(c, is_float(x.dtype()) ? x : to(x, DType::i64));
  return options.keepdims ? reshape(y, kept) : y;
}

}  // namespace ricci
