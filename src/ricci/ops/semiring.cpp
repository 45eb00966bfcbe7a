// The (sub)gradients of the semirings, one step at a time. Written over the joint tensor of a step's labels, out of
// public operations, so every order of derivative follows. Gradients that are not recorded take it piece by piece.
#include "ricci/autograd/accumulate.h"
#include "ricci/autograd/foreign.h"
#include "ricci/autograd/level.h"
#include "ricci/autograd/record.h"
#include "ricci/ops/contract_op.h"
#include "ricci/ops/create.h"
#include "ricci/ops/einsum.h"
#include "ricci/ops/elementwise.h"
#include "ricci/ops/index.h"
#include "ricci/ops/reduce.h"
#include "ricci/ops/shape.h"
#include "ricci/ops/spellings.h"

namespace ricci {
namespace {

constexpr std::int64_t kPiece = 1 << 18;  // elements of the joint tensor at a time

// All labels of a step: the output's first (each once), then the contracted ones in label order.
struct Joint {
  Labels labels;
  std::size_t kept_count = 0;
  Shape shape;
  std::int64_t contracted = 1;

  explicit Joint(const Contraction& c) {
    for (const Label label : c.output)
      if (!contains(labels, label)) labels.push_back(label);
    kept_count = labels.size();
    Labels rest;
    for (const Term& term : c.inputs)
      for (const Label label : term.labels)
        if (!contains(labels, label) && !contains(rest, label)) rest.push_back(label);
    std::sort(rest.begin(), rest.end());
    labels.append(rest.begin(), rest.end());
    for (std::size_t i = 0; i < labels.size(); ++i) {
      shape.push_back(c.extents[static_cast<std::size_t>(labels[i])]);
      if (i >= kept_count) contracted *= shape.back();
    }
  }
  Labels kept() const { return Labels(labels.begin(), labels.begin() + static_cast<std::ptrdiff_t>(kept_count)); }
  std::int64_t volume() const { return element_count(shape); }
};

// A linear contraction of one tensor with these labels.
Tensor relabel(const Contraction& c, const Tensor& x, const Labels& from, const Labels& to) {
  Contraction one{.extents = c.extents, .dtype = x.dtype()};
  one.inputs.push_back({.labels = from});
  one.output = to;
  return contract(one, {&x, 1});
}

// The semiring's product over the joint labels: a sum, or for max_product a product.
Tensor joint_product(const Contraction& c, const Joint& joint, Operands in) {
  Tensor product = relabel(c, in[0], c.inputs[0].labels, joint.labels);
  if (in.size() == 1) return product;
  const Tensor other = relabel(c, in[1], c.inputs[1].labels, joint.labels);
  return c.semiring == Semiring::max_product ? product * other : product + other;
}

// One where the first winner in label order is, zero elsewhere: over the joint labels.
Tensor winners(const Contraction& c, const Joint& joint, Operands in) {
  const NoGrad constant;
  const Tensor product = joint_product(c, joint, in);
  const std::int64_t outputs = product.numel() / std::max<std::int64_t>(1, joint.contracted);
  const Tensor table = reshape(product, {outputs, joint.contracted});
  const Tensor first = c.semiring == Semiring::min_plus ? argmin(table, 1, true) : argmax(table, 1, true);
  const Tensor positions = arange(joint.contracted, {.device = product.device()});
  return reshape(to(equal(first, positions), product.dtype()), joint.shape);
}

// y or its seed, of the output's labels, over the joint labels; a label that repeats is read once (its diagonal).
Tensor spread_output(const Contraction& c, const Joint& joint, const Tensor& y) {
  return relabel(c, relabel(c, y, c.output, joint.kept()), joint.kept(), joint.labels);
}

// d y / d (the joint product), over the joint labels: exp(product - y) for log_sum_exp, the winner for the others.
Tensor weights(const Contraction& c, const Joint& joint, Operands in, const Tensor& y) {
  if (c.semiring != Semiring::log_sum_exp) return winners(c, joint, in);
  const Tensor once = relabel(c, y, c.output, joint.kept());
  // All -inf: nothing contributes, and -inf - -inf must not become NaN.
  const Tensor safe = where(isfinite(once), once, where(greater(once, 0), once, 0));
  return exp(joint_product(c, joint, in) - relabel(c, safe, joint.kept(), joint.labels));
}

// d (the joint product) / d x_i where it isn't 1: the other factor of max_product.
Tensor times_factor(const Contraction& c, const Joint& joint, Operands in, std::size_t i, const Tensor& weight) {
  if (c.semiring != Semiring::max_product || in.size() == 1) return weight;
  return weight * relabel(c, in[1 - i], c.inputs[1 - i].labels, joint.labels);
}

// The range [first, first + count) of every axis that has the label.
Tensor narrowed(const Tensor& x, const Labels& labels, Label label, std::int64_t first, std::int64_t count) {
  if (!x.defined()) return x;
  Shape shape = x.shape();
  std::int64_t offset = x.offset();
  for (std::size_t axis = 0; axis < labels.size(); ++axis) {
    if (labels[axis] != label) continue;
    shape[axis] = count;
    offset += first * x.strides()[axis];
  }
  return make_view(x, shape, x.strides(), offset);
}

// One step's tensors, none recorded: gradients[i], where defined, is added to.
struct StepGradients {
  Contraction c;
  Tensors in;
  Tensor y, seed;  // y for log_sum_exp alone
  Tensors gradients;

  void add() const {
    const Joint joint(c);
    if (joint.volume() == 0) return;
    std::size_t widest = 0;
    for (std::size_t i = 1; i < joint.kept_count; ++i)
      if (joint.shape[i] > joint.shape[widest]) widest = i;
    const bool whole = joint.volume() <= kPiece || joint.kept_count == 0 || joint.shape[widest] == 1;
    whole ? add_whole(joint) : add_in_pieces(joint.labels[widest], joint.shape[widest], joint.volume());
  }

 private:
  void add_whole(const Joint& joint) const {
    const Operands values(in.data(), in.size());
    const Tensor seeded = weights(c, joint, values, y) * spread_output(c, joint, seed);
    for (std::size_t i = 0; i < in.size(); ++i) {
      if (!gradients[i].defined()) continue;
      const Tensor part = times_factor(c, joint, values, i, seeded);
      const Tensor sum[] = {gradients[i], relabel(c, part, joint.labels, c.inputs[i].labels)};
      map_into(Map::add, sum, gradients[i]);
    }
  }

  // An output label cut into ranges: every piece has all that is contracted, so the first winner is in it.
  void add_in_pieces(Label label, std::int64_t extent, std::int64_t volume) const {
    const std::int64_t pieces = std::min(extent, (volume + kPiece - 1) / kPiece),
                       count = (extent + pieces - 1) / pieces;
    for (std::int64_t first = 0; first < extent; first += count) {
      const std::int64_t n = std::min(count, extent - first);
      StepGradients piece{c, {}, narrowed(y, c.output, label, first, n), narrowed(seed, c.output, label, first, n), {}};
      piece.c.extents[static_cast<std::size_t>(label)] = n;
      for (std::size_t i = 0; i < in.size(); ++i) {
        piece.in.push_back(narrowed(in[i], c.inputs[i].labels, label, first, n));
        piece.gradients.push_back(narrowed(gradients[i], c.inputs[i].labels, label, first, n));
      }
      piece.add();
    }
  }
};

class SemiringStep final : public Op {
 public:
  explicit SemiringStep(Contraction contraction) : c_(std::move(contraction)) {}
  std::string_view name() const override { return "einsum"; }
  Tensor run(Operands in) const override {
    check_values(c_.semiring, in);
    return execute::contract(c_, in, in[0].dtype());
  }
  Tensor batched(Operands in, const Batch& batch) const override {
    return call_semiring(c_.batched(std::vector<bool>(batch.has.begin(), batch.has.end()), batch.extent), in);
  }
  Reads reads(std::size_t) const override { return {~std::uint64_t{0}, c_.semiring == Semiring::log_sum_exp}; }

  LinearMap derivative(std::size_t i, Operands in, const Tensor& y) const override {
    const Joint joint(c_);
    const Tensor weight = times_factor(c_, joint, in, i, weights(c_, joint, in, y));
    const Contraction c = c_;
    return {[=](const Tensor& dx) {
              return relabel(c, weight * relabel(c, dx, c.inputs[i].labels, joint.labels), joint.labels, c.output);
            },
            [=](const Tensor& g) {
              return relabel(c, weight * spread_output(c, joint, g), joint.labels, c.inputs[i].labels);
            }};
  }

  // All gradients from one set of weights, of which a piece at a time is in memory.
  Tensors pullback(Operands in, const Tensor& y, const Tensor& seed, std::span<const bool> wanted) const override {
    const bool plain = !recording() && level_of(in) == 0 && level_of({&seed, 1}) == 0 && !foreign_among(in) &&
                       !foreign_among({&seed, 1}) && seed.device().type != DeviceType::meta;
    if (!plain) return Op::pullback(in, y, seed, wanted);
    const DType wide = accumulator_of(seed.dtype());  // rounded once, at the end
    StepGradients step{c_, {}, {}, to(seed, wide), {}};
    if (c_.semiring == Semiring::log_sum_exp) step.y = to(y.detach(), wide);
    for (std::size_t i = 0; i < in.size(); ++i) {
      step.in.push_back(to(in[i].detach(), wide));
      step.gradients.push_back(wanted[i] ? zeros_like(step.in[i]) : Tensor());
    }
    step.add();
    for (std::size_t i = 0; i < in.size(); ++i)
      if (wanted[i]) step.gradients[i] = to(step.gradients[i], in[i].dtype());
    return step.gradients;
  }

 private:
  Contraction c_;
};

}  // namespace

void check_values(Semiring semiring, Operands operands) {
  if (semiring != Semiring::max_product) return;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    if (operands[i].numel() == 0 || operands[i].device().type == DeviceType::meta) continue;
    const double least = min(operands[i]).item<double>();
    if (least < 0)
      fail_at<EinsumError>({.operand = static_cast<int>(i)}, "max_product needs nonnegative values, but operand ",
                           i + 1, " has ", least, "\n  take the logarithms and max_plus, or shift the values");
  }
}

Tensor call_semiring(const Contraction& contraction, Operands operands) {
  return call_new<SemiringStep>(operands, contraction);
}

}  // namespace ricci
