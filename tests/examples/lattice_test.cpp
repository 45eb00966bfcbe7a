// The Ising model by tensors and derivatives against the transfer matrix.
#include "examples/main_job/lattice.h"

#include <gtest/gtest.h>

#include <cmath>

#include "examples/independent/ising.h"
#include "ricci/ricci.h"

namespace ricci::examples {
namespace {

void expect_agreement(int rows, int columns, double beta) {
  const LatticeValues tensors = lattice_values(beta, rows, columns);
  const IsingValues transfer = ising_by_transfer_matrix(rows, columns, beta);
  const double bonds = rows * (columns - 1) + columns * (rows - 1);
  // Relative rounding of Z: one unit for each bond and site; Z'/Z is at most `bonds`, Z''/Z its square.
  const double unit = (bonds + rows * columns) * std::ldexp(1.0, -53);
  const double last = std::ldexp(static_cast<double>(transfer.log_partition), -53);  // the logarithm's own rounding
  EXPECT_NEAR(tensors.log_partition, static_cast<double>(transfer.log_partition), unit + last);
  EXPECT_NEAR(tensors.energy, static_cast<double>(transfer.energy), unit * 2 * bonds);
  EXPECT_NEAR(tensors.heat_capacity, static_cast<double>(transfer.heat_capacity), unit * 4 * bonds * bonds);
}

TEST(Lattice, TwelveByTwelve) {
  for (const double beta : {0.05, 0.3, 0.4406867935097715, 0.8}) expect_agreement(12, 12, beta);
}

TEST(Lattice, UnequalSides) {
  expect_agreement(2, 7, 0.37);
  expect_agreement(7, 2, 0.37);
  expect_agreement(1, 9, 0.6);
  expect_agreement(5, 6, -0.25);  // antiferromagnetic
}

TEST(Lattice, AForwardDerivativeOfTheGradientIsTheSecondDerivative) {
  const Tensor beta = tensor(0.5);
  const auto gradient = [](const std::vector<Tensor>& xs) {
    const Tensor x = xs[0];
    return jvp([](const std::vector<Tensor>& inner) { return log_partition(inner[0], 4, 5); }, {x}, {tensor(1.0)})
        .tangent;
  };
  const Jvp second = jvp(gradient, {beta}, {tensor(1.0)});
  const IsingValues transfer = ising_by_transfer_matrix(4, 5, 0.5L);
  const double unit = (31 + 20) * std::ldexp(1.0, -53);
  EXPECT_NEAR(second.value.item<double>(), -static_cast<double>(transfer.energy), unit * 2 * 31);
  EXPECT_NEAR(0.25 * second.tangent.item<double>(), static_cast<double>(transfer.heat_capacity), unit * 4 * 31 * 31);
}

}  // namespace
}  // namespace ricci::examples
