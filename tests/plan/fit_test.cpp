// Slices that fit a cap: what the planner promises without any kernel.
#include "ricci/plan/fit.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "ricci/plan/lower.h"
#include "tests/plan/loops.h"

namespace ricci::planning {
namespace {

using test::Array;
using test::below;
using test::Random;
using test::random_network;

// The sum over all slices of the plan's steps, on doubles.
Array run_slices(const Plan& plan, const std::vector<Array>& operands) {
  Array out;
  Plan slice = plan;
  slice.slices = {};
  std::vector<std::int64_t> at(plan.slices.size(), 0);
  while (true) {
    std::vector<Array> parts;
    for (std::size_t i = 0; i < operands.size(); ++i) {
      const Labels& labels = plan.whole.inputs[i].labels;
      parts.emplace_back();
      for (const auto& [index, value] : operands[i]) {
        bool inside = true;
        for (std::size_t s = 0; s < at.size(); ++s)
          for (std::size_t axis = 0; axis < labels.size(); ++axis)
            if (labels[axis] == plan.slices[s].label) inside = inside && index[axis] / plan.slices[s].piece == at[s];
        if (inside) parts.back()[index] = value;
      }
    }
    for (const auto& [index, value] : test::run(slice, parts)) out[index] += value;
    std::size_t s = 0;
    for (; s < at.size(); ++s) {
      if (++at[s] < plan.piece_count(plan.slices[s])) break;
      at[s] = 0;
    }
    if (s == at.size()) return out;
  }
}

TEST(Fit, SlicesOfRandomNetworksAddUpWithinTheCap) {
  Random random(41);
  int sliced = 0;
  for (int round = 0; round < 1000; ++round) {
    const test::NetworkKind kind{.operands = 3 + below(random, 3),
                                 .labels = 4 + below(random, 2),
                                 .most_axes = 3,
                                 .most_extent = 7,
                                 .broadcast = true,
                                 .repeats = true};
    Contraction whole = random_network(kind, random);
    whole.dtype = DType::f64;
    if (round % 10 == 0) whole.extents[below(random, whole.extents.size())] = 0;
    const Plan free = make_plan(whole);
    const std::int64_t cap =
        std::max<std::int64_t>(64, free.peak_bytes * static_cast<std::int64_t>(3 + below(random, 6)) / 10);
    try {
      const Plan plan = make_plan(whole, {.max_bytes = cap});
      EXPECT_LE(plan.peak_bytes, cap);
      std::vector<Array> operands;
      std::vector<const Array*> read;
      for (const Term& term : whole.inputs) operands.push_back(test::random_array(whole, term, random));
      for (const Array& array : operands) read.push_back(&array);
      EXPECT_EQ(run_slices(plan, operands), test::contract(whole, read)) << "round " << round;
      sliced += !plan.slices.empty();
    } catch (const BudgetError&) {
      EXPECT_LT(cap, free.peak_bytes);
    }
  }
  EXPECT_GT(sliced, 15);
}

TEST(Fit, StepsThatNoSlicedLabelTouchesRunOnce) {
  Contraction whole;  // ab,bc,cd,de->ae with the chain's left half small and its right half large
  whole.inputs = {{{0, 1}, false}, {{1, 2}, false}, {{2, 3, 4}, false}, {{4, 3, 5}, false}};
  whole.output = {0, 5};
  whole.extents = {3, 50, 4, 40, 40, 5};
  const path::Tree tree{4, {{0, 1}, {2, 3}, {4, 5}}};
  const Plan plan = lower(whole, tree, {}, {{3, 10}});
  const Program program = make_program(plan, {true, true, true, true}, true);
  ASSERT_EQ(program.first, 1u);
  EXPECT_EQ(plan.steps[program.actions[0].step].contraction.output, (Labels{0, 2}));
  // Its gradients come once too, after the slices.
  EXPECT_EQ(program.actions.size() - program.last, 2u);
  const Footprint all = footprint(plan, program, {});
  EXPECT_EQ(all.flops, 3.0 * (3 * 50 * 4 + 4 * 40 * 40 * 5) + 3 * 4.0 * 3 * 4 * 5);
}

TEST(Fit, WhatIsComputedAgainIsNotKept) {
  // A chain of vectors and matrices: forward two results are alive, for gradients all of them are kept.
  const std::size_t n = 64;
  Contraction chain;
  chain.inputs.push_back({{0, 1}, false});
  path::Tree tree{n, {}};
  for (std::size_t i = 1; i < n; ++i) {
    chain.inputs.push_back({{static_cast<Label>(i), static_cast<Label>(i + 1)}, false});
    tree.merges.emplace_back(i == 1 ? 0 : static_cast<int>(n + i - 2), static_cast<int>(i));
  }
  for (std::size_t i = 0; i <= n; ++i) chain.extents.push_back(i == 0 ? 1000 : 4);
  chain.output = {0, static_cast<Label>(n)};
  PlanningOptions options{.gradients = true, .gives_value = false};
  Plan plan = make_plan(chain, tree, options);
  const double flops = plan.flops;
  const std::int64_t result = 1000 * 4 * 4, kept = plan.peak_bytes;
  plan.recomputes = {15, 31, 47};
  predict(plan, options);
  EXPECT_LT(plan.peak_bytes, kept - 20 * result);
  EXPECT_EQ(plan.flops - flops, 3.0 * 15 * 1000 * 4 * 4) << "at most once more, from the results that are kept";
}

TEST(Fit, WorkingMemoryCounts) {
  Contraction whole;  // ij,jk,kl->il
  whole.inputs = {{{0, 1}, false}, {{1, 2}, false}, {{2, 3}, false}};
  whole.output = {0, 3};
  whole.extents = {4, 64, 64, 4};
  PlanningOptions options;
  options.scratch = [](const StepShape& step, std::int64_t most) {
    const auto bytes =
        static_cast<std::int64_t>(64 * path::volume(step.contraction, step.contraction.inputs[1].labels));
    return std::min(bytes, std::max<std::int64_t>(most, bytes / 16));
  };
  const Plan free = make_plan(whole, options);
  EXPECT_GT(free.peak_bytes, make_plan(whole).peak_bytes);
  options.max_bytes = free.peak_bytes / 4;
  EXPECT_TRUE(make_plan(whole, options).slices.empty()) << "less working memory comes first";
  options.max_bytes = free.peak_bytes / 64;
  const Plan plan = make_plan(whole, options);
  EXPECT_FALSE(plan.slices.empty());
  EXPECT_LE(plan.peak_bytes, *options.max_bytes);
}

TEST(Fit, ACapLeavesAGivenOrderAlone) {
  const Contraction net = test::lattice(5, 5, 3);
  const path::Tree tree = path::search(net, {.method = path::Method::greedy, .trials = 1});
  const Plan free = make_plan(net, tree), plan = make_plan(net, tree, {.max_bytes = free.peak_bytes / 4});
  EXPECT_FALSE(plan.slices.empty());
  EXPECT_EQ(plan.tree, tree);
}

}  // namespace
}  // namespace ricci::planning
