// OpenQASM 2: a circuit as a network whose value is the state it makes of |0...0>, or amplitudes of it. A gate is a
// tensor; a qubit that it leaves as it is (a control, every qubit of a diagonal gate) keeps its label there.
#pragma once

#include "ricci/files/input_file.h"
#include "ricci/networks/network.h"

namespace ricci::networks {

/// The gates of qelib1.inc are known, with rz as diag(exp(-it/2), exp(it/2)); definitions are expanded. Barriers and
/// final measurements say nothing of an amplitude; `if`, `reset` and gates after a measurement are refused.
/// complex128; qubits are numbered as they are declared. Throws DataError.
RICCI_API Network read_qasm(const io::InputFile& file, const NetworkOptions& options = {});

}  // namespace ricci::networks
