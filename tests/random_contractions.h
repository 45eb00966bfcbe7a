// Random contractions as calls: an equation, shapes and sizes for any hypergraph of tests/path/networks.h.
#pragma once

#include "ricci/ops/einsum/einsum.h"
#include "tests/path/networks.h"

namespace ricci::testing {

/// The contraction written as an equation, which the parser numbers in its own way.
struct Call {
  Contraction contraction;
  std::string equation{};
  std::vector<Shape> shapes{};
  std::map<std::string, std::int64_t> sizes{};  // of output labels that no operand has
};

inline Call call_of(Contraction contraction) {
  Call out{.contraction = std::move(contraction)};
  const Contraction& c = out.contraction;
  out.equation = c.equation();
  const auto has = [&](Label label) {
    return std::any_of(c.inputs.begin(), c.inputs.end(),
                       [&](const Term& term) { return contains(term.labels, label); });
  };
  for (const Term& term : c.inputs) out.shapes.push_back(c.shape_of(term.labels));
  for (const Label label : c.output)
    if (!has(label)) out.sizes[c.name_of_label(label)] = c.extents[static_cast<std::size_t>(label)];
  return out;
}

}  // namespace ricci::testing
