// Two operations with no layer above this one, with all that the tape, forward mode and vmap ask of one.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <vector>

#include "ricci/autograd/accumulate.h"
#include "ricci/autograd/batched.h"
#include "ricci/autograd/node.h"

namespace ricci::testing {

/// A float64 vector.
inline Tensor vector_of(std::initializer_list<double> values, bool requires_grad = false) {
  const Tensor out =
      empty({static_cast<std::int64_t>(values.size())}, {.dtype = DType::f64, .requires_grad = requires_grad});
  std::copy(values.begin(), values.end(), out.data<double>());
  return out;
}
inline Tensor leaf(std::initializer_list<double> values) { return vector_of(values, true); }

/// The elements of a float64 tensor without wrappers, in order.
inline std::vector<double> values_of(const Tensor& tensor) {
  const Tensor dense = run_map(Map::copy, {&tensor, 1}, tensor.shape(), DType::f64);
  return {dense.data<double>(), dense.data<double>() + dense.numel()};
}
using Values = std::vector<double>;

Tensor product(const Tensor& a, const Tensor& b);
Tensor exponential(const Tensor& x);

/// a * b, of one shape: its rule for an operand reads the other.
class Product final : public Op {
 public:
  std::string_view name() const override { return "product"; }
  TensorType output_type(Operands in) const override { return {in[0].shape(), in[0].dtype()}; }
  void run_into(Operands in, const Tensor& out) const override { map_into(Map::multiply, in, out); }
  Reads reads(std::size_t i) const override { return reads_all_but(i); }
  LinearMap derivative(std::size_t i, Operands in, const Tensor&) const override {
    const auto scaled = [factor = in[1 - i]](const Tensor& t) { return product(factor, t); };
    return {scaled, scaled};
  }
  Tensor batched(Operands in, const Batch& batch) const override {
    return product(batch.has[0] ? in[0] : spread(in[0], batch.extent),
                   batch.has[1] ? in[1] : spread(in[1], batch.extent));
  }
};

/// exp(x): its rule reads the output alone.
class Exponential final : public Op {
 public:
  std::string_view name() const override { return "exponential"; }
  TensorType output_type(Operands in) const override { return {in[0].shape(), in[0].dtype()}; }
  void run_into(Operands in, const Tensor& out) const override { map_into(Map::exp, in, out); }
  Reads reads(std::size_t) const override { return kReadsOutput; }
  LinearMap derivative(std::size_t, Operands, const Tensor& y) const override {
    const auto scaled = [y](const Tensor& t) { return product(y, t); };
    return {scaled, scaled};
  }
  Tensor batched(Operands in, const Batch&) const override { return exponential(in[0]); }
};

inline Tensor product(const Tensor& a, const Tensor& b) {
  const Tensor both[] = {a, b};
  return call_new<Product>(both);
}
inline Tensor exponential(const Tensor& x) { return call_new<Exponential>({&x, 1}); }

/// What the node of y gives its inputs for a seed: those that are differentiated, or those named.
inline Tensors pulled_back(const Tensor& y, const Tensor& seed, bool retain = false, std::vector<bool> wanted = {}) {
  const Ref<Node> node = node_of(y);
  SmallVector<bool, 4> flags;
  for (const Edge& edge : node->edges()) flags.push_back(edge.wanted());
  for (std::size_t i = 0; i < wanted.size(); ++i) flags[i] = wanted[i];
  return node->pullback(seed, {flags.data(), flags.size()}, retain);
}

}  // namespace ricci::testing
