// The Ising model on an open rectangle by a transfer matrix, with exact first and second derivatives in the inverse
// temperature: truncated power series in long double. The main job holds its values against it as it runs.
#pragma once

namespace ricci::examples {

/// Of the energy -sum s s' over neighbours: ln Z, the mean energy and the heat capacity (variance
/// of the energy times beta squared).
struct IsingValues {
  long double log_partition = 0, energy = 0, heat_capacity = 0;
};

IsingValues ising_by_transfer_matrix(int rows, int columns, long double beta);

}  // namespace ricci::examples
