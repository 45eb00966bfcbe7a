// Counting through the slices of a plan: all of them, in ranges, and those that differ in shape.
#include "ricci/plan/slices.h"

#include <gtest/gtest.h>

#include <set>

#include "ricci/plan/make_plan.h"

namespace ricci::planning {
namespace {

// ij,jk->ik with j in pieces of 2 of 5 and i in pieces of 3 of 7: nine slices, i (of the output) before j.
Plan sliced_plan() {
  Contraction whole;
  whole.inputs = {{{0, 1}, false}, {{1, 2}, false}};
  whole.output = {0, 2};
  whole.extents = {7, 5, 4};
  Plan plan = make_plan(whole);
  plan.slices = {{0, 3}, {1, 2}};
  return plan;
}

std::vector<std::pair<std::int64_t, std::int64_t>> firsts(const Plan& plan, std::int64_t begin, std::int64_t end) {
  std::vector<std::pair<std::int64_t, std::int64_t>> out;
  Slices slices(plan, begin, end);
  if (slices.empty()) return out;
  do out.push_back({(*slices).first[0], (*slices).first[1]});
  while (slices.next());
  return out;
}

TEST(Slices, TheLastLabelRunsFastest) {
  const auto all = firsts(sliced_plan(), 0, INT64_MAX);
  ASSERT_EQ(all.size(), 9u);
  EXPECT_EQ(all[0], std::pair(std::int64_t{0}, std::int64_t{0}));
  EXPECT_EQ(all[1], std::pair(std::int64_t{0}, std::int64_t{2}));
  EXPECT_EQ(all[3], std::pair(std::int64_t{3}, std::int64_t{0}));
  EXPECT_EQ(all[8], std::pair(std::int64_t{6}, std::int64_t{4}));
}

TEST(Slices, RangesGoThroughEachSliceOnce) {
  const Plan plan = sliced_plan();
  const auto all = firsts(plan, 0, INT64_MAX);
  for (const std::int64_t cut : {0, 1, 4, 8, 9}) {
    auto parts = firsts(plan, 0, cut);
    const auto rest = firsts(plan, cut, 9);
    parts.insert(parts.end(), rest.begin(), rest.end());
    EXPECT_EQ(parts, all) << cut;
  }
  EXPECT_TRUE(Slices(plan).is_whole());
  EXPECT_FALSE(Slices(plan, 1).is_whole());
  EXPECT_FALSE(Slices(plan, 0, 8).is_whole());
  EXPECT_TRUE(Slices(plan, 9, 9).empty());
}

TEST(Slices, TheLastPieceIsShort) {
  const Plan plan = sliced_plan();
  Slices slices(plan, 8);
  EXPECT_EQ((*slices).extents, (Extents{1, 1, 4}));
  std::set<std::vector<std::int64_t>> shapes;
  for (const Slice& slice : distinct_slices(plan)) shapes.insert({slice.extents.begin(), slice.extents.end()});
  EXPECT_EQ(shapes, (std::set<std::vector<std::int64_t>>{{3, 2, 4}, {3, 1, 4}, {1, 2, 4}, {1, 1, 4}}));
}

TEST(Slices, OfOnePlaceOfTheResultOneIsFirstAndOneLast) {
  const Plan plan = sliced_plan();
  Slices slices(plan, 1, 8);  // begins and ends within a place
  std::string seen;
  do
    seen += slices.is_first_of(plan.whole.output)  ? (slices.is_last_of(plan.whole.output) ? 'b' : 'f')
            : slices.is_last_of(plan.whole.output) ? 'l'
                                                   : '-';
  while (slices.next());
  EXPECT_EQ(seen, "flf-lfl");
}

TEST(Slices, APlanWithoutSlicedLabelsHasOne) {
  Plan plan = sliced_plan();
  plan.slices.clear();
  Slices slices(plan);
  EXPECT_TRUE(slices.is_whole());
  EXPECT_EQ((*slices).extents, plan.whole.extents);
  EXPECT_FALSE(slices.next());
}

}  // namespace
}  // namespace ricci::planning
