// The (sub)gradients of the semirings, one step at a time. Written over the joint tensor of a step's
// labels, out of public operations, so every order of derivative follows.
#include "ricci/autograd/accumulate.h"
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

// All labels of a step: the output's first (each once), then the contracted ones in label order.
struct Joint {
  Labels labels;
  std::size_t kept = 0;
  Shape shape;
  std::int64_t contracted = 1;

  explicit Joint(const Contraction& c) {
    for (const Label label : c.output)
      if (!contains(labels, label)) labels.push_back(label);
    kept = labels.size();
    Labels rest;
    for (const Term& term : c.inputs)
      for (const Label label : term.labels)
        if (!contains(labels, label) && !contains(rest, label)) rest.push_back(label);
    std::sort(rest.begin(), rest.end());
    labels.append(rest.begin(), rest.end());
    for (std::size_t i = 0; i < labels.size(); ++i) {
      shape.push_back(c.extents[static_cast<std::size_t>(labels[i])]);
      if (i >= kept) contracted *= shape.back();
    }
  }
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

// The output's labels with a repeated one read once (its diagonal), and back.
Tensor read_output(const Contraction& c, const Joint& joint, const Tensor& y) {
  const Labels kept(joint.labels.begin(), joint.labels.begin() + static_cast<std::ptrdiff_t>(joint.kept));
  return relabel(c, y, c.output, kept);
}

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
    const Tensor weight = weights(joint, i, in, y);
    const Contraction c = c_;
    const Labels kept(joint.labels.begin(), joint.labels.begin() + static_cast<std::ptrdiff_t>(joint.kept));
    return {[=](const Tensor& dx) {
              const Tensor part = weight * relabel(c, dx, c.inputs[i].labels, joint.labels);
              return relabel(c, part, joint.labels, c.output);
            },
            [=](const Tensor& g) {
              const Tensor seed = relabel(c, read_output(c, joint, g), kept, joint.labels);
              return relabel(c, weight * seed, joint.labels, c.inputs[i].labels);
            }};
  }

 private:
  // d y / d x_i over the joint labels: exp(a + b - y) for log_sum_exp, the winner for the others.
  Tensor weights(const Joint& joint, std::size_t i, Operands in, const Tensor& y) const {
    if (c_.semiring == Semiring::log_sum_exp) {
      const Tensor once = read_output(c_, joint, y);
      // All -inf: nothing contributes, and -inf - -inf must not become NaN.
      const Tensor safe = where(isfinite(once), once, where(greater(once, 0), once, 0));
      const Labels kept(joint.labels.begin(), joint.labels.begin() + static_cast<std::ptrdiff_t>(joint.kept));
      return exp(joint_product(c_, joint, in) - relabel(c_, safe, kept, joint.labels));
    }
    const Tensor won = winners(c_, joint, in);
    if (c_.semiring != Semiring::max_product || in.size() == 1) return won;
    return won * relabel(c_, in[1 - i], c_.inputs[1 - i].labels, joint.labels);
  }

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
