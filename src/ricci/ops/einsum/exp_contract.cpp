#include "ricci/ops/einsum/exp_contract.h"

#include <algorithm>

#include "ricci/autograd/accumulate.h"
#include "ricci/execute/contract.h"
#include "ricci/ops/create.h"
#include "ricci/ops/shape.h"

namespace ricci {
namespace {

constexpr std::int64_t kPiece = 1 << 16;  // elements of the joint labels at a time: they stay in the caches

using Labelled = std::vector<LabelledTensor>;

std::int64_t extent_of(const Extents& extents, Label label) { return extents[static_cast<std::size_t>(label)]; }

// The range [first, first + count) of the axis that has the label.
Tensor narrowed(const LabelledTensor& t, Label label, std::int64_t first, std::int64_t count) {
  const std::ptrdiff_t axis = find_index(t.labels, label);
  if (axis < 0) return t.tensor;
  Shape shape = t.tensor.shape();
  shape[static_cast<std::size_t>(axis)] = count;
  return make_view(t.tensor, shape, t.tensor.strides(),
                   t.tensor.offset() + first * t.tensor.strides()[static_cast<std::size_t>(axis)]);
}

// The sums over some ranges of the labels.
struct Piece {
  Extents extents;
  Labels joint;
  Labelled factors, exponents, results;

  std::int64_t volume() const {
    std::int64_t product = 1;
    for (const Label label : joint) product *= extent_of(extents, label);
    return product;
  }

  void add() const {
    if (volume() == 0) return;
    volume() <= kPiece ? add_whole() : add_in_halves();
  }

 private:
  // The tensor as one of all joint labels; those that it hasn't step by 0.
  Tensor spread(const LabelledTensor& t) const {
    Shape shape;
    Strides strides;
    for (const Label label : joint) {
      const std::ptrdiff_t axis = find_index(t.labels, label);
      shape.push_back(extent_of(extents, label));
      strides.push_back(axis < 0 ? 0 : t.tensor.strides()[static_cast<std::size_t>(axis)]);
    }
    return make_view(t.tensor, shape, strides, t.tensor.offset());
  }

  void add_whole() const {
    const Tensor first = spread(exponents[0]);
    const Tensor terms = empty(first.shape(), {.dtype = first.dtype(), .device = first.device()});
    const auto apply = [&](Map map, const Tensor& x, const LabelledTensor& y) {
      const Tensor both[] = {x, spread(y)};
      map_into(map, both, terms);
    };
    if (exponents.size() == 1) {
      map_into(Map::exp, {&first, 1}, terms);
    } else {
      for (std::size_t i = 1; i < exponents.size(); ++i) apply(Map::add, i == 1 ? first : terms, exponents[i]);
      map_into(Map::exp, {&terms, 1}, terms);
    }
    for (const LabelledTensor& factor : factors) apply(Map::multiply, terms, factor);
    Contraction sum{.extents = extents, .dtype = terms.dtype()};
    sum.inputs.push_back({.labels = joint});
    for (const LabelledTensor& result : results) {
      sum.output = result.labels;
      execute::contract(sum, {&terms, 1}, terms.dtype(), {.target = result.tensor, .alpha = 1, .beta = 1});
    }
  }

  // The last label counts little: the terms of a piece lie along it.
  Label widest() const {
    const auto width = [&](Label label) { return extent_of(extents, label) * (label == joint.back() ? 1 : 16); };
    return *std::max_element(joint.begin(), joint.end(), [&](Label x, Label y) { return width(x) < width(y); });
  }

  void add_in_halves() const {
    const Label cut = widest();
    const std::int64_t extent = extent_of(extents, cut), half = (extent + 1) / 2;
    for (const std::int64_t first : {std::int64_t{0}, half}) {
      Piece part = *this;
      const std::int64_t n = std::min(half, extent - first);
      part.extents[static_cast<std::size_t>(cut)] = n;
      for (Labelled* list : {&part.factors, &part.exponents, &part.results})
        for (LabelledTensor& t : *list) t.tensor = narrowed(t, cut, first, n);
      part.add();
    }
  }
};

class ExpContract final : public Op {
 public:
  ExpContract(Contraction c, std::size_t factors) : c_(std::move(c)), factors_(factors) {}
  std::string_view name() const override { return "exp_contract"; }
  Tensor batched(Operands in, const Batch& batch) const override {
    return exp_contract(c_.batched(std::vector<bool>(batch.has.begin(), batch.has.end()), batch.extent), factors_, in);
  }
  TensorType output_type(Operands in) const override { return {c_.output_shape(), in[0].dtype()}; }
  Tensor run(Operands in) const override {
    const DType dtype = accumulator_of(in[0].dtype());
    const Tensor out = zeros(c_.output_shape(), {.dtype = dtype, .device = in[0].device()});
    Labelled factors, exponents;
    for (std::size_t i = 0; i < in.size(); ++i)
      (i < factors_ ? factors : exponents).push_back({to(in[i], dtype), c_.inputs[i].labels});
    add_exp_contractions(c_.extents, factors, exponents, {{out, c_.output}});
    return to(out, in[0].dtype());
  }
  // Linear in a factor; the derivative for an exponent has one factor more.
  LinearMap derivative(std::size_t i, Operands in, const Tensor&) const override {
    const bool is_factor = i < factors_;
    const auto with = [&](const Labels& labels, const Labels& output) {
      Contraction c = c_;
      c.output = output;
      if (is_factor)
        c.inputs[i].labels = labels;
      else
        c.inputs.insert(c.inputs.begin(), {.labels = labels});
      const auto run = [c, i, is_factor, count = factors_ + (is_factor ? 0 : 1),
                        all = Tensors(in.begin(), in.end())](const Tensor& t) {
        Tensors operands = all;
        if (is_factor)
          operands[i] = t;
        else
          operands.insert(operands.begin(), t);
        return exp_contract(c, count, Operands(operands.data(), operands.size()));
      };
      return run;
    };
    const Labels& own = c_.inputs[i].labels;
    return {with(own, c_.output), with(c_.output, own)};
  }

 private:
  Contraction c_;
  std::size_t factors_;
};

}  // namespace

void add_exp_contractions(const Extents& extents, const std::vector<LabelledTensor>& factors,
                          const std::vector<LabelledTensor>& exponents, const std::vector<LabelledTensor>& results) {
  Piece whole{extents, {}, factors, exponents, results};
  for (const Labelled* list : {&exponents, &factors, &results})
    for (const LabelledTensor& t : *list)
      for (const Label label : t.labels)
        if (!contains(whole.joint, label)) whole.joint.push_back(label);
  whole.add();
}

Tensor exp_contract(const Contraction& c, std::size_t factors, Operands in) {
  return call_new<ExpContract>(in, c, factors);
}

}  // namespace ricci
