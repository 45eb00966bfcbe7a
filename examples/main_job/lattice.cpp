#include "examples/main_job/lattice.h"

#include "ricci/ricci.h"

namespace ricci::examples {

Tensor log_partition(const Tensor& beta, int rows, int columns) {
  const Tensor products = tensor({{1.0, -1.0}, {-1.0, 1.0}});  // s s' for spins up and down
  const Tensor bond = exp(beta * products);
  std::vector<LabelledOperand> bonds;
  for (int row = 0; row < rows; ++row)
    for (int column = 0; column < columns; ++column) {
      const int site = row * columns + column;  // the site's label
      if (column + 1 < columns) bonds.push_back({bond, {site, site + 1}});
      if (row + 1 < rows) bonds.push_back({bond, {site, site + columns}});
    }
  return log(einsum(bonds, Sublist{}));
}

LatticeValues lattice_values(double beta_value, int rows, int columns) {
  const Tensor beta = tensor(beta_value, {.requires_grad = true});
  const Tensor log_z = log_partition(beta, rows, columns);
  const auto [first] = grad(log_z, {beta}, {.create_graph = true});
  const auto [second] = grad(first, {beta});
  return {log_z.item<double>(), -first.item<double>(), beta_value * beta_value * second.item<double>()};
}

}  // namespace ricci::examples
