#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "ricci/base/parallel.h"
#include "ricci/path/dissection/dissection.h"
#include "ricci/path/dissection/partition.h"
#include "ricci/path/search/anneal.h"
#include "ricci/path/search/greedy.h"
#include "ricci/path/search/optimal.h"
#include "ricci/path/search/reconfigure.h"
#include "ricci/path/search/simplify.h"
#include "tests/path/exhaustive.h"

namespace ricci::path {
namespace {

using test::below;
using test::Exhaustive;
using test::NetworkKind;
using test::random_network;
using test::random_tree;

constexpr Goal kGoals[] = {Goal::flops, Goal::write, Goal::size, Goal::seconds};
const Deadline kNoLimit(INFINITY, nullptr);

// Small hypergraphs with hyperedges, batches, scalars and parts that nothing connects.
Contraction small(Random& random, std::size_t most) {
  return random_network(
      {.operands = 3 + below(random, most - 2), .labels = 2 + below(random, 7), .most_extent = 9, .repeats = true},
      random);
}

Contraction medium(Random& random) {
  return random_network({.operands = 8 + below(random, 50), .labels = 8 + below(random, 60), .most_axes = 5}, random);
}

double total(const Network& network, const std::vector<Merge>& merges, const MergeCost& cost) {
  return BinaryTree(network, merges).total(cost);
}

std::vector<Merge> annealed(const Network& network, const std::vector<Merge>& merges, const MergeCost& cost,
                            int sweeps) {
  const auto tree = AnnealedTree::start(network, merges, cost, 2);
  for (int i = 0; i < sweeps; ++i) tree->sweep(Cooling().temperature(double(i) / sweeps), 1);
  return tree->best_merges();
}

TEST(BinaryTree, CostsWhatTheTreeCosts) {
  Random random(21);
  for (int round = 0; round < 300; ++round) {
    const Contraction net = medium(random);
    const Network network(net);
    const Tree tree = random_tree(net.inputs.size(), random);
    const BinaryTree binary(network, tree.merges);
    const double flops = cost_of(net, tree).flops;
    EXPECT_NEAR(binary.total(MergeCost()) / flops, 1, 1e-9);
    EXPECT_NEAR(binary.log2_flops(), std::log2(flops), 1e-9);
    const Tree again{tree.operand_count, binary.merges()};
    EXPECT_NO_THROW(check(again, net));
    EXPECT_NEAR(cost_of(net, again).flops / flops, 1, 1e-9);
  }
}

TEST(BinaryTree, WindowsAreTheSameProblemAlone) {
  Random random(22);
  for (int round = 0; round < 300; ++round) {
    const Contraction net = medium(random);
    const Network network(net);
    BinaryTree tree(network, random_tree(net.inputs.size(), random).merges);
    const int root = tree.leaves() + static_cast<int>(below(random, net.inputs.size() - 1));
    std::vector<int> frontier;
    tree.open_window(
        root, 7, [&](int) { return random.uniform(); }, frontier);
    ASSERT_GE(frontier.size(), 2u);
    const Network window = tree.window(root, frontier);
    const std::vector<Merge> merges = random_tree(frontier.size(), random).merges;
    const double alone = BinaryTree(window, merges).total(MergeCost());
    const auto inside = [&] {  // the cost of the merges in the window
      double sum = 0;
      const std::set<int> edge(frontier.begin(), frontier.end());
      for (std::vector<int> open(1, root); !open.empty();) {
        const int node = open.back();
        open.pop_back();
        if (edge.contains(node)) continue;
        sum += tree.cost_of(node, MergeCost());
        open.push_back(tree[node].left);
        open.push_back(tree[node].right);
      }
      return sum;
    };
    const double around = tree.total(MergeCost()) - inside();
    tree.replace(root, frontier, merges);
    EXPECT_NEAR(inside() / alone, 1, 1e-9);
    const double all = total(network, tree.merges(), MergeCost());
    EXPECT_NEAR(all - inside(), around, 1e-9 * all);
  }
}

TEST(ExactSearch, IsTheBestForEveryGoal) {
  Random random(23);
  const CostModel model{1e3, 4e2, 0.01};
  for (int round = 0; round < 200; ++round) {
    const Contraction net = small(random, 5);
    for (const Goal goal : kGoals) {
      const MergeCost cost(goal, model, 4);
      const Network network(net);
      const Tree tree = *exact_search(network, {.outer_products = true, .cost = cost});
      EXPECT_NEAR(total(network, tree.merges, cost) / Exhaustive(net, true, cost).best, 1, 1e-12);
    }
  }
}

TEST(Reconfigure, OfTheWholeTreeIsTheBestForEveryGoal) {
  Random random(24);
  const CostModel model{1e3, 4e2, 0.01};
  for (int round = 0; round < 200; ++round) {
    const Contraction net = small(random, round % 20 == 0 ? 6 : 5);
    const Network network(net);
    const Tree start = random_tree(net.inputs.size(), random);
    for (const Goal goal : kGoals) {
      const MergeCost cost(goal, model, 4);
      BinaryTree tree(network, start.merges);
      reconfigure(tree, cost, {}, kNoLimit);
      EXPECT_NEAR(tree.total(cost) / Exhaustive(net, true, cost).best, 1, 1e-8);
    }
  }
}

TEST(Reconfigure, NeverMakesATreeWorseAndMostlyBetter) {
  Random random(25);
  int better = 0;
  for (int round = 0; round < 60; ++round) {
    const Contraction net = medium(random);
    const Network network(net);
    BinaryTree tree(network, random_tree(net.inputs.size(), random).merges);
    const double before = tree.total(MergeCost());
    reconfigure(tree, MergeCost(), {.nodes = 6, .rounds = 3, .seed = 1}, kNoLimit);
    const double after = tree.total(MergeCost());
    EXPECT_LE(after, before);
    better += after < 0.9 * before;
    EXPECT_NO_THROW(check({net.inputs.size(), tree.merges()}, net));
    EXPECT_NEAR(total(network, tree.merges(), MergeCost()) / after, 1, 1e-9);
  }
  EXPECT_GT(better, 50);
}

TEST(Anneal, FindsTheBestOfSmallNetworksForEveryGoal) {
  Random random(26);
  const CostModel model{1e3, 4e2, 0.01};
  int missed = 0, rounds = 100;
  for (int round = 0; round < rounds; ++round) {
    const Contraction net = small(random, 5);
    const Network network(net);
    const Tree start = random_tree(net.inputs.size(), random);
    for (const Goal goal : kGoals) {
      const MergeCost cost(goal, model, 4);
      const std::vector<Merge> found = annealed(network, start.merges, cost, 300);
      EXPECT_NO_THROW(check({net.inputs.size(), found}, net));
      missed += total(network, found, cost) > Exhaustive(net, true, cost).best * (1 + 1e-9);
    }
  }
  EXPECT_LT(missed, rounds / 10);
}

TEST(Anneal, WorksOnAnyNumberOfLabelsAndExtents) {
  for (const std::size_t vertices : {60u, 200u, 500u, 2000u}) {  // 90 to 3,000 labels
    Contraction net = test::three_regular(vertices, 27);
    Random random(28);
    for (auto& extent : net.extents) extent = 2 + static_cast<std::int64_t>(below(random, 2));
    const Network network(net);
    const GreedyTrial start = *greedy_trial(network, {}, INFINITY);
    const std::vector<Merge> found = annealed(network, start.merges, MergeCost(), 20);
    EXPECT_NO_THROW(check({vertices, found}, net));
    EXPECT_LE(BinaryTree(network, found).log2_flops(), start.log2_flops + 1e-9) << vertices;
    if (vertices > 500) continue;
    EXPECT_LT(BinaryTree(network, found).log2_flops(), start.log2_flops - 0.3) << vertices;
  }
}

TEST(Dissection, GivesTreesOfAnyHypergraph) {
  Random random(29);
  for (int round = 0; round < 200; ++round) {
    const Contraction net = medium(random);
    const Network network(net);
    EXPECT_NO_THROW(check({net.inputs.size(), dissect(network, dissection_taste(3, round))}, net));
  }
}

TEST(Dissection, CutsALatticeAcross) {
  const Contraction net = test::lattice(16, 16);
  const Network network(net);
  double least = INFINITY;
  for (int trial = 0; trial < 8; ++trial) {
    least = std::min(least, std::log10(total(network, dissect(network, dissection_taste(4, trial)), MergeCost())));
  }
  EXPECT_LT(least, 9.5);  // the written order: 10.1
}

TEST(Bisect, BalancesAndCutsWhatItSays) {
  Random random(30);
  for (int round = 0; round < 200; ++round) {
    const Contraction net = medium(random);
    const Network network(net);
    std::vector<int> all(net.inputs.size());
    std::iota(all.begin(), all.end(), 0);
    const Hypergraph graph(network, all);
    const double imbalance = random.uniform() / 2;
    Random choice(static_cast<std::uint64_t>(round));
    const Halves halves = bisect(graph, {.imbalance = imbalance}, choice);
    const auto ones = static_cast<double>(std::count(halves.begin(), halves.end(), 1));
    const double n = static_cast<double>(all.size());
    EXPECT_GE(ones, 1);
    EXPECT_LE(std::max(ones, n - ones), std::ceil((1 + imbalance) * n / 2 + 0.5));
    Random same(static_cast<std::uint64_t>(round));
    EXPECT_EQ(bisect(graph, {.imbalance = imbalance}, same), halves);
  }
}

TEST(Bisect, FindsTheBridgeBetweenTwoClusters) {
  // Two dense halves of 60 vertices in shuffled order, three labels between them.
  Random random(31);
  std::vector<int> place(120);
  std::iota(place.begin(), place.end(), 0);
  for (std::size_t i = place.size(); i > 1; --i) std::swap(place[i - 1], place[below(random, i)]);
  std::vector<std::pair<int, int>> edges;
  for (int half = 0; half < 2; ++half) {
    for (int e = 0; e < 240; ++e) {
      const auto a = below(random, 60), b = below(random, 60);
      if (a != b)
        edges.emplace_back(place[60 * static_cast<std::size_t>(half) + a],
                           place[60 * static_cast<std::size_t>(half) + b]);
    }
  }
  for (std::size_t e = 0; e < 3; ++e) edges.emplace_back(place[e], place[60 + e]);
  const Contraction net = test::graph_network(120, edges, 2);
  const Network network(net);
  std::vector<int> all(120);
  std::iota(all.begin(), all.end(), 0);
  const Hypergraph graph(network, all);
  const Halves halves = bisect(graph, {}, random);
  EXPECT_EQ(cut_weight(graph, halves), 3 * graph.edge_weight(0));
}

TEST(Refine, NeverCutsMoreAndCountsRight) {
  Random random(32);
  for (int round = 0; round < 200; ++round) {
    const Contraction net = medium(random);
    const Network network(net);
    std::vector<int> all(net.inputs.size());
    std::iota(all.begin(), all.end(), 0);
    const Hypergraph graph(network, all);
    Halves halves(all.size());
    for (std::size_t i = 0; i < halves.size(); ++i) halves[i] = i % 2;
    const std::int64_t before = cut_weight(graph, halves);
    const std::int64_t after = refine(graph, static_cast<int>(all.size() + 1) / 2 + 1, halves);
    EXPECT_LE(after, before);
    std::int64_t counted = 0;  // by the definition: labels in both halves
    for (int e = 0; e < graph.edges(); ++e) {
      std::set<int> in;
      for (const int v : graph.pins(e)) in.insert(halves[static_cast<std::size_t>(v)]);
      if (in.size() == 2) counted += graph.edge_weight(e);
    }
    EXPECT_EQ(after, counted);
  }
}

TEST(Simplify, LeavesNoValueInsideAnother) {
  Random random(33);
  for (int round = 0; round < 300; ++round) {
    const Contraction net = medium(random);
    Network network(net);
    const MergeCost write(Goal::write);
    double largest = 0;
    for (const LiveValue& value : network.values) largest = std::max(largest, network.log2_size(value.labels));
    simplify(network);
    for (const LiveValue& a : network.values) {
      EXPECT_LE(network.log2_size(a.labels), largest + 1e-9);
      for (const LiveValue& b : network.values) {
        if (a.node == b.node || a.labels.empty()) continue;
        EXPECT_FALSE(std::includes(b.labels.begin(), b.labels.end(), a.labels.begin(), a.labels.end()));
      }
    }
    // The network of what remains is a network of its own: its holders are right.
    std::vector<int> here(network.holders.size());
    for (const LiveValue& value : network.values) {
      for (const Label label : value.labels) ++here[static_cast<std::size_t>(label)];
    }
    for (const LiveValue& value : network.values) {
      for (const Label label : value.labels) {
        const auto at = static_cast<std::size_t>(label);
        EXPECT_EQ(network.holders[at], here[at] + contains(net.output, label));
      }
    }
    const GreedyTrial rest = *greedy_trial(network, {}, INFINITY);
    EXPECT_NO_THROW(check(network.completed(rest.merges), net));
  }
}

TEST(Simplify, AbsorbsLongVectorsFirst) {
  Contraction net;  // a, b, c and the tensor abc: c is the longest
  net.inputs = {{{0}, false}, {{1}, false}, {{2}, false}, {{0, 1, 2}, false}};
  net.extents = {2, 3, 5};
  Network network(net);
  simplify(network);
  EXPECT_EQ(network.values.size(), 1u);
  EXPECT_EQ(cost_of(net, network.completed({})).flops, 30 + 6 + 2);
}

}  // namespace
}  // namespace ricci::path
