// The transfer matrix site by site.
#include "examples/independent/ising.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

namespace ricci::examples {

namespace {

// a + b t + c t^2 / 2 around beta: a value with its first and second derivative.
struct Series {
  long double value = 0, first = 0, second = 0;
};

Series operator+(const Series& x, const Series& y) {
  return {x.value + y.value, x.first + y.first, x.second + y.second};
}

Series operator*(const Series& x, const Series& y) {
  return {x.value * y.value, x.first * y.value + x.value * y.first,
          x.second * y.value + 2 * x.first * y.first + x.value * y.second};
}

IsingValues values_of(const Series& partition, long double log_scale, long double beta) {
  const long double mean = partition.first / partition.value;  // of -energy
  return {std::log(partition.value) + log_scale, -mean,
          beta * beta * (partition.second / partition.value - mean * mean)};
}

// exp(beta * product) and its derivatives, for product -1 and +1.
std::array<Series, 2> bond(long double beta) {
  const long double up = std::exp(beta), down = std::exp(-beta);
  return {Series{down, -down, down}, Series{up, up, up}};
}

}  // namespace

IsingValues ising_by_transfer_matrix(int rows, int columns, long double beta) {
  // Bit c of the state is the spin of the latest site in column c; a site is added by summing over the
  // one above it. In the first row there is none: bits of later columns are still 0.
  const std::array<Series, 2> weight = bond(beta);
  const auto equal = [](std::size_t a, std::size_t b) { return a == b ? 1u : 0u; };
  std::vector<Series> now(std::size_t{1} << columns), next(now.size());
  now[0] = {1, 0, 0};
  long double log_scale = 0;
  for (int row = 0; row < rows; ++row)
    for (int column = 0; column < columns; ++column) {
      const std::size_t here = std::size_t{1} << column;
      for (std::size_t state = 0; state < now.size(); ++state) {
        const std::size_t spin = state >> column & 1;
        Series sum = now[state & ~here];
        if (row > 0) sum = sum * weight[equal(spin, 0)] + now[state | here] * weight[equal(spin, 1)];
        if (column > 0) sum = sum * weight[equal(spin, state >> (column - 1) & 1)];
        next[state] = sum;
      }
      long double largest = 0;
      for (const Series& entry : next) largest = std::max(largest, entry.value);
      for (Series& entry : next) entry = {entry.value / largest, entry.first / largest, entry.second / largest};
      log_scale += std::log(largest);
      std::swap(now, next);
    }
  Series total;
  for (const Series& entry : now) total = total + entry;
  return values_of(total, log_scale, beta);
}

}  // namespace ricci::examples
