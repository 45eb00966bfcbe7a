// Hooks on gradients: where they hang, their order, what they may give back.
#include "ricci/autograd/hooks.h"

#include <gtest/gtest.h>

#include "ricci/autograd/node.h"
#include "tests/autograd/operations.h"
#include "tests/message.h"

namespace ricci {
namespace {

using testing::exponential;
using testing::leaf;
using testing::message;
using testing::Values;
using testing::values_of;
using testing::vector_of;

GradientHook adding(double number) {
  return [number](const Tensor& g) { return accumulate(g, vector_of({number})); };
}
GradientHook doubling() {
  return [](const Tensor& g) { return accumulate(g, g); };
}

TEST(Hooks, RunInOrderAndCanBeRemoved) {
  const Tensor x = leaf({1});
  HookHandle twice = register_hook(x, doubling()), more = register_hook(x, adding(1));
  const auto seen = [&] { return values_of(run_hooks(x, vector_of({3}))); };
  EXPECT_EQ(seen(), Values{7});
  twice.remove();
  EXPECT_EQ(seen(), Values{4});
  more.remove();
  more.remove();
  EXPECT_EQ(seen(), Values{3});
}

TEST(Hooks, OneThatGivesNothingLeavesTheGradient) {
  const Tensor x = leaf({1}), g = vector_of({3});
  Values seen;
  register_hook(x, [&](const Tensor& t) {
    seen = values_of(t);
    return Tensor();
  });
  EXPECT_TRUE(run_hooks(x, g).impl() == g.impl());
  EXPECT_EQ(seen, Values{3});
}

TEST(Hooks, HangOnTheNodeOrTheLeafAndNotOnTheHandle) {
  const Tensor x = leaf({1});
  Tensor y = exponential(x);
  register_hook(y, doubling());
  const Ref<Node> node = node_of(y);
  y = Tensor();
  EXPECT_EQ(values_of(run_hooks(node->hooks(), vector_of({3}))), Values{6});
  EXPECT_EQ(values_of(run_hooks(x, vector_of({3}))), Values{3}) << "the leaf has none";
  EXPECT_EQ(values_of(run_hooks(Ref<RefCounted>(), vector_of({3}))), Values{3});
  const Tensor other = x;
  register_hook(other, adding(1));
  EXPECT_EQ(values_of(run_hooks(x, vector_of({3}))), Values{4});
}

TEST(Hooks, MayRemoveThemselvesAndEachOther) {
  const Tensor x = leaf({1});
  std::vector<HookHandle> handles;
  handles.push_back(register_hook(x, [&](const Tensor& g) {
    for (HookHandle& handle : handles) handle.remove();
    return accumulate(g, g);
  }));
  handles.push_back(register_hook(x, adding(1)));
  EXPECT_EQ(values_of(run_hooks(x, vector_of({3}))), Values{7}) << "those that were there run";
  EXPECT_EQ(values_of(run_hooks(x, vector_of({3}))), Values{3});
}

TEST(Hooks, OfAnotherShapeOrDtypeAreTold) {
  const Tensor x = leaf({1});
  HookHandle wrong = register_hook(x, [](const Tensor&) { return vector_of({1, 2}); });
  EXPECT_EQ(message([&] { run_hooks(x, vector_of({3})); }),
            "a hook got a float64 gradient of shape (1,) and returned float64 of shape (2,)\n  they must be the same");
  wrong.remove();
  register_hook(x, [](const Tensor& g) { return empty(g.shape()); });
  EXPECT_NE(message([&] { run_hooks(x, vector_of({3})); }).find("returned float32"), std::string::npos);
}

TEST(Hooks, NeedATensorThatRequiresGrad) {
  EXPECT_NE(message([] { register_hook(vector_of({1}), doubling()); }).find("does not require grad"),
            std::string::npos);
  EXPECT_THROW(register_hook(Tensor(), doubling()), GradError);
}

}  // namespace
}  // namespace ricci
