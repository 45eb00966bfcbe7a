#include "ricci/path/tree/cost.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "tests/path/networks.h"

namespace ricci::path {
namespace {

using test::random_network;
using test::random_tree;

// Costs by the definition: a set of operands keeps the labels that the output or an operand outside has.
class ByDefinition {
 public:
  ByDefinition(const Contraction& contraction, const Tree& tree) : whole_(contraction) {
    const std::size_t n = contraction.inputs.size();
    std::vector<std::set<std::size_t>> members(n + tree.merges.size());
    for (std::size_t i = 0; i < n; ++i) {
      members[i] = {i};
      const auto all = std::set<Label>(contraction.inputs[i].labels.begin(), contraction.inputs[i].labels.end());
      if (all.size() != kept(members[i]).size()) write(elements(kept(members[i])));
    }
    for (std::size_t k = 0; k < tree.merges.size(); ++k) {
      const auto &a = members[static_cast<std::size_t>(tree.merges[k].first)],
                 &b = members[static_cast<std::size_t>(tree.merges[k].second)];
      std::set<Label> all = kept(a), more = kept(b);
      all.insert(more.begin(), more.end());
      flops += elements(all);
      members[n + k] = a;
      members[n + k].insert(b.begin(), b.end());
      double out = 1;
      for (const Label l : contraction.output) out *= extent(l);
      write(k + 1 == tree.merges.size() ? out : elements(kept(members[n + k])));
    }
  }
  double flops = 0, largest = 0, written = 0;

 private:
  double extent(Label label) const { return static_cast<double>(whole_.extents[static_cast<std::size_t>(label)]); }
  double elements(const std::set<Label>& labels) const {
    double out = 1;
    for (const Label label : labels) out *= extent(label);
    return out;
  }
  void write(double size) {
    written += size;
    largest = std::max(largest, size);
  }
  std::set<Label> kept(const std::set<std::size_t>& members) const {
    std::set<Label> out;
    for (const std::size_t i : members) {
      for (const Label label : whole_.inputs[i].labels) {
        bool needed = contains(whole_.output, label);
        for (std::size_t j = 0; j < whole_.inputs.size(); ++j) {
          needed = needed || (!members.contains(j) && contains(whole_.inputs[j].labels, label));
        }
        if (needed) out.insert(label);
      }
    }
    return out;
  }
  const Contraction& whole_;
};

TEST(Cost, IsTheDefinitionsOnRandomNetworks) {
  test::Random random(2);
  for (int round = 0; round < 2000; ++round) {
    const Contraction net = random_network(
        {.operands = 2 + test::below(random, 7), .labels = 9, .broadcast = true, .repeats = true}, random);
    const Tree tree = random_tree(net.inputs.size(), random);
    const ByDefinition expected(net, tree);
    const TreeCost cost = cost_of(net, tree);
    EXPECT_EQ(cost.flops, expected.flops);
    EXPECT_EQ(cost.written, expected.written);
    EXPECT_EQ(cost.largest, expected.largest);
  }
}

TEST(Cost, OfAMatrixProductInSeconds) {
  Contraction product;
  product.inputs = {{{0, 1}, false}, {{1, 2}, false}};
  product.output = {0, 2};
  product.extents = {30, 50, 70};
  product.dtype = DType::f64;
  const CostModel slow_memory{1e9, 1e6, 0.5}, slow_arithmetic{1e6, 1e9, 0.25};
  const double bytes = 8.0 * (30 * 50 + 50 * 70 + 30 * 70);
  EXPECT_DOUBLE_EQ(cost_of(product, {2, {{0, 1}}}, slow_memory).seconds, 0.5 + bytes / 1e6);
  EXPECT_DOUBLE_EQ(cost_of(product, {2, {{0, 1}}}, slow_arithmetic).seconds, 0.25 + 30. * 50 * 70 / 1e6);
}

TEST(Cost, HalfPrecisionKeepsIntermediatesWide) {
  Contraction chain;
  chain.inputs = {{{0, 1}, false}, {{1, 2}, false}, {{2, 3}, false}};
  chain.output = {0, 3};
  chain.extents = {3, 5, 7, 11};
  chain.dtype = DType::f16;
  const CostModel memory{1e30, 1, 0};
  const double bytes = (2 * 15 + 2 * 35 + 4 * 21) + (4 * 21 + 2 * 77 + 2 * 33);
  EXPECT_DOUBLE_EQ(cost_of(chain, {3, {{0, 1}, {3, 2}}}, memory).seconds, bytes);
}

TEST(Cost, ZeroAndHugeExtentsStayNumbers) {
  Contraction net;
  for (Label i = 0; i < 40; ++i) net.inputs.push_back({{i, i + 1}, false});
  for (Label i = 0; i <= 40; ++i) net.extents.push_back(std::int64_t{1} << 62);
  for (Label i = 0; i <= 40; ++i) net.output.push_back(i);
  Tree tree{40, {{0, 1}}};
  for (int k = 1; k < 39; ++k) tree.merges.emplace_back(39 + k, k + 1);
  EXPECT_EQ(cost_of(net, tree).flops, INFINITY);
  net.extents[20] = 0;
  const TreeCost cost = cost_of(net, tree);
  EXPECT_FALSE(std::isnan(cost.flops) || std::isnan(cost.seconds) || std::isnan(cost.written));
  net.extents[0] = 0;
  EXPECT_EQ(cost_of(net, tree).flops, 0);
}

}  // namespace
}  // namespace ricci::path
