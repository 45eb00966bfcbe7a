// Random and regular tensor networks, random trees and small helpers for the tests of path and plan.
#pragma once

#include <algorithm>
#include <numeric>
#include <string>

#include "ricci/path/search/random.h"
#include "ricci/path/tree/tree.h"

namespace ricci::test {

using path::Random;

inline std::size_t below(Random& random, std::size_t n) { return static_cast<std::size_t>(random.next() % n); }

/// What `f` threw, which must be an E; "" when it threw nothing.
template <class E, class F>
std::string message_of(F&& f) {
  try {
    f();
  } catch (const E& error) {
    return error.what();
  }
  return "";
}

inline path::Tree random_tree(std::size_t n, Random& random) {
  std::vector<int> left(n);
  std::iota(left.begin(), left.end(), 0);
  path::Tree tree{n, {}};
  const auto take = [&] {
    const std::size_t at = below(random, left.size());
    const int node = left[at];
    left.erase(left.begin() + static_cast<std::ptrdiff_t>(at));
    return node;
  };
  while (left.size() > 1) {
    const int a = take(), b = take();
    left.push_back(static_cast<int>(n + tree.merges.size()));
    tree.merges.emplace_back(a, b);
  }
  return tree;
}

struct NetworkKind {
  std::size_t operands = 4, labels = 6, most_axes = 4;
  std::int64_t most_extent = 5;
  bool broadcast = false;  ///< the output may have labels of no input
  bool repeats = false;    ///< labels may repeat within a term and within the output
};

/// Any hypergraph: private labels, scalars, hyperedges, disconnected parts, output labels anywhere.
inline Contraction random_network(const NetworkKind& kind, Random& random) {
  Contraction out;
  for (std::size_t l = 0; l < kind.labels; ++l) {
    out.extents.push_back(1 + static_cast<std::int64_t>(below(random, static_cast<std::size_t>(kind.most_extent))));
    out.names.push_back(std::string(1, static_cast<char>('a' + l % 26)) + (l < 26 ? "" : std::to_string(l / 26)));
  }
  const auto term = [&](std::size_t axes, bool any) {
    Labels labels;
    while (axes-- > 0) {
      const Label label = static_cast<Label>(below(random, kind.labels));
      bool known = any;
      for (const Term& input : out.inputs) known = known || contains(input.labels, label);
      if (known && (kind.repeats || !contains(labels, label))) labels.push_back(label);
    }
    return labels;
  };
  for (std::size_t i = 0; i < kind.operands; ++i)
    out.inputs.push_back({term(below(random, kind.most_axes + 1), true), false});
  out.output = term(below(random, 4), kind.broadcast);
  return out;
}

/// Whether a label that an operand or the output has is of extent 0: then there are no terms.
inline bool has_no_terms(const Contraction& c) {
  const auto is_empty = [&](const Labels& labels) {
    return std::any_of(labels.begin(), labels.end(),
                       [&](Label label) { return c.extents[static_cast<std::size_t>(label)] == 0; });
  };
  return is_empty(c.output) ||
         std::any_of(c.inputs.begin(), c.inputs.end(), [&](const Term& term) { return is_empty(term.labels); });
}

/// A graph's tensor network: one tensor a vertex, one label an edge.
inline Contraction graph_network(std::size_t vertices, const std::vector<std::pair<int, int>>& edges,
                                 std::int64_t extent) {
  Contraction out;
  for (std::size_t v = 0; v < vertices; ++v) out.inputs.push_back({});
  for (const auto& [a, b] : edges) {
    const Label label = out.label_count();
    out.extents.push_back(extent);
    out.inputs[static_cast<std::size_t>(a)].labels.push_back(label);
    out.inputs[static_cast<std::size_t>(b)].labels.push_back(label);
  }
  return out;
}

inline Contraction lattice(int rows, int columns, std::int64_t extent = 2) {
  std::vector<std::pair<int, int>> edges;
  for (int r = 0; r < rows; ++r) {
    for (int c = 0; c < columns; ++c) {
      if (c + 1 < columns) edges.emplace_back(r * columns + c, r * columns + c + 1);
      if (r + 1 < rows) edges.emplace_back(r * columns + c, (r + 1) * columns + c);
    }
  }
  return graph_network(static_cast<std::size_t>(rows * columns), edges, extent);
}

/// A random 3-regular multigraph without loops: half-edges paired at random, loops swapped away.
inline Contraction three_regular(std::size_t vertices, std::uint64_t seed) {
  Random random(seed);
  std::vector<int> ends;
  for (std::size_t v = 0; v < vertices; ++v) ends.insert(ends.end(), 3, static_cast<int>(v));
  for (std::size_t i = ends.size(); i > 1; --i) std::swap(ends[i - 1], ends[below(random, i)]);
  std::vector<std::pair<int, int>> edges;
  for (std::size_t i = 0; i < ends.size(); i += 2) {
    while (ends[i] == ends[i + 1]) {
      const std::size_t j = below(random, ends.size() / 2) * 2;
      if (ends[j] != ends[i] && ends[j + 1] != ends[i]) {
        std::swap(ends[i + 1], ends[j + 1]);
        if (j < i) edges[j / 2] = {ends[j], ends[j + 1]};
      }
    }
    edges.emplace_back(ends[i], ends[i + 1]);
  }
  return graph_network(vertices, edges, 2);
}

}  // namespace ricci::test
