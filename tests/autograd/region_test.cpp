// Regions: slots in place of values, filled by one more run; what makes that run wrong.
#include "ricci/autograd/region.h"

#include <gtest/gtest.h>

#include "ricci/autograd/node.h"
#include "ricci/autograd/record.h"
#include "tests/autograd/operations.h"
#include "tests/message.h"

namespace ricci {
namespace {

using testing::exponential;
using testing::leaf;
using testing::message;
using testing::product;
using testing::pulled_back;
using testing::Values;
using testing::values_of;
using testing::vector_of;
using V = std::vector<Tensor>;
using Function = std::function<Tensor(const V&)>;

// f(xs), whose nodes keep slots; `runs` counts how often f is run.
Tensor run_in_region(const Function& f, const V& xs, int* runs = nullptr) {
  const auto counted = [=](const V& in) {
    if (runs) ++*runs;
    return f(in);
  };
  const auto region = make_ref<Region>(counted, xs);
  const Region::Scope scope(*region);
  return counted(xs);
}

// The gradient of the first leaf of a chain of nodes of one input each.
Tensor gradient_of(const Tensor& y, Tensor seed, bool retain = false) {
  for (Ref<Node> node = node_of(y); node; node = node->edges()[0].node)
    seed = node->pullback(seed, std::array{true}, retain)[0];
  return seed;
}

Tensor twice(const V& in) { return exponential(exponential(in[0])); }

TEST(Region, GivesTheSameGradientsForOneMoreRun) {
  const Tensor x = leaf({0.5, 1}), seed = vector_of({1, 10});
  int runs = 0;
  const Tensor y = run_in_region(twice, {x}, &runs);
  EXPECT_EQ(runs, 1);
  const Values expected = values_of(gradient_of(twice({x}), seed));
  EXPECT_EQ(values_of(gradient_of(y, seed, true)), expected);
  EXPECT_EQ(runs, 2) << "the first slot that is read fills them all";
  EXPECT_EQ(values_of(gradient_of(y, seed)), expected);
  EXPECT_EQ(runs, 2);
}

TEST(Region, IsTheThreadsWhileItsScopeLasts) {
  EXPECT_EQ(Region::current(), nullptr);
  const auto outer = make_ref<Region>([](const V&) {}, V{}), inner = make_ref<Region>([](const V&) {}, V{});
  {
    const Region::Scope scope(*outer);
    EXPECT_EQ(Region::current(), outer.get());
    {
      const Region::Scope nested(*inner);
      EXPECT_EQ(Region::current(), inner.get());
    }
    EXPECT_EQ(Region::current(), outer.get());
  }
  EXPECT_EQ(Region::current(), nullptr);
}

TEST(Region, LetsGoOfAValueWithItsNode) {
  const Tensor x = leaf({0.5});
  Ref<Storage> inside;
  const Function f = [&](const V& in) {
    const Tensor h = exponential(in[0]);
    inside = h.storage();
    return exponential(h);
  };
  const Tensor y = run_in_region(f, {x});
  EXPECT_EQ(inside->owners(), 1u) << "not kept";
  const Tensor g = node_of(y)->pullback(vector_of({1}), std::array{true}, false)[0];
  EXPECT_GT(inside->owners(), 1u) << "kept, of the second run, for the node below";
  node_of(y)->edges()[0].node->pullback(g, std::array{true}, false);
  EXPECT_EQ(inside->owners(), 1u);
}

TEST(Region, SeesAnOperandThatChanged) {
  const Tensor x = leaf({1}), w = vector_of({2});
  const Function f = [&](const V& in) { return product(in[0], w); };
  const Tensor y = run_in_region(f, {x}), z = run_in_region(f, {x});
  EXPECT_EQ(values_of(pulled_back(y, vector_of({1}))[0]), Values{2});
  w.storage()->bump_version();
  EXPECT_NE(message([&] { pulled_back(z, vector_of({1})); }).find("changed in place before its gradient"),
            std::string::npos);
}

TEST(Region, SeesAnInputThatChanged) {
  const Tensor x = leaf({1}), y = run_in_region(twice, {x});
  x.storage()->bump_version();
  EXPECT_NE(message([&] { gradient_of(y, vector_of({1})); }).find("changed in place after it was used"),
            std::string::npos);
}

TEST(Region, SeesAFunctionThatDoesSomethingElse) {
  const Tensor x = leaf({1});
  bool again = false;
  const Function f = [&](const V& in) {
    return std::exchange(again, true) ? exponential(in[0]) : exponential(exponential(in[0]));
  };
  const Tensor y = run_in_region(f, {x});
  EXPECT_NE(message([&] { gradient_of(y, vector_of({1})); }).find("did not do the same"), std::string::npos);
}

TEST(Region, RecordsItsSecondRunEvenWhereNobodyElseDoes) {
  const Tensor x = leaf({1});
  const Tensor y = run_in_region(twice, {x});
  const NoGrad off;
  EXPECT_EQ(values_of(gradient_of(y, vector_of({1}))), values_of(gradient_of(
                                                           [&] {
                                                             const RecordingScope on(true);
                                                             return twice({x});
                                                           }(),
                                                           vector_of({1}))));
}

}  // namespace
}  // namespace ricci
