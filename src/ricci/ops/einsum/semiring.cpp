// The (sub)gradients of the semirings, one step at a time: winners in max_plus, min_plus and max_product, posteriors in
// log_sum_exp. Both rules are written in operations that have derivatives in turn.
#include "ricci/autograd/accumulate.h"
#include "ricci/autograd/foreign.h"
#include "ricci/autograd/level.h"
#include "ricci/autograd/record.h"
#include "ricci/ops/create.h"
#include "ricci/ops/einsum/contract_op.h"
#include "ricci/ops/einsum/exp_contract.h"
#include "ricci/ops/einsum/step_labels.h"
#include "ricci/ops/einsum/winners.h"
#include "ricci/ops/elementwise.h"
#include "ricci/ops/reduce.h"
#include "ricci/ops/shape.h"

namespace ricci {
namespace {

Labels each_once(const Labels& labels) {
  Labels out;
  for (const Label label : labels)
    if (!contains(out, label)) out.push_back(label);
  return out;
}

// The posteriors of a step of log_sum_exp, exp(sum of operands - y): what every one of its derivatives is summed with.
class Posteriors {
 public:
  Posteriors(const Contraction& c, Operands in, const Tensor& y) : c_(c) {
    for (std::size_t i = 0; i < in.size(); ++i) {
      labels_.push_back(each_once(c.inputs[i].labels));
      exponents_.push_back(relabel(c, in[i], c.inputs[i].labels, labels_[i]));
    }
    labels_.push_back(each_once(c.output));
    const Tensor once = relabel(c, y, c.output, labels_.back());
    // All -inf: nothing contributes, and -inf - -inf must not become NaN.
    exponents_.push_back(negative(where(isfinite(once), once, where(greater(once, 0), once, 0))));
  }

  Tensor forward(std::size_t i, const Tensor& dx) const {
    const Tensor factor = relabel(c_, dx, c_.inputs[i].labels, labels_[i]);
    return relabel(c_, summed(factor, labels_[i], labels_.back()), labels_.back(), c_.output);
  }
  Tensor backward(std::size_t i, const Tensor& g) const {
    const Tensor factor = relabel(c_, g, c_.output, labels_.back());
    return relabel(c_, summed(factor, labels_.back(), labels_[i]), labels_[i], c_.inputs[i].labels);
  }

  // All of them from one set of exponentials; not recorded.
  Tensors backward(const Tensor& g, std::span<const bool> wanted) const {
    std::vector<LabelledTensor> exponents, results;
    for (std::size_t i = 0; i < exponents_.size(); ++i) exponents.push_back({exponents_[i], labels_[i]});
    Tensors gradients(wanted.size());
    for (std::size_t i = 0; i < wanted.size(); ++i)
      if (wanted[i]) results.push_back({gradients[i] = zeros_like(exponents_[i]), labels_[i]});
    add_exp_contractions(c_.extents, {{relabel(c_, g, c_.output, labels_.back()), labels_.back()}}, exponents, results);
    for (std::size_t i = 0; i < wanted.size(); ++i)
      if (wanted[i]) gradients[i] = relabel(c_, gradients[i], labels_[i], c_.inputs[i].labels);
    return gradients;
  }

 private:
  Tensor summed(const Tensor& factor, const Labels& labels, const Labels& output) const {
    Contraction c{.output = output, .extents = c_.extents, .dtype = factor.dtype()};
    Tensors operands{factor};
    c.inputs.push_back({.labels = labels});
    for (std::size_t i = 0; i < exponents_.size(); ++i) {
      operands.push_back(exponents_[i]);
      c.inputs.push_back({.labels = labels_[i]});
    }
    return exp_contract(c, 1, Operands(operands.data(), operands.size()));
  }

  Contraction c_;
  std::vector<Labels> labels_;  // of the operands and of the value
  std::vector<Tensor> exponents_;
};

class SemiringStep final : public Op {
 public:
  explicit SemiringStep(Contraction contraction) : c_(std::move(contraction)) {}
  std::string_view name() const override { return "einsum"; }
  TensorType output_type(Operands in) const override { return {c_.output_shape(), in[0].dtype()}; }
  Tensor run(Operands in) const override {
    check_values(c_.semiring, in);
    return execute::contract(c_, in, in[0].dtype());
  }
  Tensor batched(Operands in, const Batch& batch) const override {
    return call_semiring(c_.batched(std::vector<bool>(batch.has.begin(), batch.has.end()), batch.extent), in);
  }
  Reads reads(std::size_t) const override { return {~std::uint64_t{0}, sums_exponentials()}; }

  LinearMap derivative(std::size_t i, Operands in, const Tensor& y) const override {
    if (!sums_exponentials()) return winner_map(c_, in, i);
    const Posteriors posteriors(c_, in, y);
    return {[=](const Tensor& dx) { return posteriors.forward(i, dx); },
            [=](const Tensor& g) { return posteriors.backward(i, g); }};
  }

  // All gradients from one look at the terms.
  Tensors pullback(Operands in, const Tensor& y, const Tensor& seed, std::span<const bool> wanted,
                   Ref<RefCounted> kept) const override {
    if (!sums_exponentials()) return winner_pullback(c_, in, seed, wanted);
    const bool plain = !recording() && level_of(in) == 0 && level_of({&seed, 1}) == 0 && !foreign_among(in) &&
                       !foreign_among({&seed, 1});
    if (!plain) return Op::pullback(in, y, seed, wanted, kept);
    const DType wide = accumulator_of(seed.dtype());  // rounded once, at the end
    Tensors operands;
    for (const Tensor& t : in) operands.push_back(to(t.detach(), wide));
    const Posteriors posteriors(c_, Operands(operands.data(), operands.size()), to(y.detach(), wide));
    Tensors gradients = posteriors.backward(to(seed, wide), wanted);
    for (Tensor& gradient : gradients)
      if (gradient.defined()) gradient = to(gradient, seed.dtype());
    return gradients;
  }

 private:
  bool sums_exponentials() const { return ricci::sums_exponentials(c_.semiring); }
  Contraction c_;
};

// Of a sum of exponentials a slice has the share exp(slice - total); else the first slice that wins has all.
Tensor seed_of_slice(Semiring semiring, const Tensor& y, const Tensor& total, const Tensor& seed, const Tensor& open) {
  const NoGrad inside;
  const DType wide = accumulator_of(seed.dtype());
  if (!total.defined()) return to(seed, wide);
  if (sums_exponentials(semiring)) {
    // All -inf: nothing contributes, and -inf - -inf must not become NaN.
    const Tensor safe = where(isfinite(total), total, where(greater(total, 0), total, 0));
    return to(seed, wide) * exp(to(y, wide) - to(safe, wide));
  }
  const Tensor wins = to(equal(y, total), wide) * open;
  const Tensor left[] = {open, wins};
  map_into(Map::subtract, left, open);
  return to(seed, wide) * wins;
}

}  // namespace

const execute::GradientRule& semiring_rule() {
  const auto gradient = [](const Contraction& c, Operands in, const Tensor& y, const Tensor& seed, std::size_t i) {
    const NoGrad inside;
    return semiring_gradient(c, in, y, seed, i);
  };
  static const execute::GradientRule rule{gradient, seed_of_slice};
  return rule;
}

std::int64_t semiring_rule_bytes(const planning::StepShape& step, const planning::ScratchBytes& scratch,
                                 std::int64_t most) {
  constexpr std::int64_t kSmall = 64 * 64;       // tensors of a block each
  constexpr double kPiece = 1 << 16;             // elements of a piece of terms: see exp_contract.cpp
  constexpr double kOperands = 3, kResults = 8;  // copies in other orders; masks, factors, sums
  constexpr double kPositions = 8 * 6;           // bytes for each result: where its winner is, worked out
  const auto side = static_cast<std::size_t>(step.side);
  const Contraction forward = step.contraction.adjoint(side);  // the adjoint of an adjoint
  const double item = static_cast<double>(size_of(accumulator_of(forward.dtype)));
  double bytes = path::volume(forward, forward.output) * (kResults * item + kPositions);
  for (const Term& term : forward.inputs) bytes += path::volume(forward, term.labels) * kOperands * item;
  if (sums_exponentials(forward.semiring))
    bytes += 2 * std::min(kPiece, path::volume(forward, StepLabels(forward).all())) * item;
  if (bytes >= 0x1p62) return INT64_MAX;
  planning::StepShape again{.contraction = forward, .dtype = accumulator_of(forward.dtype)};
  const auto contiguous_in = [&](const Labels& labels) {
    const Extents extents = forward.shape_of(labels);
    return contiguous_strides(Shape(extents.begin(), extents.end()));
  };
  for (const Term& term : forward.inputs) {
    again.strides.push_back(contiguous_in(term.labels));
    again.dtypes.push_back(again.dtype);
  }
  again.result_strides = contiguous_in(forward.output);
  const auto own = static_cast<std::int64_t>(bytes) + kSmall;
  return own + scratch(again, std::max<std::int64_t>(most - own, 0));
}

Tensor semiring_gradient(const Contraction& contraction, Operands operands, const Tensor& y, const Tensor& seed,
                         std::size_t i) {
  SmallVector<bool, 2> wanted(operands.size(), false);
  wanted[i] = true;
  return make_ref<SemiringStep>(contraction)->pullback(operands, y, seed, {wanted.data(), wanted.size()}, {})[i];
}

void check_nonnegative(Semiring semiring, Operands operands) {
  for (std::size_t i = 0; i < operands.size(); ++i) {
    if (operands[i].numel() == 0) continue;
    const double least = min(operands[i]).item<double>();
    if (least < 0)
      fail_at<EinsumError>({.operand = static_cast<int>(i)}, name_of(semiring),
                           " needs nonnegative values, but operand ", i + 1, " has ", least,
                           "\n  take the logarithms and max_plus, or shift the values");
  }
}

Tensor call_semiring(const Contraction& contraction, Operands operands) {
  return call_new<SemiringStep>(operands, contraction);
}

}  // namespace ricci
