// The gates that OpenQASM 2 programs use without defining them: U, CX, those of qelib1.inc and some that others
// write beside them. A matrix's rows are outputs; of several qubits the first is the most significant bit.
#pragma once

#include <complex>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace ricci::networks {

using Matrix = std::vector<std::complex<double>>;  // row-major, 2^qubits by 2^qubits

struct StandardGate {
  std::string_view name;
  int parameters, qubits;
  Matrix (*matrix)(std::span<const double> parameters);
};

/// The gate of a name, or null.
const StandardGate* find_standard_gate(std::string_view name);

}  // namespace ricci::networks
