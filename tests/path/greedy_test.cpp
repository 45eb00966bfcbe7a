#include "ricci/path/search/greedy.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>

#include "ricci/base/parallel.h"
#include "tests/path/flops.h"

namespace ricci::path {
namespace {

using test::below;
using test::flops;
using test::random_network;

TEST(Search, GreedyBeatsTheWrittenOrder) {
  Random random(8);
  int worse = 0, rounds = 300;
  double log_ratio = 0;
  for (int round = 0; round < rounds; ++round) {
    const Contraction net = random_network({.operands = 12, .labels = 16, .most_axes = 4, .most_extent = 4}, random);
    const double greedy = flops(net, Method::greedy), written = flops(net, Method::in_order);
    worse += greedy > written;
    log_ratio += std::log10(written / greedy);
  }
  EXPECT_LE(worse, rounds / 50);
  EXPECT_GT(log_ratio / rounds, 0.5);
}

TEST(Search, GreedyIsNearTheOptimum) {
  Random random(9);
  double log_ratio = 0;
  for (int round = 0; round < 60; ++round) {
    const Contraction net = random_network({.operands = 11, .labels = 15, .most_extent = 4}, random);
    log_ratio += std::log2(flops(net, Method::greedy) / flops(net, Method::optimal));
  }
  EXPECT_LT(log_ratio / 60, 0.2);
}

TEST(Search, GreedyDependsOnTheSeedAndNotOnThreads) {
  const Contraction net = test::three_regular(120, 10);
  const int before = num_threads();
  const Tree tree = search(net, {.method = Method::greedy, .seed = 5, .trials = 40});
  for (const int threads : {1, 3, 8}) {
    set_num_threads(threads);
    EXPECT_EQ(search(net, {.method = Method::greedy, .seed = 5, .trials = 40}), tree);
  }
  set_num_threads(before);
  EXPECT_NE(search(net, {.method = Method::greedy, .seed = 6, .trials = 40}), tree);
}

TEST(Search, GreedyTrialKnowsItsCost) {
  Random random(11);
  for (int round = 0; round < 200; ++round) {
    const Contraction net = random_network({.operands = 3 + below(random, 40), .labels = 50, .most_axes = 5}, random);
    const Network network(net);
    const auto trial = greedy_trial(network, taste_of(12, round), INFINITY);
    const double all = flops(net, network.completed(trial->merges));  // with the closing outer products
    EXPECT_LE(std::exp2(trial->log2_flops), all * (1 + 1e-9));
    if (trial->log2_flops == -INFINITY) continue;
    EXPECT_FALSE(greedy_trial(network, taste_of(12, round), trial->log2_flops - 0.01));
    EXPECT_TRUE(greedy_trial(network, taste_of(12, round), trial->log2_flops));
  }
}

TEST(Search, LatticesNearTheirWidth) {
  const Contraction net = test::lattice(10, 10);
  EXPECT_LT(std::log2(cost_of(net, search(net, {.method = Method::greedy})).largest), 13.5);
}

TEST(Search, HyperedgesBatchesAndCrowdsAreQuick) {
  Contraction net;  // one label in all 4,000 operands, another in none but the output's neighbours
  net.extents = {3, 5};
  Random random(13);
  for (int i = 0; i < 4000; ++i) {
    net.inputs.push_back({{0, net.label_count()}, false});
    if (i > 0) net.inputs.back().labels.push_back(static_cast<Label>(2 + below(random, static_cast<std::size_t>(i))));
    net.extents.push_back(2);
  }
  net.output = {0};
  const auto start = std::chrono::steady_clock::now();
  const Tree tree = search(net, {.method = Method::greedy, .trials = 2});
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
  EXPECT_NO_THROW(check(tree, net));
  EXPECT_LT(cost_of(net, tree).largest, 1e7);
}

TEST(Search, TenThousandTensors) {
  const Contraction net = test::three_regular(10'000, 14);
  const Tree tree = search(net, {.method = Method::greedy, .trials = 1});
  EXPECT_NO_THROW(check(tree, net));
}

}  // namespace
}  // namespace ricci::path
