#include "ricci/path/tree/tree.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <list>

#include "tests/path/networks.h"

namespace ricci::path {
namespace {

using test::message_of;
using test::random_tree;

using Path = std::vector<std::vector<int>>;

// The linear form by its definition: a list from which steps take and to which they append.
Path linear_by_list(const Tree& tree) {
  std::vector<int> list;
  for (std::size_t i = 0; i < tree.operand_count; ++i) list.push_back(static_cast<int>(i));
  Path out;
  for (std::size_t k = 0; k < tree.merges.size(); ++k) {
    const auto place = [&](int node) { return std::find(list.begin(), list.end(), node) - list.begin(); };
    const auto a = place(tree.merges[k].first), b = place(tree.merges[k].second);
    out.push_back({static_cast<int>(a), static_cast<int>(b)});
    list.erase(list.begin() + std::max(a, b));
    list.erase(list.begin() + std::min(a, b));
    list.push_back(static_cast<int>(tree.operand_count + k));
  }
  return out;
}

TEST(Tree, LinearFormIsTheListsAndReadsBack) {
  Random random(1);
  for (std::size_t n = 2; n < 60; ++n) {
    const Tree tree = random_tree(n, random);
    EXPECT_EQ(tree.linear(), linear_by_list(tree)) << n;
    EXPECT_EQ(Tree::from_linear(tree.linear(), n), tree) << n;
  }
}

TEST(Tree, OneOperandHasOneStepAndNoMerge) {
  EXPECT_EQ((Tree{1, {}}).linear(), Path{{0}});
  EXPECT_EQ(Tree::from_linear({{0}}, 1), (Tree{1, {}}));
  EXPECT_EQ(Tree::from_linear({}, 1), (Tree{1, {}}));
}

TEST(Tree, LargeStepsAreSplitInPairs) {
  EXPECT_EQ(Tree::from_linear({{0, 1, 2}}, 3), (Tree{3, {{0, 1}, {3, 2}}}));
  EXPECT_EQ(Tree::from_linear({{3, 0}, {0, 1, 2}}, 4), (Tree{4, {{3, 0}, {1, 2}, {5, 4}}}));
}

TEST(Tree, StepsOfOneMoveTheirValueToTheEnd) {
  EXPECT_EQ(Tree::from_linear({{0}, {0, 1}, {0, 1}}, 3), (Tree{3, {{1, 2}, {0, 3}}}));
}

TEST(Tree, WrongPathsSayWhichStepAndWhatIsLeft) {
  const auto told = [](const Path& path, std::size_t n) {
    const std::string message = message_of<EinsumError>([&] { Tree::from_linear(path, n); });
    return message.substr(0, message.find('\n'));
  };
  EXPECT_EQ(told({{0, 1}, {0, 2}}, 3),
            "step 1 of the path is (0, 2): there is no position 2 among the 2 operands left then");
  EXPECT_EQ(told({{0, -1}}, 3),
            "step 0 of the path is (0, -1): there is no position -1 among the 3 operands left then");
  EXPECT_EQ(told({{1, 1}}, 3), "step 0 of the path is (1, 1): position 1 is there twice");
  EXPECT_EQ(told({{0, 1}}, 3), "the path of 1 step leaves 2 of the 3 operands uncontracted");
  EXPECT_EQ(told({}, 2), "the path of 0 steps leaves 2 of the 2 operands uncontracted");
  EXPECT_EQ(told({{0, 1}, {}}, 2), "step 1 of the path is empty");
  EXPECT_EQ(told({{0, 1}, {0, 1}}, 2),
            "step 1 of the path is (0, 1): there is no position 1 among the 1 operand left then");
  EXPECT_EQ(told({{0, 2147483647}}, 2),
            "step 0 of the path is (0, 2147483647): there is no position 2147483647 among the 2 operands left then");
}

TEST(Tree, CheckFindsEveryFault) {
  Contraction chain;
  for (Label i = 0; i < 4; ++i) chain.inputs.push_back({{i, i + 1}, false});
  chain.output = {0, 4};
  chain.extents = {2, 3, 4, 5, 6};
  EXPECT_NO_THROW(check({4, {{0, 1}, {2, 3}, {4, 5}}}, chain));
  const auto told = [&](const Tree& tree) { return message_of<EinsumError>([&] { check(tree, chain); }); };
  EXPECT_EQ(told({3, {{0, 1}, {2, 3}}}), "the tree is for 3 operands, the contraction has 4");
  EXPECT_EQ(told({4, {{0, 1}, {2, 3}}}), "the tree has 2 merges; 4 operands need 3");
  EXPECT_EQ(told({4, {{0, 1}, {2, 6}, {4, 5}}}), "merge 1 of the tree takes node 6; only 0 to 4 exist then");
  EXPECT_EQ(told({4, {{0, 1}, {2, -1}, {4, 5}}}), "merge 1 of the tree takes node -1; only 0 to 4 exist then");
  EXPECT_EQ(told({4, {{0, 1}, {2, 0}, {4, 5}}}), "merge 1 of the tree takes node 0 again");
  EXPECT_EQ(told({4, {{0, 1}, {2, 2}, {4, 5}}}), "merge 1 of the tree takes node 2 again");
}

TEST(Tree, LinearFormOfALongChainIsQuick) {
  Tree tree{200'000, {{0, 1}}};
  for (int k = 1; k + 1 < 200'000; ++k) tree.merges.emplace_back(200'000 + k - 1, k + 1);
  EXPECT_EQ(Tree::from_linear(tree.linear(), tree.operand_count), tree);  // quadratic would take minutes
}

}  // namespace
}  // namespace ricci::path
