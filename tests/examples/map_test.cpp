// The US map through Ricci: the shipped network file, the count, the marginals and the drawn colourings
// against methods that know nothing of tensors.
#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <sstream>

#include "examples/main_job/colourings.h"
#include "examples/main_job/us_map.h"
#include "tests/examples/exhaustive.h"
#include "tests/examples/graphs.h"

namespace ricci::examples {
namespace {

const std::string kStates = RICCI_EXAMPLES_DATA "/us_states.txt";
const std::string kNetwork = RICCI_EXAMPLES_DATA "/us_map.safetensors";

std::string bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// A network like the map's of any graph, written here from the graph alone.
UsMap as_map(const Graph& graph) {
  UsMap map;
  for (std::size_t v = 0; v < graph.size(); ++v) {
    map.states.push_back({graph.names[v], graph.names[v], 0, 0});
    for (std::size_t u = 0; u < v; ++u)
      if (graph.neighbours[v] >> u & 1) map.borders.emplace_back(static_cast<int>(u), static_cast<int>(v));
  }
  return map;
}

TEST(UsMap, ShippedFileIsWhatTheGeneratorWrites) {
  const std::string made = testing::TempDir() + "us_map_made.safetensors";
  save_network(made, colouring_network(read_us_map(kStates), 4));
  EXPECT_FALSE(bytes_of(kNetwork).empty());
  EXPECT_EQ(bytes_of(made), bytes_of(kNetwork));
  std::filesystem::remove(made);
}

TEST(UsMap, OneSidedBorderIsRefused) {
  const std::string path = testing::TempDir() + "one_sided.txt";
  std::ofstream(path) << "AA 0 0 BB = First\nBB 0 1 = Second\n";
  EXPECT_THROW(read_us_map(path), DataError);
  std::ofstream(path) << "AA 0 0 CC = First\nBB 0 1 AA = Second\n";
  EXPECT_THROW(read_us_map(path), DataError);
  std::filesystem::remove(path);
}

TEST(UsMap, CountIsTheIndependentOne) {
  const Graph graph = read_graph(kStates);
  const std::vector<int> order = sweep_order(kStates, graph);
  const Colourings colourings(load_network(kNetwork), graph.size());
  EXPECT_EQ(colourings.count(), count_by_frontier(graph, 4, order));
  EXPECT_EQ(colourings.count(), count_by_contraction(graph, 4, order));
}

TEST(UsMap, CountIsExactInFloat64Too) {
  Network network = load_network(kNetwork);
  for (Tensor& operand : network.operands) operand = to(operand, DType::f64);
  EXPECT_EQ(einsum(network.equation, network.operands).item<double>(), 12811591729152.0);
}

TEST(UsMap, MarginalsAreTheIndependentOnes) {
  const Graph graph = read_graph(kStates);
  const std::vector<int> order = sweep_order(kStates, graph);
  const int missouri = graph.index_of("MO");
  const Marginals marginals = Colourings(load_network(kNetwork), graph.size()).marginals(missouri);
  EXPECT_EQ(marginals.colourings, count_by_frontier(graph, 4, order, {{missouri, 0}}));
  for (int v = 0; v < static_cast<int>(graph.size()); ++v)
    for (int colour = 0; colour < 4; ++colour) {
      std::map<int, int> pins{{missouri, 0}};
      pins.emplace(v, colour);  // Missouri itself keeps its 0
      const std::int64_t count = v == missouri && colour > 0 ? 0 : count_by_frontier(graph, 4, order, pins);
      EXPECT_EQ(marginals.counts[static_cast<std::size_t>(v)][static_cast<std::size_t>(colour)], count)
          << graph.names[static_cast<std::size_t>(v)] << " " << colour;
    }
}

TEST(UsMap, PartsOfItWithOtherNumbersOfColours) {
  const Graph whole = read_graph(kStates);
  // New England with New York; the states around Four Corners; the mid-Atlantic.
  for (const std::vector<const char*>& codes : {std::vector<const char*>{"ME", "NH", "VT", "MA", "RI", "CT", "NY"},
                                                {"AZ", "CO", "NM", "UT", "NV", "CA", "WY"},
                                                {"MD", "VA", "WV", "PA", "DE", "NJ", "OH", "KY"}}) {
    std::uint64_t part = 0;
    for (const char* code : codes) part |= std::uint64_t{1} << whole.index_of(code);
    const Graph graph = subgraph(whole, part);
    for (const int colours : {2, 3, 4, 5}) {
      const Colourings colourings(colouring_network(as_map(graph), colours), graph.size());
      EXPECT_EQ(colourings.count(), count_by_search(graph, colours)) << codes[0] << colours;
    }
  }
}

TEST(UsMap, DrawnColouringsAreProperAndEquallyLikely) {
  // A path of three states in three colours has 4 colourings once the middle one is fixed, each drawn
  // 1000 times of 4000 give or take five standard deviations (27 each).
  const Graph whole = read_graph(kStates);
  const Graph graph =
      subgraph(whole, std::uint64_t{1} << whole.index_of("WA") | std::uint64_t{1} << whole.index_of("OR") |
                          std::uint64_t{1} << whole.index_of("CA"));
  const Colourings colourings(colouring_network(as_map(graph), 3), graph.size());
  std::map<std::vector<int>, int> seen;
  for (std::uint64_t seed = 0; seed < 4000; ++seed) ++seen[colourings.draw(graph.index_of("OR"), seed)];
  EXPECT_EQ(seen.size(), 4u);
  for (const auto& [colours, times] : seen) {
    for (std::size_t v = 0; v < graph.size(); ++v)
      for (std::size_t u = 0; u < v; ++u)
        EXPECT_FALSE(graph.neighbours[v] >> u & 1 && colours[v] == colours[u]) << graph.names[v] << graph.names[u];
    EXPECT_NEAR(times, 1000, 137);
  }
}

}  // namespace
}  // namespace ricci::examples
