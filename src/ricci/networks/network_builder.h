// NetworkBuilder: a Network from operands whose axes are named one by one, for the readers of other formats.
// A label is a name as an equation's braces hold it; a tensor may be given several times.
#pragma once

#include <complex>
#include <string>
#include <string_view>
#include <vector>

#include "ricci/networks/network.h"

namespace ricci::networks {

using LabelNames = std::vector<std::string>;

class NetworkBuilder {
 public:
  void add(const LabelNames& labels, Tensor operand);
  std::size_t size() const { return network_.operands.size(); }
  /// The network with this output.
  Network finish(const LabelNames& output) &&;

 private:
  Network network_;
};

/// "1 clause", "3 clauses".
std::string counted(std::size_t count, std::string_view what);

/// Elements in row-major order; as many as the shape has.
Tensor tensor_of(const Shape& shape, const std::vector<double>& values);
Tensor tensor_of(const Shape& shape, const std::vector<std::complex<double>>& values);

/// Weights that multiply and add, as the values of a semiring that does the same: themselves, or their
/// logarithms (for min_plus with the sign changed).
class Weights {
 public:
  explicit Weights(Semiring semiring) : semiring_(semiring) {}
  Semiring semiring() const { return semiring_; }
  /// Whether the semiring has a value only for weights of 0 and more.
  bool nonnegative() const { return !is_linear(semiring_); }
  double value(double weight) const;
  std::vector<double> values(std::vector<double> weights) const;
  double sum(double a, double b) const;
  double product(double a, double b) const;

 private:
  Semiring semiring_;
};

}  // namespace ricci::networks
