#include "ricci/networks/qasm/gate_tensor.h"

#include <algorithm>

#include "ricci/networks/network_builder.h"

namespace ricci::networks {

GateTensor make_gate_tensor(const Matrix& matrix, std::size_t qubits) {
  GateTensor out{.tensor = {}, .keeps = std::vector<bool>(qubits, true)};
  const std::size_t n = std::size_t{1} << qubits;
  out.identity = true;
  for (std::size_t row = 0; row < n; ++row)
    for (std::size_t column = 0; column < n; ++column) {
      const std::complex<double> entry = matrix[row * n + column];
      out.identity = out.identity && entry == std::complex<double>(row == column ? 1 : 0);
      if (entry == 0.0) continue;
      for (std::size_t q = 0; q < qubits; ++q)
        if ((row ^ column) >> (qubits - 1 - q) & 1) out.keeps[q] = false;
    }
  const auto axes = 2 * qubits - static_cast<std::size_t>(std::count(out.keeps.begin(), out.keeps.end(), true));
  std::vector<std::complex<double>> values;
  for (std::size_t index = 0; index < std::size_t{1} << axes; ++index) {
    std::size_t row = 0, column = 0, axis = axes;
    const auto bit = [&] { return index >> --axis & 1; };
    for (std::size_t q = 0; q < qubits; ++q) {
      const std::size_t to = bit(), from = out.keeps[q] ? to : bit();
      row = 2 * row + to;
      column = 2 * column + from;
    }
    values.push_back(matrix[row * n + column]);
  }
  out.tensor = tensor_of(Shape(axes, 2), values);
  return out;
}

}  // namespace ricci::networks
