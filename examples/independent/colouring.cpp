// The counts of colouring.h, on bit sets.
#include "examples/independent/colouring.h"

#include <algorithm>
#include <bit>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <tuple>
#include <unordered_map>

namespace ricci::examples {

namespace {

std::uint64_t bit(int v) { return std::uint64_t{1} << v; }

struct Line {
  std::string code;
  int row, column;
  std::vector<std::string> borders;
};

std::vector<Line> read_lines(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot read " + path);
  std::vector<Line> lines;
  for (std::string text; std::getline(file, text);) {
    if (text.empty() || text[0] == '#') continue;
    std::istringstream words(text);
    Line line;
    words >> line.code >> line.row >> line.column;
    for (std::string word; words >> word && word != "=";) line.borders.push_back(word);
    lines.push_back(line);
  }
  return lines;
}

// The rest of a graph under elimination: absent vertices have no neighbours and no bit in `left`.
struct Rest {
  std::uint64_t left = 0;
  std::vector<std::uint64_t> neighbours;
  auto operator<=>(const Rest&) const = default;

  void remove(int v) {
    for (auto& set : neighbours) set &= ~bit(v);
    neighbours[v] = 0;
    left &= ~bit(v);
  }
  void join(int a, int b) {
    neighbours[a] |= bit(b);
    neighbours[b] |= bit(a);
  }
};

struct Elimination {
  int colours;
  const std::vector<int>& order;
  std::map<Rest, std::int64_t> memory;

  // The first two neighbours of v, in the order, that do not touch.
  std::pair<int, int> open_pair(const Rest& rest, int v) const {
    for (const int a : order)
      for (const int b : order)
        if (a != b && rest.neighbours[v] & bit(a) && rest.neighbours[v] & bit(b) && !(rest.neighbours[a] & bit(b)))
          return {a, b};
    return {-1, -1};
  }

  // Removes every vertex whose neighbours are a clique; the product of (colours - degree).
  std::int64_t eliminate(Rest& rest) const {
    std::int64_t factor = 1;
    for (bool again = true; again && factor != 0;) {
      again = false;
      for (const int v : order) {
        if (!(rest.left & bit(v)) || open_pair(rest, v).first >= 0) continue;
        factor *= std::max(0, colours - std::popcount(rest.neighbours[v]));
        rest.remove(v);
        again = true;
      }
    }
    return factor;
  }

  std::int64_t count(Rest rest) {
    const std::int64_t factor = eliminate(rest);
    if (factor == 0 || rest.left == 0) return factor;
    if (const auto known = memory.find(rest); known != memory.end()) return factor * known->second;
    const int v = *std::find_if(order.begin(), order.end(), [&](int u) { return rest.left & bit(u); });
    const auto [a, b] = open_pair(rest, v);
    Rest joined = rest, contracted = rest;
    joined.join(a, b);
    // The earlier one goes: what is left then depends on the sweep's frontier only, and is met again.
    const std::uint64_t around = rest.neighbours[a];
    contracted.remove(a);
    for (const int u : order)
      if (around & bit(u)) contracted.join(u, b);
    const std::int64_t total = count(std::move(joined)) + count(std::move(contracted));
    memory.emplace(std::move(rest), total);
    return factor * total;
  }
};

}  // namespace

int Graph::index_of(const std::string& name) const {
  const auto at = std::find(names.begin(), names.end(), name);
  if (at == names.end()) throw std::runtime_error("no vertex " + name);
  return static_cast<int>(at - names.begin());
}

Graph read_graph(const std::string& path) {
  const std::vector<Line> lines = read_lines(path);
  Graph graph;
  for (const Line& line : lines) graph.names.push_back(line.code);
  for (const Line& line : lines) {
    std::uint64_t set = 0;
    for (const std::string& name : line.borders) set |= bit(graph.index_of(name));
    graph.neighbours.push_back(set);
  }
  return graph;
}

std::vector<int> sweep_order(const std::string& path, const Graph& graph) {
  std::vector<std::tuple<int, int, int>> places;
  for (const Line& line : read_lines(path)) places.emplace_back(line.column, line.row, graph.index_of(line.code));
  std::sort(places.begin(), places.end());
  std::vector<int> order;
  for (const auto& place : places) order.push_back(std::get<2>(place));
  return order;
}

std::int64_t count_by_frontier(const Graph& graph, int colours, const std::vector<int>& order,
                               const std::map<int, int>& fixed) {
  // The key holds two bits of colour for each open vertex, in `open`'s order.
  std::vector<int> open;
  std::unordered_map<std::uint64_t, std::int64_t> table{{0, 1}};
  std::uint64_t seen = 0;
  for (const int v : order) {
    seen |= bit(v);
    std::vector<int> next = open;
    next.push_back(v);
    std::vector<std::size_t> kept;
    for (std::size_t k = 0; k < next.size(); ++k)
      if (graph.neighbours[next[k]] & ~seen) kept.push_back(k);
    std::unordered_map<std::uint64_t, std::int64_t> grown;
    for (const auto& [key, ways] : table)
      for (int colour = 0; colour < colours; ++colour) {
        if (const auto pin = fixed.find(v); pin != fixed.end() && pin->second != colour) continue;
        bool free = true;
        for (std::size_t k = 0; k < open.size(); ++k)
          free = free && !(graph.neighbours[v] & bit(open[k]) && static_cast<int>(key >> 2 * k & 3) == colour);
        if (!free) continue;
        const std::uint64_t whole = key | static_cast<std::uint64_t>(colour) << 2 * open.size();
        std::uint64_t packed = 0;
        for (std::size_t k = 0; k < kept.size(); ++k) packed |= (whole >> 2 * kept[k] & 3) << 2 * k;
        grown[packed] += ways;
      }
    std::vector<int> stay;
    for (const std::size_t k : kept) stay.push_back(next[k]);
    open = std::move(stay);
    table = std::move(grown);
  }
  return table.empty() ? 0 : table.begin()->second;
}

std::int64_t count_by_contraction(const Graph& graph, int colours, const std::vector<int>& order) {
  Rest rest{0, graph.neighbours};
  for (std::size_t v = 0; v < graph.size(); ++v) rest.left |= bit(static_cast<int>(v));
  return Elimination{colours, order, {}}.count(std::move(rest));
}

}  // namespace ricci::examples
