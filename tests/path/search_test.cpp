#include "ricci/path/search/search.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "ricci/base/parallel.h"
#include "tests/path/flops.h"

namespace ricci::path {
namespace {

using test::below;
using test::flops;
using test::message_of;
using test::NetworkKind;
using test::random_network;

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
