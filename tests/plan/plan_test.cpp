#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "ricci/plan/make_plan.h"
#include "tests/plan/loops.h"

namespace ricci::planning {
namespace {

using test::Array;
using test::below;
using test::message_of;
using test::Random;
using test::random_network;
using test::random_tree;

std::set<Label> set_of(const Labels& labels) { return {labels.begin(), labels.end()}; }

Contraction matrix_chain(std::size_t n, std::int64_t extent) {
  Contraction out;
  for (std::size_t i = 0; i < n; ++i) out.inputs.push_back({{static_cast<Label>(i), static_cast<Label>(i + 1)}, false});
  for (std::size_t i = 0; i <= n; ++i) out.extents.push_back(extent + static_cast<std::int64_t>(i));
  out.output = {0, static_cast<Label>(n)};
  return out;
}

// What plan.h promises of steps, for any plan.
void expect_well_formed(const Plan& plan) {
  const int n = static_cast<int>(plan.whole.inputs.size());
  std::map<int, Term> values;  // alive
  for (int i = 0; i < n; ++i) values[i] = plan.whole.inputs[static_cast<std::size_t>(i)];
  std::set<int> read;
  double flops = 0, seconds = 0;
  for (std::size_t k = 0; k < plan.steps.size(); ++k) {
    const Step& step = plan.steps[k];
    const bool last = k + 1 == plan.steps.size();
    ASSERT_EQ(step.values.size(), step.contraction.inputs.size());
    std::set<int> intermediates;
    std::set<Label> here;
    for (std::size_t v = 0; v < step.values.size(); ++v) {
      const int value = step.values[v];
      ASSERT_TRUE(values.contains(value)) << "a value is read before it is made or after it is freed";
      EXPECT_EQ(step.contraction.inputs[v], values[value]);
      EXPECT_TRUE(read.insert(value).second) << "read twice";
      if (value >= n) intermediates.insert(value);
      for (const Label label : values[value].labels) here.insert(label);
    }
    EXPECT_EQ(std::set<int>(step.frees.begin(), step.frees.end()), intermediates);
    if (step.values.size() == 2) {
      for (const int side : {0, 1}) {
        for (const Label label : step.contraction.inputs[static_cast<std::size_t>(side)].labels) {
          EXPECT_TRUE(contains(step.contraction.inputs[static_cast<std::size_t>(1 - side)].labels, label) ||
                      contains(step.contraction.output, label))
              << "a step of two sums a label of one operand";
        }
      }
    }
    if (!last) {
      EXPECT_EQ(set_of(step.contraction.output).size(), step.contraction.output.size());
      for (const Label label : step.contraction.output)
        EXPECT_TRUE(here.contains(label) || plan.whole.extents[static_cast<std::size_t>(label)] == 0);
    }
    EXPECT_EQ(step.contraction.dtype, last ? plan.whole.dtype : accumulator_of(plan.whole.dtype));
    EXPECT_EQ(step.contraction.semiring, plan.whole.semiring);
    EXPECT_TRUE(step.contraction.extents.empty() && step.contraction.names.empty());
    for (const int value : step.frees) values.erase(value);
    values[n + static_cast<int>(k)] = {step.contraction.output, false};
    flops += step.flops;
    seconds += step.predicted_seconds;
  }
  EXPECT_EQ(plan.steps.back().contraction.output, plan.whole.output);
  EXPECT_EQ(read.size(), static_cast<std::size_t>(n) + plan.steps.size() - 1) << "everything but the result is read";
  const path::TreeCost cost = path::cost_of(plan.whole, plan.tree, plan.model);
  EXPECT_EQ(plan.flops, flops);
  EXPECT_DOUBLE_EQ(plan.predicted_seconds, seconds);
  EXPECT_DOUBLE_EQ(plan.flops, cost.flops);
  const double rounding = static_cast<double>(plan.steps.size()) * 0x1p-52;  // added in another order
  EXPECT_NEAR(plan.predicted_seconds, cost.seconds, rounding * cost.seconds);
}

// The account by its definition, from the steps.
std::int64_t peak_of(const Plan& plan) {
  std::map<int, std::int64_t> alive;
  std::int64_t peak = 0;
  int next = static_cast<int>(plan.whole.inputs.size());
  for (const Step& step : plan.steps) {
    std::int64_t elements = 1;
    for (const Label label : step.contraction.output) elements *= plan.whole.extents[static_cast<std::size_t>(label)];
    EXPECT_EQ(step.bytes, elements * static_cast<std::int64_t>(size_of(step.contraction.dtype)));
    alive[next++] = charged_bytes(step.bytes);
    std::int64_t sum = 0;
    for (const auto& [value, bytes] : alive) sum += bytes;
    peak = std::max(peak, sum);
    for (const int value : step.frees) alive.erase(value);
  }
  return peak;
}

void expect_right(const Contraction& whole, const Plan& plan, Random& random) {
  std::vector<Array> operands;
  std::vector<const Array*> read;
  for (const Term& term : whole.inputs) operands.push_back(test::random_array(whole, term, random));
  for (const Array& array : operands) read.push_back(&array);
  EXPECT_EQ(test::run(plan, operands), test::contract(whole, read));
}

TEST(Plan, ComputesTheSumOnRandomNetworksInAnyOrder) {
  Random random(21);
  for (int round = 0; round < 1500; ++round) {
    const test::NetworkKind kind{.operands = 1 + below(random, 5),
                                 .labels = 2 + below(random, 5),
                                 .most_axes = 3,
                                 .most_extent = 3,
                                 .broadcast = true,
                                 .repeats = true};
    Contraction whole = random_network(kind, random);
    whole.dtype = round % 3 == 0 ? DType::f16 : DType::c64;
    for (Term& term : whole.inputs) term.conjugated = below(random, 2) == 1;
    const Plan plan = round % 2 == 0 ? make_plan(whole) : make_plan(whole, random_tree(whole.inputs.size(), random));
    expect_well_formed(plan);
    EXPECT_EQ(plan.peak_bytes, peak_of(plan));
    expect_right(whole, plan, random);
    if (testing::Test::HasFailure()) FAIL() << "round " << round;
  }
}

TEST(Plan, ZeroExtentsGiveZeroCosts) {
  Random random(22);
  for (int round = 0; round < 300; ++round) {
    Contraction whole = random_network({.operands = 3, .labels = 5, .most_axes = 3, .most_extent = 3}, random);
    whole.extents[below(random, 5)] = 0;
    const Plan plan = make_plan(whole);
    expect_well_formed(plan);
    expect_right(whole, plan, random);
    if (!test::has_no_terms(whole)) continue;
    EXPECT_EQ(plan.flops, 0);
    for (std::size_t k = 0; k + 1 < plan.steps.size(); ++k) EXPECT_EQ(plan.steps[k].bytes, 0);
  }
}

TEST(Plan, OneOperandIsOneStep) {
  Contraction trace;  // iij*->jj
  trace.inputs = {{{0, 0, 1}, true}};
  trace.output = {1, 1};
  trace.extents = {3, 4};
  trace.dtype = DType::c128;
  const Plan plan = make_plan(trace);
  ASSERT_EQ(plan.steps.size(), 1u);
  EXPECT_EQ(plan.steps[0].contraction.inputs, trace.inputs);
  EXPECT_EQ(plan.steps[0].contraction.output, trace.output);
  EXPECT_EQ(plan.flops, 0);
  EXPECT_EQ(plan.peak_bytes, 16 * 16);
  EXPECT_TRUE(plan.slices.empty());
  EXPECT_EQ(step_contraction(plan, plan.steps[0]), trace);
}

TEST(Plan, PrivateLabelsAreSummedInOneStepBefore) {
  Contraction whole;  // iajab,jk*->ik: a and b are private to the first operand
  whole.inputs = {{{0, 3, 1, 3, 4}, false}, {{1, 2}, true}};
  whole.output = {0, 2};
  whole.extents = {2, 3, 5, 7, 11};
  const Plan plan = make_plan(whole);
  ASSERT_EQ(plan.steps.size(), 2u);
  EXPECT_EQ(plan.steps[0].values, (SmallVector<int, 2>{0}));
  EXPECT_EQ(plan.steps[0].contraction.output, (Labels{0, 1}));
  EXPECT_EQ(plan.steps[1].values, (SmallVector<int, 2>{2, 1}));
  EXPECT_TRUE(plan.steps[1].contraction.inputs[1].conjugated);
  EXPECT_EQ(plan.steps[1].flops, 2 * 3 * 5);
}

TEST(Plan, DiagonalsNeedNoStepOfTheirOwn) {
  Contraction whole;  // iij,jk->ik
  whole.inputs = {{{0, 0, 1}, false}, {{1, 2}, false}};
  whole.output = {0, 2};
  whole.extents = {2, 3, 5};
  EXPECT_EQ(make_plan(whole).steps.size(), 1u);
}

TEST(Plan, IntermediatesKeepBatchFirstAndTheLargerOperandsOrderLast) {
  Contraction whole;  // bxj,byzj,bc->xyzc with y, z large
  whole.inputs = {{{0, 1, 2}, false}, {{0, 3, 4, 2}, false}, {{0, 5}, false}};
  whole.output = {1, 3, 4, 5};
  whole.extents = {3, 2, 4, 10, 11, 5};
  const Plan plan = make_plan(whole, path::Tree{3, {{1, 0}, {3, 2}}});
  EXPECT_EQ(plan.steps[0].contraction.output, (Labels{0, 1, 3, 4}));
}

TEST(Plan, SixteenBitFloatsRoundOnce) {
  Contraction chain = matrix_chain(4, 3);
  chain.dtype = DType::bf16;
  const Plan plan = make_plan(chain);
  EXPECT_EQ(plan.steps[0].contraction.dtype, DType::f32);
  EXPECT_EQ(plan.steps[1].contraction.dtype, DType::f32);
  EXPECT_EQ(plan.steps[2].contraction.dtype, DType::bf16);
}

TEST(Plan, SubtreesFinishOneAfterTheOther) {
  // A balanced tree over 64 matrices: level by level 32 results are alive, depth first at most 7.
  const Contraction chain = matrix_chain(64, 4);
  path::Tree tree{64, {}};
  for (int first = 0, count = 64; count > 1; first += count, count /= 2) {
    for (int i = 0; i < count; i += 2) tree.merges.emplace_back(first + i, first + i + 1);
  }
  const Plan plan = make_plan(chain, tree);
  expect_well_formed(plan);
  EXPECT_EQ(plan.peak_bytes, peak_of(plan));
  const std::int64_t largest = 4 * 67 * 68;
  EXPECT_LE(plan.peak_bytes, 7 * largest);
  EXPECT_EQ(plan.tree, tree);
}

TEST(Plan, BytesBeyondInt64StayAtTheMost) {
  Contraction whole;
  for (Label i = 0; i < 8; ++i) whole.inputs.push_back({{i}, false});
  for (Label i = 0; i < 8; ++i) whole.output.push_back(i);
  whole.extents = Extents(8, std::int64_t{1} << 40);
  const Plan plan = make_plan(whole);
  EXPECT_EQ(plan.peak_bytes, INT64_MAX);
  EXPECT_EQ(plan.steps.back().bytes, INT64_MAX);
  EXPECT_TRUE(std::isfinite(plan.predicted_seconds));
}

TEST(Plan, WrongTreesAndNoOperandsAreErrors) {
  const Contraction chain = matrix_chain(3, 2);
  EXPECT_THROW(make_plan(chain, path::Tree{3, {{0, 1}}}), EinsumError);
  EXPECT_THROW(make_plan(chain, path::Tree{2, {{0, 1}}}), EinsumError);
  EXPECT_THROW(make_plan(chain, path::Tree{3, {{0, 1}, {1, 2}}}), EinsumError);
  EXPECT_EQ(message_of<EinsumError>([] { make_plan(Contraction{}); }), "a contraction needs at least one operand");
  EXPECT_EQ(message_of<EinsumError>([] { make_plan(Contraction{}, path::Tree{}); }),
            "a contraction needs at least one operand");
}

TEST(Plan, AThousandTensorsAreLoweredQuickly) {
  const Contraction net = test::three_regular(1000, 23);
  const path::Tree tree = path::search(net, {.method = path::Method::greedy, .trials = 4});
  const Plan plan = make_plan(net, tree);
  EXPECT_EQ(plan.steps.size(), 999u);
  expect_well_formed(plan);
}

}  // namespace
}  // namespace ricci::planning
