#include "tests/examples/exhaustive.h"

#include <cmath>
#include <cstddef>

namespace ricci::examples {

namespace {

std::int64_t search(const Graph& graph, int colours, std::vector<int>& chosen) {
  const std::size_t v = chosen.size();
  if (v == graph.size()) return 1;
  std::int64_t total = 0;
  for (int colour = 0; colour < colours; ++colour) {
    bool free = true;
    for (std::size_t u = 0; u < v; ++u) free = free && !(graph.neighbours[v] >> u & 1 && chosen[u] == colour);
    if (!free) continue;
    chosen.push_back(colour);
    total += search(graph, colours, chosen);
    chosen.pop_back();
  }
  return total;
}

}  // namespace

std::int64_t count_by_search(const Graph& graph, int colours) {
  std::vector<int> chosen;
  return search(graph, colours, chosen);
}

IsingValues ising_by_enumeration(int rows, int columns, long double beta) {
  long double partition = 0, first = 0, second = 0;  // and its derivatives in beta
  for (std::size_t state = 0; state < std::size_t{1} << rows * columns; ++state) {
    const auto spin = [&](int row, int column) { return (state >> (row * columns + column) & 1) != 0 ? 1 : -1; };
    int products = 0;
    for (int row = 0; row < rows; ++row)
      for (int column = 0; column < columns; ++column) {
        if (row > 0) products += spin(row, column) * spin(row - 1, column);
        if (column > 0) products += spin(row, column) * spin(row, column - 1);
      }
    const long double term = std::exp(beta * products);
    partition += term;
    first += products * term;
    second += static_cast<long double>(products) * products * term;
  }
  const long double mean = first / partition;  // of -energy
  return {std::log(partition), -mean, beta * beta * (second / partition - mean * mean)};
}

}  // namespace ricci::examples
