#include "ricci/execute/plan_cache.h"

#include <gtest/gtest.h>

#include <thread>

#include "tests/path/networks.h"

namespace ricci::execute {
namespace {

using planning::PlanningOptions;

Contraction product(std::int64_t extent) {
  Contraction out;
  out.inputs = {{{0, 1}, false}, {{1, 2}, false}, {{2, 3}, false}};
  out.output = {0, 3};
  out.extents = {extent, extent + 1, extent + 2, extent + 3};
  return out;
}

TEST(PlanCache, TheSamePlanForTheSameCall) {
  clear_cache();
  const auto first = cached_plan(product(3));
  EXPECT_EQ(cached_plan(product(3)), first);
  EXPECT_EQ(first->whole, product(3));
  EXPECT_EQ(cache_stats().hits, 1u);
  EXPECT_EQ(cache_stats().misses, 1u);
  EXPECT_EQ(cache_stats().size, 1u);
}

TEST(PlanCache, WhateverDiffersIsAnotherPlan) {
  clear_cache();
  std::vector<Contraction> wholes(8, product(3));
  wholes[1].extents[3] = 9;
  wholes[2].inputs[0].conjugated = true;
  wholes[3].dtype = DType::f64;
  wholes[4].semiring = Semiring::max_plus;
  wholes[5].output = {3, 0};
  wholes[6].names = {"a", "b", "c", "d"};
  wholes[7].inputs[0].labels = {1, 0};  // the same but for the labels' numbers
  wholes[7].inputs[1].labels = {0, 2};
  wholes[7].output = {1, 3};
  std::swap(wholes[7].extents[0], wholes[7].extents[1]);
  std::vector<PlanningOptions> options(8);
  options[1].search.method = path::Method::in_order;
  options[2].search.seed = 1;
  options[3].search.trials = 3;
  options[4].search.model = path::CostModel{.bytes_per_second = 2};
  options[5].max_bytes = 1 << 20;
  options[6].search.goal = path::Goal::write;
  options[7].search.seconds = 0;
  std::vector<ExecutableRef> plans;
  for (const Contraction& whole : wholes) plans.push_back(cached_plan(whole));
  for (std::size_t i = 1; i < options.size(); ++i) plans.push_back(cached_plan(product(3), options[i]));
  for (std::size_t i = 0; i < plans.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) EXPECT_NE(plans[i], plans[j]) << i << " " << j;
  }
  for (std::size_t i = 0; i < wholes.size(); ++i) EXPECT_EQ(plans[i]->whole, wholes[i]);
  EXPECT_EQ(cache_stats().size, plans.size());
}

TEST(PlanCache, DropsTheLeastRecentlyUsed) {
  clear_cache();
  const auto kept = cached_plan(product(1));
  const auto dropped = cached_plan(product(2));
  for (std::int64_t extent = 3; extent < 1000; ++extent) {
    cached_plan(product(extent));
    EXPECT_EQ(cached_plan(product(1)), kept);
  }
  EXPECT_EQ(cache_stats().size, 512u);
  EXPECT_NE(cached_plan(product(2)), dropped);
}

TEST(PlanCache, LargePlansCountByTheirSteps) {
  clear_cache();
  PlanningOptions options;
  options.search.method = path::Method::in_order;
  const Contraction net = test::lattice(1, 18'000, 3);
  for (std::uint64_t seed = 0; seed < 9; ++seed) {
    options.search.seed = seed;
    cached_plan(net, options);
  }
  EXPECT_EQ(cache_stats().size, 5u);  // of 17,999 steps each
  clear_cache();
}

TEST(PlanCache, KeepsNothingOfASearchThatWasToldToEnd) {
  clear_cache();
  const Contraction net = test::three_regular(40, 5);
  bool go_on = false;
  PlanningOptions options;
  options.search.method = path::Method::anneal;
  options.search.progress = [&](const path::SearchProgress&) { return go_on; };
  const auto cut_short = cached_plan(net, options);
  EXPECT_EQ(cache_stats().size, 0u);
  go_on = true;
  const auto whole = cached_plan(net, options);
  EXPECT_LT(whole->flops, cut_short->flops);
  EXPECT_EQ(cached_plan(net, options), whole);
}

TEST(PlanCache, ErrorsLeaveNothingBehind) {
  clear_cache();
  EXPECT_THROW(cached_plan(Contraction{}), EinsumError);
  EXPECT_EQ(cache_stats().size, 0u);
}

TEST(PlanCache, EightThreadsAtOnce) {
  clear_cache();
  std::vector<std::thread> threads;
  std::vector<int> wrong(8, 0);
  for (std::size_t t = 0; t < 8; ++t) {
    threads.emplace_back([t, &wrong] {
      test::Random random(t);
      for (int round = 0; round < 2000; ++round) {
        const auto extent = static_cast<std::int64_t>(1 + test::below(random, 700));  // more than are kept
        wrong[t] += cached_plan(product(extent))->whole != product(extent);
        if (round % 500 == 250 + static_cast<int>(t)) clear_cache();
        if (round % 50 == 0) wrong[t] += cache_stats().size > 512;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, std::vector<int>(8, 0));
}

}  // namespace
}  // namespace ricci::execute
