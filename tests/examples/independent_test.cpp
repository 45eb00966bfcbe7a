// Holds the methods that check the examples against each other and against plain enumeration.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>
#include <random>

#include "tests/examples/exhaustive.h"
#include "tests/examples/graphs.h"

namespace ricci::examples {
namespace {

const std::string kStates = RICCI_SOURCE_DIR "/examples/data/us_states.txt";

std::vector<int> shuffled(std::size_t n, std::mt19937& random) {
  std::vector<int> order(n);
  std::iota(order.begin(), order.end(), 0);
  std::shuffle(order.begin(), order.end(), random);
  return order;
}

Graph random_graph(std::size_t n, double density, std::mt19937& random) {
  Graph graph{std::vector<std::string>(n), std::vector<std::uint64_t>(n)};
  std::bernoulli_distribution touch(density);
  for (std::size_t a = 0; a < n; ++a)
    for (std::size_t b = 0; b < a; ++b)
      if (touch(random)) {
        graph.neighbours[a] |= std::uint64_t{1} << b;
        graph.neighbours[b] |= std::uint64_t{1} << a;
      }
  return graph;
}

TEST(UsStates, HaveTheirBorders) {
  const Graph map = read_graph(kStates);
  ASSERT_EQ(map.size(), 48u);
  int ends = 0;
  for (std::size_t v = 0; v < 48; ++v) {
    ends += std::popcount(map.neighbours[v]);
    EXPECT_FALSE(map.neighbours[v] >> v & 1) << map.names[v];
    for (std::size_t u = 0; u < 48; ++u)
      EXPECT_EQ(map.neighbours[v] >> u & 1, map.neighbours[u] >> v & 1) << map.names[u] << map.names[v];
  }
  EXPECT_EQ(ends, 2 * 105);
  const auto degree = [&](const char* name) { return std::popcount(map.neighbours[map.index_of(name)]); };
  EXPECT_EQ(degree("ME"), 1);
  EXPECT_EQ(degree("MO"), 8);
  EXPECT_EQ(degree("TN"), 8);
  EXPECT_FALSE(map.neighbours[map.index_of("AZ")] >> map.index_of("CO") & 1);
  EXPECT_FALSE(map.neighbours[map.index_of("NM")] >> map.index_of("UT") & 1);
}

TEST(Colourings, ThreeMethodsAgreeOnRandomGraphs) {
  std::mt19937 random(5);
  for (int trial = 0; trial < 200; ++trial) {
    const Graph graph = random_graph(1 + random() % 8, 0.1 + 0.08 * (trial % 10), random);
    const std::vector<int> order = shuffled(graph.size(), random);
    for (int colours = 1; colours <= 4; ++colours) {
      const std::int64_t count = count_by_search(graph, colours);
      EXPECT_EQ(count_by_frontier(graph, colours, order), count);
      EXPECT_EQ(count_by_contraction(graph, colours, order), count);
    }
  }
}

TEST(Colourings, ThreeMethodsAgreeOnPartsOfTheMap) {
  const Graph map = read_graph(kStates);
  std::mt19937 random(6);
  for (int trial = 0; trial < 20; ++trial) {
    // A connected part, grown from one state.
    std::uint64_t part = std::uint64_t{1} << random() % 48, around = 0;
    while (std::popcount(part) < 9) {
      around = 0;
      for (int v = 0; v < 48; ++v)
        if (part >> v & 1) around |= map.neighbours[v];
      around &= ~part;
      if (around == 0) break;
      int skip = static_cast<int>(random() % std::popcount(around));
      while (skip-- > 0) around &= around - 1;
      part |= around & -around;
    }
    const Graph graph = subgraph(map, part);
    const std::vector<int> order = shuffled(graph.size(), random);
    EXPECT_EQ(count_by_frontier(graph, 4, order), count_by_search(graph, 4));
    EXPECT_EQ(count_by_contraction(graph, 4, order), count_by_search(graph, 4));
  }
}

TEST(Colourings, WholeMapByTwoMethods) {
  const Graph map = read_graph(kStates);
  const std::vector<int> order = sweep_order(kStates, map);
  const std::int64_t count = count_by_frontier(map, 4, order);
  EXPECT_EQ(count, count_by_contraction(map, 4, order));
  EXPECT_EQ(count, 12811591729152);
  EXPECT_EQ(count_by_frontier(map, 3, order), 0);  // Nevada and its five neighbours are an odd wheel
}

TEST(Colourings, PinnedColoursAreMergedVertices) {
  // With Missouri fixed, "s has its colour" counts the colourings of the map with both merged, by symmetry / 4.
  const Graph map = read_graph(kStates);
  const std::vector<int> order = sweep_order(kStates, map);
  const int missouri = map.index_of("MO");
  for (int v = 0; v < 48; ++v) {
    if (v == missouri) continue;
    const std::int64_t pinned = count_by_frontier(map, 4, order, {{missouri, 0}, {v, 0}});
    if (map.neighbours[v] >> missouri & 1) {
      EXPECT_EQ(pinned, 0) << map.names[v];
      continue;
    }
    const Graph both = merged(map, missouri, v);
    std::vector<int> rest;
    for (const int u : order)
      if (u != v) rest.push_back(u > v ? u - 1 : u);
    EXPECT_EQ(4 * pinned, count_by_contraction(both, 4, rest)) << map.names[v];
  }
}

TEST(Ising, TransferMatrixAgreesWithEnumeration) {
  for (const auto& [rows, columns] : {std::pair{1, 1}, {1, 5}, {5, 1}, {2, 3}, {3, 4}, {4, 3}})
    for (const long double beta : {0.0L, 0.17L, 0.44L, 1.3L}) {
      const IsingValues fast = ising_by_transfer_matrix(rows, columns, beta);
      const IsingValues plain = ising_by_enumeration(rows, columns, beta);
      EXPECT_NEAR(fast.log_partition, plain.log_partition, 1e-15 * plain.log_partition);
      EXPECT_NEAR(fast.energy, plain.energy, 1e-14 * rows * columns);
      EXPECT_NEAR(fast.heat_capacity, plain.heat_capacity, 1e-14 * rows * columns);
    }
}

TEST(Ising, DerivativesAreThoseOfTheLogarithm) {
  const long double beta = 0.4L, h = 2e-4L;  // truncation ~ h^4, rounding ~ 1e-17 / h^2
  const auto log_partition = [](long double b) { return ising_by_transfer_matrix(12, 12, b).log_partition; };
  const IsingValues at = ising_by_transfer_matrix(12, 12, beta);
  const long double m2 = log_partition(beta - 2 * h), m1 = log_partition(beta - h), p1 = log_partition(beta + h),
                    p2 = log_partition(beta + 2 * h);
  EXPECT_NEAR(-(m2 - 8 * m1 + 8 * p1 - p2) / (12 * h), at.energy, 1e-10);
  EXPECT_NEAR(beta * beta * (-m2 + 16 * m1 - 30 * at.log_partition + 16 * p1 - p2) / (12 * h * h), at.heat_capacity,
              1e-8);
}

}  // namespace
}  // namespace ricci::examples
