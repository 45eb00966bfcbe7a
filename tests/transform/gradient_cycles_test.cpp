// What backward(create_graph) leaves in .grad leads back to its leaf: it goes when nobody else reaches it.
#include "ricci/autograd/gradient_cycles.h"

#include <gtest/gtest.h>

#include <thread>

#include "ricci/ops/create.h"
#include "ricci/ops/elementwise.h"
#include "ricci/ops/reduce.h"
#include "ricci/tensor/memory.h"
#include "ricci/transform/backward.h"

namespace ricci {
namespace {

Tensor leaf() { return full({4096}, 2).set_requires_grad(); }

void record_gradient(const Tensor& x) { backward(sum(x * x * x), {.create_graph = true}); }

class GradientCycles : public ::testing::Test {
 protected:
  void SetUp() override {
    collect_gradient_cycles();
    before_ = memory::live_bytes();
  }
  std::int64_t live() const { return memory::live_bytes() - before_; }

 private:
  std::int64_t before_ = 0;
};

TEST_F(GradientCycles, GoWithTheNextOneAtTheLatest) {
  for (int i = 0; i < 50; ++i) {
    record_gradient(leaf());
    EXPECT_LT(live(), 30 * 4096 * 4) << i;
  }
  EXPECT_GT(live(), 0);
  EXPECT_EQ(collect_gradient_cycles(), 0);
  EXPECT_EQ(live(), 0);
}

TEST_F(GradientCycles, GoTogetherWhereLeavesShareATape) {
  {
    const Tensor x = leaf(), y = leaf();
    backward(sum(x * x * y), {.create_graph = true});
    EXPECT_EQ(collect_gradient_cycles(), 2);
  }
  EXPECT_EQ(collect_gradient_cycles(), 0);
  EXPECT_EQ(live(), 0);
}

TEST_F(GradientCycles, StayWhileTheLeafIsHeld) {
  const Tensor x = leaf();
  record_gradient(x);
  EXPECT_EQ(collect_gradient_cycles(), 1);
  EXPECT_EQ(grad(sum(x.grad()), {x})[0].data<float>()[0], 12);
}

TEST_F(GradientCycles, StayWhileTheGradientIsHeld) {
  const Tensor w = leaf();
  const Tensor g = [&] {
    const Tensor x = leaf();
    backward(sum(x * x * w), {.create_graph = true});
    return x.grad();
  }();
  w.set_grad({});
  EXPECT_EQ(collect_gradient_cycles(), 1);
  EXPECT_EQ(grad(sum(g), {w})[0].data<float>()[0], 4);
}

TEST_F(GradientCycles, StayWhileATapeIsHeld) {
  const Tensor y = [&] {
    const Tensor x = leaf();
    record_gradient(x);
    return x * x;
  }();
  EXPECT_EQ(collect_gradient_cycles(), 1);
  backward(sum(y));
}

TEST_F(GradientCycles, LeafWhoseGradientIsGivenUpGoesAtOnce) {
  {
    const Tensor x = leaf();
    record_gradient(x);
    x.set_grad({});
  }
  EXPECT_EQ(live(), 0);
}

TEST_F(GradientCycles, OfManyThreadsAreTheirs) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([] {
      for (int i = 0; i < 200; ++i) {
        const Tensor x = leaf();
        record_gradient(x);
        const Tensor g = x.grad();
        if (i % 2) collect_gradient_cycles();
        ASSERT_EQ(grad(sum(g), {x})[0].data<float>()[0], 12);
      }
    });
  for (std::thread& thread : threads) thread.join();
  collect_gradient_cycles();
  EXPECT_EQ(live(), 0);
}

}  // namespace
}  // namespace ricci
