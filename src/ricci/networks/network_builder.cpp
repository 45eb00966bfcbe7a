#include "ricci/networks/network_builder.h"

#include <algorithm>
#include <cmath>

#include "ricci/base/error.h"
#include "ricci/tensor/device_memory.h"

namespace ricci::networks {
namespace {

void append_labels(std::string& equation, const LabelNames& labels) {
  for (const std::string& label : labels) {
    equation += '{';
    equation += label;
    equation += '}';
  }
}

template <class T>
Tensor filled(const Shape& shape, const std::vector<T>& values) {
  Tensor out = empty(shape, {.dtype = dtype_of<T>()});
  copy_bytes(out.device(), address_of(out), {}, values.data(), out.nbytes());
  return out;
}

}  // namespace

void NetworkBuilder::add(const LabelNames& labels, Tensor operand) {
  if (!network_.operands.empty()) network_.equation += ',';
  append_labels(network_.equation, labels);
  network_.operands.push_back(std::move(operand));
}

Network NetworkBuilder::finish(const LabelNames& output) && {
  network_.equation += "->";
  append_labels(network_.equation, output);
  return std::move(network_);
}

std::string counted(std::size_t count, std::string_view what) {
  return concat(count, " ", what, count == 1 ? "" : "s");
}

Tensor tensor_of(const Shape& shape, const std::vector<double>& values) { return filled(shape, values); }
Tensor tensor_of(const Shape& shape, const std::vector<std::complex<double>>& values) { return filled(shape, values); }

double Weights::value(double weight) const {
  if (!adds_terms(semiring_)) return weight;
  return selects_least(semiring_) ? -std::log(weight) : std::log(weight);
}

std::vector<double> Weights::values(std::vector<double> weights) const {
  for (double& weight : weights) weight = value(weight);
  return weights;
}

double Weights::sum(double a, double b) const {
  const double most = std::max(a, b), least = std::min(a, b);
  switch (traits_of(semiring_).sum) {
    case SumOp::add: return a + b;
    case SumOp::maximum: return most;
    case SumOp::minimum: return least;
    case SumOp::log_add_exp: break;
  }
  return std::isinf(most) ? most : most + std::log1p(std::exp(least - most));
}

double Weights::product(double a, double b) const { return adds_terms(semiring_) ? a + b : a * b; }

}  // namespace ricci::networks
