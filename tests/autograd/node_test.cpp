// Nodes: what they keep, what they give back, how they go.
#include "ricci/autograd/node.h"

#include <gtest/gtest.h>

#include "ricci/autograd/hooks.h"
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

TEST(Node, SaysWhatMadeTheValueAndFromWhat) {
  const Tensor a = leaf({2, 3}), constant = vector_of({4, 5});
  const Tensor y = product(a, constant), z = exponential(y);
  const Ref<Node> first = node_of(y), second = node_of(z);
  EXPECT_EQ(first->name(), "product");
  EXPECT_TRUE(first->edges()[0].leaf.impl() == a.impl());
  EXPECT_FALSE(first->edges()[1].wanted()) << "a constant has no gradient";
  EXPECT_TRUE(second->edges()[0].node == first);
  EXPECT_LT(first->sequence(), second->sequence());
  const Tensor outline = first->outline();
  EXPECT_EQ(outline.shape(), y.shape());
  EXPECT_EQ(outline.dtype(), DType::f64);
  EXPECT_FALSE(outline.storage());
  EXPECT_FALSE(node_of(a));
  EXPECT_FALSE(node_of(Tensor()));
}

TEST(Node, PullsBackTheWantedGradients) {
  const Tensor a = leaf({2, 3}), b = leaf({4, 5});
  const Tensor y = product(a, b), seed = vector_of({1, 10});
  const Tensors both = pulled_back(y, seed, true);
  EXPECT_EQ(values_of(both[0]), (Values{4, 50}));
  EXPECT_EQ(values_of(both[1]), (Values{2, 30}));
  const Tensors one = pulled_back(y, seed, true, {false, true});
  EXPECT_FALSE(one[0].defined());
  EXPECT_EQ(values_of(one[1]), (Values{2, 30}));
  const Tensor z = exponential(a);
  EXPECT_EQ(values_of(pulled_back(z, seed)[0]), (Values{std::exp(2.0), 10 * std::exp(3.0)}));
}

TEST(Node, OneThatIsNotRetainedIsFreed) {
  const Tensor a = leaf({2}), y = product(a, vector_of({3})), seed = vector_of({1});
  pulled_back(y, seed, true);
  pulled_back(y, seed);
  EXPECT_EQ(message([&] { pulled_back(y, seed); }).substr(0, 72),
            "product: backward a second time through a graph that the first one freed");
  const Tensor z = exponential(a);
  node_of(z)->free();
  EXPECT_NE(message([&] { pulled_back(z, seed); }).find("a second time"), std::string::npos);
}

TEST(Node, KeepsWhatItsRulesReadAndNoMore) {
  const Tensor a = leaf({2});
  const Tensor read = vector_of({3}), unread = vector_of({4});
  const Tensor y = product(a, read), z = accumulate(a, unread);
  EXPECT_GT(read.impl()->owners(), 1u);
  EXPECT_EQ(unread.impl()->owners(), 1u);
  node_of(y)->free();
  EXPECT_EQ(read.impl()->owners(), 1u) << "let go of with the node";

  // Of an input that nobody differentiates the rules are not asked: a alone is read, for the constant.
  Tensor kept = vector_of({5});
  const Tensor w = product(kept, vector_of({6}));
  EXPECT_FALSE(node_of(w));
  EXPECT_EQ(kept.storage()->owners(), 1u);
}

TEST(Node, OfAnOutputThatIsReadHoldsNoCycle) {
  Ref<Node> node;
  Ref<Storage> storage;
  {
    const Tensor y = exponential(leaf({1}));
    node = node_of(y);
    storage = y.storage();
  }
  EXPECT_EQ(node->owners(), 1u) << "the node must not keep itself alive";
  EXPECT_EQ(storage->owners(), 2u) << "but the output's elements";
  node = nullptr;
  EXPECT_EQ(storage->owners(), 1u);
}

TEST(Node, GivesTheOutputItsHistoryBack) {
  const Tensor x = leaf({1}), y = exponential(x);
  // The gradient exp(x) g is a function of x again, through the output.
  const Tensor g = pulled_back(y, vector_of({2}), true)[0];
  ASSERT_TRUE(g.requires_grad());
  EXPECT_EQ(node_of(g)->name(), "product");
  EXPECT_TRUE(node_of(g)->edges()[0].node == node_of(y));
}

TEST(Node, SeesThatAValueWasChanged) {
  const Tensor a = leaf({2}), b = vector_of({3}), y = product(a, b);
  b.storage()->bump_version();
  EXPECT_EQ(message([&] { pulled_back(y, vector_of({1}), true); }).substr(0, 93),
            "product: a value of shape (1,) that its gradient needs was changed in place after it was used");
  // What is not read may change.
  const Tensor z = accumulate(a, b);
  b.storage()->bump_version();
  EXPECT_EQ(values_of(pulled_back(z, vector_of({7}))[0]), Values{7});
}

TEST(Node, AChainIsTakenDownWithoutRecursion) {
  Tensor y = leaf({1});
  for (int i = 0; i < 300'000; ++i) y = accumulate(y, y);
  y = Tensor();  // a stack as deep as the tape would not be there
  y = leaf({1});
  for (int i = 0; i < 100'000; ++i) y = product(y, y);
  y = Tensor();
}

TEST(Node, HooksAreItsOwnAndTheFirstStay) {
  const Tensor y = exponential(leaf({1}));
  const Ref<Node> node = node_of(y);
  EXPECT_FALSE(node->hooks());
  const auto first = make_ref<RefCounted>(), second = make_ref<RefCounted>();
  EXPECT_TRUE(node->hooks(first) == first);
  EXPECT_TRUE(node->hooks(second) == first);
  node->free();
  EXPECT_EQ(first->owners(), 1u) << "they may hold the tensor they hang on";
}

}  // namespace
}  // namespace ricci
