// Einsum: a contraction with a weight of its own as the last operand.
#include <algorithm>
#include <cmath>

#include "ricci/algebra/written.h"
#include "ricci/base/error.h"
#include "ricci/nn/init.h"
#include "ricci/nn/layers.h"
#include "ricci/ops/einsum/einsum.h"
#include "ricci/ops/elementwise.h"

namespace ricci::nn {
namespace {

using notation::Written;
using notation::WrittenTerm;

std::ptrdiff_t occurrences(const WrittenTerm& term, Label label) {
  return std::count_if(term.labels.begin(), term.labels.end(), [&](const auto& l) { return l.label == label; });
}

// Without an output the labels that occur once are the output's.
bool in_output(const Written& written, Label label) {
  if (written.output) return occurrences(*written.output, label) > 0;
  std::ptrdiff_t count = 0;
  for (const WrittenTerm& term : written.inputs) count += occurrences(term, label);
  return count == 1;
}

// How many products are added up into one element of the output, as far as the weight tells: the extents of its
// labels that the output has not.
std::int64_t fan_in(const std::string& equation, const Shape& shape) {
  const Written written = notation::read_equation(equation);
  const WrittenTerm& term = written.inputs.back();
  const std::size_t count = term.labels.size(), rank = shape.size();
  if (written.inputs.size() < 2)
    fail<EinsumError>("Einsum: '", equation, "' has one operand; the weight comes last, after one input or more");
  if (rank < count || (rank > count && !term.ellipsis))
    fail<ShapeError>("Einsum: a weight of shape ", shape, " for the last term '", written.text_of(term.at), "' of '",
                     equation, "'");
  std::int64_t fan = 1;
  for (std::size_t i = 0; i < count; ++i) {
    const bool after = term.ellipsis && i >= *term.ellipsis;
    if (!in_output(written, term.labels[i].label)) fan *= shape[after ? rank - count + i : i];
  }
  return fan;
}

}  // namespace

Einsum::Einsum(std::string equation, const Shape& shape, const EinsumLayerOptions& options)
    : equation_(std::move(equation)), semiring_(options.semiring) {
  const std::int64_t fan = fan_in(equation_, shape);
  const double bound = fan > 0 ? 1 / std::sqrt(static_cast<double>(fan)) : 0;
  const auto drawn = [&](const Shape& s) {
    return init::uniform_(empty(s, {.dtype = options.dtype, .device = options.device}), -bound, bound);
  };
  register_parameter("weight", drawn(shape));
  register_parameter("bias", options.bias ? drawn(*options.bias) : Tensor());
}

Tensor Einsum::forward(const Tensor& x) { return forward(std::span<const Tensor>(&x, 1)); }

Tensor Einsum::forward(std::span<const Tensor> inputs) {
  std::vector<Tensor> operands(inputs.begin(), inputs.end());
  operands.push_back(get("weight"));
  const Tensor y = einsum(equation_, std::span<const Tensor>(operands), {.semiring = semiring_});
  const Tensor bias = get("bias");
  return bias.defined() ? y + bias : y;
}

}  // namespace ricci::nn
