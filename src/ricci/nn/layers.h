// Layers with weights of their own. Names, shapes and first values are torch's, so that state dicts go both
// ways; random first values come from the default generator (manual_seed).
#pragma once

#include <optional>
#include <span>
#include <string>

#include "ricci/algebra/contraction.h"
#include "ricci/nn/module.h"

namespace ricci::nn {

struct LayerOptions {
  bool bias = true;
  DType dtype = DType::f32;
  Device device{};
};

/// y[..., o] = sum x[..., i] weight[o, i] + bias[o]; weight (out, in), bias (out), uniform within 1 / sqrt(in).
class RICCI_API Linear : public Module {
 public:
  Linear(std::int64_t in, std::int64_t out, const LayerOptions& options = {});
  /// (..., in) -> (..., out). Throws ShapeError.
  Tensor forward(const Tensor& x) override;
};

/// y[..., o] = sum x1[..., i] weight[o, i, j] x2[..., j] + bias[o]; weight (out, in1, in2), bias (out), uniform within
/// 1 / sqrt(in1).
class RICCI_API Bilinear : public Module {
 public:
  Bilinear(std::int64_t in1, std::int64_t in2, std::int64_t out, const LayerOptions& options = {});
  using Module::forward;
  /// (..., in1), (..., in2) -> (..., out). Throws ShapeError.
  Tensor forward(const Tensor& x1, const Tensor& x2);
  using Module::operator();
  Tensor operator()(const Tensor& x1, const Tensor& x2) { return forward(x1, x2); }
};

struct EinsumLayerOptions {
  std::optional<Shape> bias{};  ///< added to the result; it broadcasts
  DType dtype = DType::f32;
  Device device{};
  Semiring semiring = Semiring::sum_product;
};

/// einsum(equation, inputs..., weight): the weight is the last operand, of the given shape, uniform within
/// 1 / sqrt(the extents of its labels that the output has not). In any semiring.
class RICCI_API Einsum : public Module {
 public:
  /// Throws EinsumError for an equation that is none, ShapeError for a shape that does not fit its last term.
  Einsum(std::string equation, const Shape& shape, const EinsumLayerOptions& options = {});
  /// The only input's result. Throws EinsumError.
  Tensor forward(const Tensor& x) override;
  Tensor forward(std::span<const Tensor> inputs);
  using Module::operator();
  template <class... T>
  requires(sizeof...(T) > 1) Tensor operator()(const T&... inputs) {
    const Tensor all[] = {inputs...};
    return forward(std::span<const Tensor>(all));
  }
  const std::string& equation() const { return equation_; }

 private:
  std::string equation_;
  Semiring semiring_;
};

struct EmbeddingOptions {
  std::optional<std::int64_t> padding{};  ///< a row of zeros at first that gets no gradient; may count from the end
  DType dtype = DType::f32;
  Device device{};
};

/// Rows of weight (count, width), standard normal, at integer positions.
class RICCI_API Embedding : public Module {
 public:
  /// Throws ShapeError for a padding that is no row.
  Embedding(std::int64_t count, std::int64_t width, const EmbeddingOptions& options = {});
  /// (...) of integers -> (..., width). Throws IndexError, DTypeError.
  Tensor forward(const Tensor& positions) override;
  std::optional<std::int64_t> padding() const { return padding_; }

 private:
  std::optional<std::int64_t> padding_;
};

struct LayerNormOptions {
  double eps = 1e-5;
  bool affine = true;  ///< whether there is a weight and a bias
  bool bias = true;
  DType dtype = DType::f32;
  Device device{};
};

/// (x - mean) / sqrt(variance + eps) * weight + bias over the last axes; weight and bias of `shape`, ones and zeros.
class RICCI_API LayerNorm : public Module {
 public:
  explicit LayerNorm(const Shape& shape, const LayerNormOptions& options = {});
  Tensor forward(const Tensor& x) override;
  const Shape& normalized_shape() const { return shape_; }
  double eps() const { return eps_; }

 private:
  Shape shape_;
  double eps_;
};

/// In training each element becomes 0 with the probability p, and the others are divided by 1 - p.
class RICCI_API Dropout : public Module {
 public:
  /// Throws Error unless 0 <= p <= 1.
  explicit Dropout(double p = 0.5);
  Tensor forward(const Tensor& x) override;
  double p() const { return p_; }

 private:
  double p_;
};

/// An elementwise function as a module, to stand in a Sequential.
class RICCI_API Activation : public Module {
 public:
  explicit Activation(Tensor (*function)(const Tensor&)) : function_(function) {}
  Tensor forward(const Tensor& x) override { return function_(x); }

 private:
  Tensor (*function_)(const Tensor&);
};

struct RICCI_API ReLU : Activation {
  ReLU();
};
struct RICCI_API Tanh : Activation {
  Tanh();
};
struct RICCI_API Sigmoid : Activation {
  Sigmoid();
};
struct RICCI_API GELU : Activation {
  GELU();
};
struct RICCI_API SiLU : Activation {
  SiLU();
};

}  // namespace ricci::nn
