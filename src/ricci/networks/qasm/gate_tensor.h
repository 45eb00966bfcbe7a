// A gate as the tensor that a circuit's network has of it: a qubit whose value the gate keeps, a control or any of
// a diagonal gate, has one axis; any other two, the output's and then the input's. Found from the matrix's zeros.
#pragma once

#include "ricci/networks/qasm/gates.h"
#include "ricci/tensor/tensor.h"

namespace ricci::networks {

struct GateTensor {
  Tensor tensor;
  std::vector<bool> keeps;  ///< by qubit: one axis, not two
  bool identity = false;    ///< exactly; it can be left out
};

GateTensor make_gate_tensor(const Matrix& matrix, std::size_t qubits);

}  // namespace ricci::networks
