#include "ricci/nn/layers.h"

#include <cmath>

#include "ricci/base/error.h"
#include "ricci/nn/functional.h"
#include "ricci/nn/init.h"
#include "ricci/ops/create.h"
#include "ricci/ops/elementwise.h"
#include "ricci/ops/index.h"
#include "ricci/tensor/defined.h"

namespace ricci::nn {
namespace {

void check_size(std::int64_t size, std::string_view layer, std::string_view name) {
  if (size < 0) fail<ShapeError>(layer, ": ", name, " is ", size, "; it can't be negative");
}

// A parameter drawn uniformly within 1 / sqrt(fan); a fan of 0 has nothing to draw for.
Tensor drawn(const Shape& shape, std::int64_t fan, const LayerOptions& options) {
  const double bound = fan > 0 ? 1 / std::sqrt(static_cast<double>(fan)) : 0;
  return init::uniform_(empty(shape, {.dtype = options.dtype, .device = options.device}), -bound, bound);
}

}  // namespace

Linear::Linear(std::int64_t in, std::int64_t out, const LayerOptions& options) {
  check_size(in, "Linear", "in_features");
  check_size(out, "Linear", "out_features");
  register_parameter("weight", drawn({out, in}, in, options));
  register_parameter("bias", options.bias ? drawn({out}, in, options) : Tensor());
}

Tensor Linear::forward(const Tensor& x) { return functional::linear(x, get("weight"), get("bias")); }

Bilinear::Bilinear(std::int64_t in1, std::int64_t in2, std::int64_t out, const LayerOptions& options) {
  check_size(in1, "Bilinear", "in1_features");
  check_size(in2, "Bilinear", "in2_features");
  check_size(out, "Bilinear", "out_features");
  register_parameter("weight", drawn({out, in1, in2}, in1, options));
  register_parameter("bias", options.bias ? drawn({out}, in1, options) : Tensor());
}

Tensor Bilinear::forward(const Tensor& x1, const Tensor& x2) {
  check_defined("Bilinear", x1, x2);
  const Tensor weight = get("weight");
  if (x1.ndim() == 0 || x2.ndim() == 0 || x1.extent(-1) != weight.extent(1) || x2.extent(-1) != weight.extent(2))
    fail<ShapeError>("Bilinear: inputs of shapes ", x1.shape(), " and ", x2.shape(), " for a weight of shape ",
                     weight.shape(), " (out, in1, in2)\n  their last axes need the extents ", weight.extent(1), " and ",
                     weight.extent(2));
  return bilinear(x1, x2, weight, get("bias"));
}

Embedding::Embedding(std::int64_t count, std::int64_t width, const EmbeddingOptions& options)
    : padding_(options.padding) {
  check_size(count, "Embedding", "num_embeddings");
  check_size(width, "Embedding", "embedding_dim");
  Tensor weight = init::normal_(empty({count, width}, {.dtype = options.dtype, .device = options.device}));
  if (padding_) {
    if (*padding_ < -count || *padding_ >= count)
      fail<ShapeError>("Embedding: the padding ", *padding_, " is none of the ", count, " rows");
    if (*padding_ < 0) *padding_ += count;
    fill(slice(weight, {*padding_}), 0);
  }
  register_parameter("weight", weight);
}

Tensor Embedding::forward(const Tensor& positions) { return functional::embedding(positions, get("weight"), padding_); }

LayerNorm::LayerNorm(const Shape& shape, const LayerNormOptions& options) : shape_(shape), eps_(options.eps) {
  const TensorOptions like{.dtype = options.dtype, .device = options.device};
  register_parameter("weight", options.affine ? ones(shape, like) : Tensor());
  register_parameter("bias", options.affine && options.bias ? zeros(shape, like) : Tensor());
}

Tensor LayerNorm::forward(const Tensor& x) {
  return functional::layer_norm(x, shape_, get("weight"), get("bias"), eps_);
}

Dropout::Dropout(double p) : p_(p) {
  if (!(p >= 0 && p <= 1)) fail("Dropout: the probability ", p, " is not between 0 and 1");
}

Tensor Dropout::forward(const Tensor& x) { return functional::dropout(x, p_, training()); }

ReLU::ReLU() : Activation(relu) {}
Tanh::Tanh() : Activation(tanh) {}
Sigmoid::Sigmoid() : Activation(sigmoid) {}
GELU::GELU() : Activation([](const Tensor& x) { return functional::gelu(x); }) {}
SiLU::SiLU() : Activation(functional::silu) {}

}  // namespace ricci::nn
