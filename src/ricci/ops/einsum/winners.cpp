#include "ricci/ops/einsum/winners.h"

#include <algorithm>

#include "ricci/autograd/record.h"
#include "ricci/backend/fold_axes.h"
#include "ricci/execute/contract.h"
#include "ricci/ops/create.h"
#include "ricci/ops/einsum/step_labels.h"
#include "ricci/ops/elementwise.h"
#include "ricci/ops/index.h"
#include "ricci/ops/shape.h"

namespace ricci {
namespace {

// The joint labels of a step, the widest kept one last: results that lie along it are looked at many at once.
StepLabels joint_of(const Contraction& c) {
  StepLabels joint(c);
  const auto narrower = [&](Label x, Label y) {
    return c.extents[static_cast<std::size_t>(x)] < c.extents[static_cast<std::size_t>(y)];
  };
  const auto widest = std::max_element(joint.kept.begin(), joint.kept.end(), narrower);
  if (widest != joint.kept.end()) std::rotate(widest, widest + 1, joint.kept.end());
  return joint;
}

// An operand's labels, each once: those added up over first, so that what is kept is adjacent.
Labels arranged_labels(const StepLabels& joint, const Labels& operand) {
  Labels out;
  for (const Labels* labels : {&joint.contracted, &joint.kept})
    for (const Label label : *labels)
      if (contains(operand, label)) out.push_back(label);
  return out;
}

std::int64_t stride_of(const Contraction& c, Label label, const Labels& labels) {
  std::int64_t stride = 1;
  for (std::size_t i = labels.size(); i-- > 0; stride *= c.extents[static_cast<std::size_t>(labels[i])])
    if (labels[i] == label) return stride;
  return 0;
}

// Which term wins, as a position among the contracted labels: int64 over the kept ones.
class Winner final : public Op {
 public:
  explicit Winner(Contraction c) : c_(std::move(c)) {}
  std::string_view name() const override { return "winner"; }
  bool differentiable() const override { return false; }
  LinearMap derivative(std::size_t, Operands, const Tensor&) const override { return {}; }
  Tensor batched(Operands in, const Batch& batch) const override {
    return call_new<Winner>(in, c_.batched(std::vector<bool>(batch.has.begin(), batch.has.end()), batch.extent));
  }
  TensorType output_type(Operands) const override { return {c_.output_shape(), DType::i64}; }
  // Over the labels of c_'s output, each of which is there once.
  Tensor run(Operands in) const override {
    const StepLabels joint(c_);
    const Extents shape = c_.output_shape();
    const Tensor at = empty(Shape(shape.begin(), shape.end()), {.dtype = DType::i64, .device = in[0].device()});
    if (at.numel() == 0 || joint.terms == 0) return at;
    const DType dtype = accumulator_of(in[0].dtype());
    Tensors wide;
    for (std::size_t i = 0; i < in.size(); ++i) wide.push_back(arranged(joint, i, to(in[i], dtype)));
    const Tensor y = value(joint, Operands(wide.data(), wide.size()));
    // A step of one operand is one with the semiring's one.
    const Tensor other =
        in.size() > 1 ? wide[1] : full({}, traits_of(c_.semiring).one, {.dtype = dtype, .device = at.device()});
    WinnerStep step{.kept = {},
                    .contracted = {},
                    .a = address_of(wide[0]),
                    .b = address_of(other),
                    .dtype = dtype,
                    .y = address_of(y),
                    .at = static_cast<std::int64_t*>(address_of(at)),
                    .semiring = c_.semiring};
    for (const Label label : c_.output) step.kept.push_back(axis(joint, label));
    for (const Label label : joint.contracted) step.contracted.push_back(axis(joint, label));
    backend_of(at.device()).winner(step);
    return at;
  }

 private:
  Labels labels_of(const StepLabels& joint, std::size_t i) const { return arranged_labels(joint, c_.inputs[i].labels); }
  Tensor arranged(const StepLabels& joint, std::size_t i, const Tensor& x) const {
    return contiguous(relabel(c_, x, c_.inputs[i].labels, labels_of(joint, i)));
  }
  Tensor value(const StepLabels& joint, Operands in) const {
    Contraction c = c_;
    c.dtype = in[0].dtype();
    for (std::size_t i = 0; i < in.size(); ++i) c.inputs[i].labels = labels_of(joint, i);
    return execute::contract(c, in, c.dtype);
  }
  Axis axis(const StepLabels& joint, Label label) const {
    return {c_.extents[static_cast<std::size_t>(label)], stride_of(c_, label, labels_of(joint, 0)),
            c_.inputs.size() > 1 ? stride_of(c_, label, labels_of(joint, 1)) : 0, stride_of(c_, label, c_.output)};
  }

  Contraction c_;
};

// Which element of each operand is in the term that wins, and the linear maps that follow.
class Selection {
 public:
  Selection(const Contraction& c, Operands in) : c_(c), joint_(joint_of(c)), in_(in.begin(), in.end()) {
    Contraction kept = c;
    kept.output = joint_.kept;
    at_ = call_new<Winner>(in, kept);
  }

  // Tangents of operand i, read where the winners are; where nothing is added up, none wins.
  Tensor forward(std::size_t i, const Tensor& dx) const {
    if (joint_.terms == 0) return zeros(shape_of(c_.output), {.dtype = dx.dtype(), .device = dx.device()});
    return relabel(c_, times_factor(i, gathered(i, dx)), joint_.kept, c_.output);
  }

  // A seed, added up where the winners are: in the accumulator, rounded once.
  Tensor backward(std::size_t i, const Tensor& g) const {
    if (joint_.terms == 0) return zeros(shape_of(c_.inputs[i].labels), {.dtype = g.dtype(), .device = g.device()});
    const DType dtype = accumulator_of(g.dtype());
    const Tensor seed = times_factor(i, relabel(c_, to(g, dtype), c_.output, joint_.kept));
    const Labels labels = labels_of(i);
    const Shape shape = shape_of(labels);
    const Tensor sums = scatter_add(reshape(seed, {-1}), reshape(elements(i), {-1}), 0, element_count(shape));
    return to(relabel(c_, reshape(sums, shape), labels, c_.inputs[i].labels), g.dtype());
  }

 private:
  Labels labels_of(std::size_t i) const { return arranged_labels(joint_, c_.inputs[i].labels); }
  Shape shape_of(const Labels& labels) const {
    const Extents extents = c_.shape_of(labels);
    return Shape(extents.begin(), extents.end());
  }

  // Where each winner's element of operand i is, counted through the operand as arranged.
  Tensor elements(std::size_t i) const {
    const Labels labels = labels_of(i);
    Tensor sum = positions_of_contracted(labels);
    for (std::size_t axis = 0; axis < joint_.kept.size(); ++axis) {
      const std::int64_t extent = c_.extents[static_cast<std::size_t>(joint_.kept[axis])];
      const std::int64_t stride = stride_of(c_, joint_.kept[axis], labels);
      if (stride == 0 || extent == 1) continue;
      Shape shape(joint_.kept.size(), 1);
      shape[axis] = extent;
      const Tensor steps = arange(0, extent * stride, stride, {.dtype = DType::i64, .device = at_.device()});
      sum = sum + reshape(steps, shape);
    }
    return sum;
  }

  // The contracted labels' part of it, from the last on.
  Tensor positions_of_contracted(const Labels& labels) const {
    Axes axes;
    for (const Label label : joint_.contracted)
      axes.push_back({c_.extents[static_cast<std::size_t>(label)], stride_of(c_, label, labels)});
    fold_neighbours(axes);
    Tensor sum = zeros(shape_of(joint_.kept), {.dtype = DType::i64, .device = at_.device()});
    std::int64_t below = 1;  // positions for one of the axis
    for (std::size_t k = axes.size(); k-- > 0; below *= axes[k].extent) {
      if (axes[k].a == 0) continue;
      Tensor at = below == 1 ? at_ : floor_divide(at_, below);
      if (below * axes[k].extent != joint_.terms) at = remainder(at, axes[k].extent);
      sum = sum + at * axes[k].a;
    }
    return sum;
  }

  Tensor gathered(std::size_t i, const Tensor& x) const {
    const Tensor flat = reshape(relabel(c_, x, c_.inputs[i].labels, labels_of(i)), {-1});
    const Tensor at = elements(i);
    return reshape(gather(flat, reshape(at, {-1}), 0), at_.shape());
  }

  // Times the derivative of the terms that win for their factor i: of a product, the other factor.
  Tensor times_factor(std::size_t i, const Tensor& x) const {
    if (in_.size() == 1) return x;
    switch (traits_of(c_.semiring).product) {
      case ProductOp::add: break;
      case ProductOp::multiply: return x * to(gathered(1 - i, in_[1 - i]), x.dtype());
    }
    return x;
  }

  Contraction c_;
  StepLabels joint_;
  Tensors in_;
  Tensor at_;
};

}  // namespace

LinearMap winner_map(const Contraction& c, Operands in, std::size_t i) {
  const Selection selection(c, in);
  return {[=](const Tensor& dx) { return selection.forward(i, dx); },
          [=](const Tensor& g) { return selection.backward(i, g); }};
}

Tensors winner_pullback(const Contraction& c, Operands in, const Tensor& seed, std::span<const bool> wanted) {
  const Selection selection(c, in);
  Tensors gradients(in.size());
  for (std::size_t i = 0; i < in.size(); ++i)
    if (wanted[i]) gradients[i] = selection.backward(i, seed);
  return gradients;
}

}  // namespace ricci
