#include <cmath>
#include <cstdio>

#include "examples/independent/ising.h"
#include "examples/main_job/lattice.h"
#include "examples/main_job/parts.h"
#include "examples/main_job/stopwatch.h"

namespace ricci::examples {

namespace {

constexpr int kSide = 12;
constexpr double kBonds = 2.0 * kSide * (kSide - 1);

// What the sums' roundings may do: one for each bond and site, in double. Z'/Z is at most the number of
// bonds and Z''/Z at most its square, so energy and heat capacity carry that many times as much.
double allowed(int order) { return (kBonds + kSide * kSide) * std::ldexp(1.0, -53) * std::pow(2 * kBonds, order); }

std::string row(const char* name, double tensors, long double transfer) {
  char text[160];
  std::snprintf(text, sizeof text, "%-14s %22.15g %22.15Lg   %.0e", name, tensors, transfer,
                static_cast<double>(std::abs(tensors - transfer)));
  return text;
}

void show_temperature(Transcript& t, double beta) {
  Stopwatch watch;
  const LatticeValues tensors = lattice_values(beta, kSide, kSide);
  const std::string by_tensors = watch.text();
  watch = {};
  const IsingValues transfer = ising_by_transfer_matrix(kSide, kSide, beta);
  char head[80];
  std::snprintf(head, sizeof head, "beta = %.4f", beta);
  t.say(t.style().bold(head) + "   by tensors in " + by_tensors + ", by the transfer matrix in " + watch.text());
  t.say(row("ln Z", tensors.log_partition, transfer.log_partition));
  t.say(row("energy", tensors.energy, transfer.energy));
  t.say(row("heat capacity", tensors.heat_capacity, transfer.heat_capacity));
  const auto near = [](double a, long double b, int order) { return std::abs(a - b) <= allowed(order); };
  t.checks({{"ln Z", near(tensors.log_partition, transfer.log_partition, 0) ||
                         std::abs(tensors.log_partition / transfer.log_partition - 1) <= std::ldexp(1.0, -52)},
            {"energy", near(tensors.energy, transfer.energy, 1)},
            {"heat capacity", near(tensors.heat_capacity, transfer.heat_capacity, 2)}});
}

}  // namespace

void run_lattice(Transcript& t) {
  t.part("THE LATTICE: the Ising model on 12 x 12 sites with open boundary");
  t.title("ln Z is one contraction, energy and heat capacity its derivatives");
  t.say(
      "264 bond matrices exp(beta s s'), 144 labels; the columns:\nby tensors, by the transfer matrix, the difference");
  for (const double beta : {0.2, std::log(1 + std::sqrt(2.0)) / 2, 0.7}) show_temperature(t, beta);
}

}  // namespace ricci::examples
