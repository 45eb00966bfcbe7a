#include "ricci/path/search.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>

#include "ricci/base/parallel.h"
#include "ricci/path/greedy.h"
#include "ricci/path/optimal.h"
#include "tests/path/exhaustive.h"

namespace ricci::path {
namespace {

using test::below;
using test::Exhaustive;
using test::message_of;
using test::NetworkKind;
using test::random_network;

double flops(const Contraction& net, const Tree& tree) { return cost_of(net, tree).flops; }
double flops(const Contraction& net, Method method) { return flops(net, search(net, {.method = method})); }

TEST(Search, OptimalIsTheBestOfAllTrees) {
  Random random(3);
  for (int round = 0; round < 400; ++round) {
    const NetworkKind kind{.operands = 2 + below(random, round % 20 == 0 ? 5 : 4),
                           .labels = 3 + below(random, 8),
                           .most_extent = 9,
                           .broadcast = true,
                           .repeats = true};
    const Contraction net = random_network(kind, random);
    const double best = Exhaustive(net, true).best;
    EXPECT_EQ(flops(net, Method::optimal), best) << net.inputs.size();
    EXPECT_EQ(flops(net, Method::automatic), best);
    EXPECT_GE(flops(net, Method::greedy), best);
  }
}

TEST(Search, ConnectedSearchIsTheBestWithOuterProductsLast) {
  Random random(4);
  for (int round = 0; round < 400; ++round) {
    const NetworkKind kind{
        .operands = 2 + below(random, round % 20 == 0 ? 5 : 4), .labels = 3 + below(random, 8), .most_extent = 9};
    const Contraction net = random_network(kind, random);
    EXPECT_EQ(flops(net, *exact_search(Network(net))), Exhaustive(net, false).best) << round;
  }
}

TEST(Search, AnOuterProductFirstCanBeBest) {
  Contraction net;  // i,j,ijk->k
  net.inputs = {{{0}, false}, {{1}, false}, {{0, 1, 2}, false}};
  net.output = {2};
  net.extents = {2, 3, 1000};
  EXPECT_EQ(search(net, {.method = Method::optimal}).merges, (std::vector<std::pair<int, int>>{{0, 1}, {3, 2}}));
  EXPECT_EQ(flops(net, Method::optimal), 6 + 6000);
}

TEST(Search, ExactSearchOnWideAndLongNetworks) {
  Contraction chain;
  for (Label i = 0; i < 40; ++i) chain.inputs.push_back({{i, i + 1}, false});
  Random random(5);
  for (Label i = 0; i <= 40; ++i) chain.extents.push_back(200 + static_cast<std::int64_t>(below(random, 5000)));
  chain.output = {0, 40};
  std::vector<std::vector<double>> best(41, std::vector<double>(41, 0));  // the textbook's chain order
  for (std::size_t width = 2; width <= 40; ++width) {
    for (std::size_t from = 0; from + width <= 40; ++from) {
      const std::size_t to = from + width;
      best[from][to] = INFINITY;
      for (std::size_t cut = from + 1; cut < to; ++cut) {
        const double here = double(chain.extents[from]) * double(chain.extents[cut]) * double(chain.extents[to]);
        best[from][to] = std::min(best[from][to], best[from][cut] + best[cut][to] + here);
      }
    }
  }
  EXPECT_EQ(flops(chain, Method::optimal), best[0][40]);
  EXPECT_EQ(flops(chain, Method::automatic), best[0][40]);

  Contraction wide;  // 14 operands, a label for each pair: more than 64 kinds of labels
  wide.inputs.resize(14);
  for (std::size_t i = 0; i < 14; ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      wide.inputs[i].labels.push_back(wide.label_count());
      wide.inputs[j].labels.push_back(wide.label_count());
      wide.extents.push_back(2);
    }
  }
  EXPECT_LE(flops(wide, Method::optimal), flops(wide, Method::greedy));
}

TEST(Search, OptimalOutOfReachSaysSo) {
  const Contraction net = test::three_regular(70, 6);
  EXPECT_EQ(message_of<EinsumError>([&] { search(net, {.method = Method::optimal}); }),
            "optimize 'optimal' is out of reach for these 70 operands: too many orders\n  use 'auto', 'greedy', "
            "'dissection' or 'anneal'");
}

TEST(Search, OptimalKeepsToItsSeconds) {
  Contraction clique;
  clique.inputs.resize(13);
  for (std::size_t i = 0; i < 13; ++i)
    for (std::size_t j = 0; j < i; ++j) {
      clique.inputs[i].labels.push_back(clique.label_count());
      clique.inputs[j].labels.push_back(clique.label_count());
      clique.extents.push_back(2 + static_cast<std::int64_t>((i + j) % 3));
    }
  EXPECT_EQ(message_of<EinsumError>([&] { search(clique, {.method = Method::optimal, .seconds = 1e-9}); }),
            "optimize 'optimal' takes more than 1e-09 s for these 13 operands\n  give more seconds, or 'auto', which "
            "gives the best it found");
  EXPECT_EQ(search(clique, {.method = Method::optimal, .seconds = 1e9}).merges,
            search(clique, {.method = Method::optimal}).merges);
  const std::atomic<bool> cancel = true;
  EXPECT_NO_THROW(check(search(clique, {.method = Method::optimal, .cancel = &cancel}), clique));
}

TEST(Search, WhatRunsInAMillisecondIsSearchedForLonger) {
  Contraction net = test::three_regular(100, 5);
  for (std::size_t l = 0; l < net.extents.size(); ++l) net.extents[l] = 2 + static_cast<std::int64_t>(l % 2);
  EXPECT_LT(flops(net, Method::automatic), 1.3 * flops(net, Method::anneal));
}

TEST(Search, EveryMethodGivesATreeOfTheContraction) {
  Random random(7);
  for (int round = 0; round < 60; ++round) {
    const NetworkKind kind{.operands = 1 + below(random, 60),
                           .labels = 1 + below(random, 90),
                           .most_axes = 6,
                           .broadcast = true,
                           .repeats = true};
    const Contraction net = random_network(kind, random);
    for (const Method method :
         {Method::automatic, Method::greedy, Method::dissection, Method::anneal, Method::in_order}) {
      EXPECT_NO_THROW(check(search(net, {.method = method, .trials = 16}), net));
    }
  }
}

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

TEST(Search, EveryMethodDependsOnTheSeedAndNotOnThreads) {
  const Contraction net = test::three_regular(90, 16);
  const int before = num_threads();
  for (const Method method : {Method::automatic, Method::dissection, Method::anneal}) {
    for (const std::uint64_t seed : {1, 2}) {
      std::optional<Tree> tree;
      for (const int threads : {1, 2, 5}) {
        set_num_threads(threads);
        const Tree found = search(net, {.method = method, .seed = seed, .trials = 20});
        EXPECT_EQ(found, tree.value_or(found)) << threads;
        tree = found;
      }
    }
  }
  set_num_threads(before);
  const Contraction large = test::three_regular(300, 16);  // too large for both to find the same
  const SearchOptions one{.method = Method::dissection, .seed = 1, .trials = 4};
  SearchOptions two = one;
  two.seed = 2;
  EXPECT_NE(search(large, one), search(large, two));
}

TEST(Search, EachRungIsAtLeastAsGoodAsTheOneBelow) {
  for (const std::uint64_t seed : {17, 18, 19}) {
    const Contraction net = test::three_regular(80, seed);
    const double greedy = flops(net, Method::greedy), dissected = flops(net, Method::dissection);
    EXPECT_LE(dissected, greedy);
    EXPECT_LE(flops(net, Method::anneal), dissected);
    EXPECT_LT(dissected, greedy / 2);
  }
}

TEST(Search, GoalsAreMadeSmall) {
  const Contraction net = test::three_regular(70, 20);
  const auto figures = [&](Goal goal) {
    const CostModel model{1e6, 2e6, 1e-3};
    return cost_of(net, search(net, {.method = Method::anneal, .trials = 32, .model = model, .goal = goal}), model);
  };
  const TreeCost flops = figures(Goal::flops), write = figures(Goal::write), size = figures(Goal::size),
                 seconds = figures(Goal::seconds);
  EXPECT_LE(flops.flops, std::min({write.flops, size.flops, seconds.flops}));
  EXPECT_LE(write.written, std::min({flops.written, size.written, seconds.written}));
  EXPECT_LE(size.largest, std::min({flops.largest, write.largest, seconds.largest}));
  EXPECT_LE(seconds.seconds, std::min({flops.seconds, write.seconds, size.seconds}));
}

TEST(Search, TellsOfProgressAndStopsWhenTold) {
  const Contraction net = test::three_regular(60, 21);
  std::vector<SearchProgress> heard;
  SearchOptions options{.method = Method::anneal, .trials = 16};
  options.progress = [&](const SearchProgress& progress) {
    heard.push_back(progress);
    return true;
  };
  const Tree tree = search(net, options);
  ASSERT_GT(heard.size(), 5u);
  for (std::size_t i = 1; i < heard.size(); ++i) {
    EXPECT_LE(heard[i].best.flops, heard[i - 1].best.flops);
    EXPECT_GE(heard[i].seconds, heard[i - 1].seconds);
  }
  EXPECT_EQ(heard.front().stage, "greedy");
  EXPECT_EQ(heard.back().stage, "annealing");
  EXPECT_EQ(heard.back().best.flops, flops(net, tree));

  int calls = 0;
  options.progress = [&](const SearchProgress&) { return ++calls < 3; };
  EXPECT_NO_THROW(check(search(net, options), net));
  EXPECT_EQ(calls, 3);
  options.progress = [](const SearchProgress&) -> bool { throw EinsumError("from the listener"); };
  EXPECT_EQ(message_of<EinsumError>([&] { search(net, options); }), "from the listener");
}

TEST(Search, EndsWhenCancelledOrOutOfTime) {
  const Contraction net = test::three_regular(300, 22);
  const auto start = std::chrono::steady_clock::now();
  std::atomic<bool> cancel{false};
  int calls = 0;
  SearchOptions options{.seconds = 600};
  options.cancel = &cancel;
  options.progress = [&](const SearchProgress& progress) {
    EXPECT_EQ(progress.limit, 600);
    if (++calls == 4) cancel = true;
    return true;
  };
  EXPECT_NO_THROW(check(search(net, options), net));
  for (const Method method : {Method::automatic, Method::greedy, Method::dissection, Method::anneal}) {
    EXPECT_NO_THROW(check(search(net, {.method = method, .seconds = 0.05}), net));
    EXPECT_NO_THROW(check(search(net, {.method = method, .seconds = 0}), net));
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(60));  // not the 600
  for (const double seconds : {-1., double(INFINITY), double(NAN)}) {
    EXPECT_THROW(search(net, {.seconds = seconds}), EinsumError);
  }
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

TEST(Search, ZeroAndHugeExtentsStillGiveTrees) {
  Random random(15);
  for (int round = 0; round < 60; ++round) {
    Contraction net = random_network({.operands = 3 + below(random, 20), .labels = 25, .most_axes = 8}, random);
    for (auto& extent : net.extents) {
      const std::int64_t choices[] = {0, 1, INT64_MAX, std::int64_t{1} << 40};
      extent = choices[below(random, 4)];
    }
    for (const Method method : {Method::automatic, Method::greedy}) {
      EXPECT_NO_THROW(check(search(net, {.method = method}), net));
    }
    if (net.inputs.size() > 10) continue;
    EXPECT_NO_THROW(check(search(net, {.method = Method::optimal}), net));
  }
}

TEST(Search, NoOperandsIsAnError) {
  EXPECT_EQ(message_of<EinsumError>([] { search(Contraction{}); }), "a contraction needs at least one operand");
}

TEST(ParseGoal, KnowsItsNamesAndRefusesOthers) {
  EXPECT_EQ(parse_goal("flops"), Goal::flops);
  EXPECT_EQ(parse_goal("write"), Goal::write);
  EXPECT_EQ(parse_goal("size"), Goal::size);
  EXPECT_EQ(parse_goal("seconds"), Goal::seconds);
  EXPECT_EQ(message_of<EinsumError>([] { parse_goal("speed"); }),
            "unknown goal 'speed'\n  known: flops, write, size, seconds");
}

TEST(ParseMethod, KnowsItsNamesAndRefusesOthersWordForWord) {
  EXPECT_EQ(parse_method("auto"), Method::automatic);
  EXPECT_EQ(parse_method("greedy"), Method::greedy);
  EXPECT_EQ(parse_method("optimal"), Method::optimal);
  EXPECT_EQ(parse_method("dissection"), Method::dissection);
  EXPECT_EQ(parse_method("anneal"), Method::anneal);
  EXPECT_EQ(parse_method("False"), Method::in_order);
  for (const char* name : {"x", "", "Dissection", "annealing", "Auto", "automatic"}) {
    EXPECT_EQ(message_of<EinsumError>([&] { parse_method(name); }),
              "unknown optimize '" + std::string(name) +
                  "'\n  known: auto, greedy, optimal, dissection, anneal, False, or a path such as [(0, 1), (0, 1)]");
  }
}

}  // namespace
}  // namespace ricci::path
