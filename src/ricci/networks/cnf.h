// DIMACS CNF: a formula as a network whose value is the number of its models, or the sum of their weights.
// A variable is a label shared by its clauses; a clause is a tensor of ones with one zero, where it fails.
#pragma once

#include "ricci/files/input_file.h"
#include "ricci/networks/network.h"

namespace ricci::networks {

/// Clauses of more than 8 literals become a chain of small tensors that hand on whether one was true, so that no
/// tensor has more than 256 elements. Weights are read as `c p weight LITERAL W 0`, `w LITERAL W 0`, and as
/// `w VARIABLE W`, where the negative literal weighs 1 - W (both 1 for W = -1). Throws DataError.
RICCI_API Network read_cnf(const io::InputFile& file, const NetworkOptions& options = {});

}  // namespace ricci::networks
