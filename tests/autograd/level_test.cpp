// Wrappers and their levels: forward mode's duals, vmap's batches, one inside the other.
#include "ricci/autograd/level.h"

#include <gtest/gtest.h>

#include "ricci/autograd/dual.h"
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

TEST(Level, IsNeverUsedAgain) {
  std::int64_t first = 0;
  {
    const LevelScope outer, inner;
    EXPECT_LT(outer.level(), inner.level());
    first = inner.level();
  }
  EXPECT_GT(LevelScope().level(), first);
  EXPECT_GT(first, 0) << "0 is that of plain tensors";
}

TEST(Level, TheHighestIsTakenApartFirst) {
  const Tensor x = vector_of({1});
  const Tensor low = make_dual(3, x, vector_of({2})), high = make_dual(5, low, vector_of({4}));
  const Tensor all[] = {x, low, high};
  EXPECT_EQ(level_of({all, 1}), 0);
  EXPECT_EQ(outermost({all, 1}), nullptr);
  EXPECT_EQ(level_of({all, 2}), 3);
  EXPECT_EQ(level_of(all), 5);
  EXPECT_TRUE(plain(high).impl() == x.impl());
  EXPECT_TRUE(dual_of(high, 5));
  EXPECT_FALSE(dual_of(high, 3)) << "that one is inside";
  EXPECT_TRUE(make_dual(9, x, {}).impl() == x.impl()) << "no tangent, no dual";
}

TEST(Level, ADerivativeAnywhereInsideCounts) {
  const Tensor x = vector_of({1}), w = leaf({2});
  EXPECT_FALSE(is_differentiated(x));
  EXPECT_FALSE(is_differentiated({}));
  EXPECT_TRUE(is_differentiated(w));
  const Tensor batch = make_batched(4, make_view(w, {1, 1}, {1, 1}, 0));
  EXPECT_FALSE(is_differentiated(batch)) << "a view has no history";
  EXPECT_TRUE(is_differentiated(make_batched(4, product(w, w))));
  EXPECT_TRUE(is_differentiated(make_dual(5, x, exponential(w))));
}

TEST(Level, TangentsFollowTheRules) {
  const Tensor x = make_dual(2, vector_of({3}), vector_of({1})), c = vector_of({5});
  const auto tangent = [](const Tensor& y) { return values_of(dual_of(y, 2)->tangent()); };
  EXPECT_EQ(tangent(product(x, x)), Values{6}) << "both operands move";
  EXPECT_EQ(tangent(product(c, x)), Values{5});
  EXPECT_EQ(tangent(product(x, product(x, x))), Values{27});
  EXPECT_EQ(values_of(dual_of(product(x, x), 2)->primal()), Values{9});
}

// d/dx (x * d/dy (x * y)) = d/dx (x * x): the inner tangent of x must not be taken for the outer one's.
TEST(Level, PerturbationsAreNotConfused) {
  const LevelScope outer;
  const Tensor x = make_dual(outer.level(), vector_of({3}), vector_of({1}));
  const LevelScope inner;
  const Tensor y = make_dual(inner.level(), vector_of({7}), vector_of({1}));
  const Tensor slope = dual_of(product(x, y), inner.level())->tangent();
  const Tensor all = product(x, slope);
  EXPECT_EQ(values_of(dual_of(all, outer.level())->tangent()), Values{6});
}

TEST(Level, HistoryLiesOutsideItsWrapper) {
  const Tensor w = leaf({2}), x = make_dual(3, vector_of({5}), vector_of({1}));
  const Tensor y = product(w, x);  // recorded, and a dual
  ASSERT_TRUE(y.requires_grad());
  EXPECT_EQ(values_of(dual_of(y, 3)->tangent().detach()), Values{2});
  const Tensor g = pulled_back(y, vector_of({1}))[0];
  EXPECT_EQ(values_of(dual_of(g, 3)->primal()), Values{5});
  EXPECT_EQ(values_of(dual_of(g, 3)->tangent()), Values{1}) << "the gradient moves with x";
  EXPECT_TRUE(y.detach().is_leaf());
}

TEST(Duals, AreMadeOfPointsAndTangentsThatFit) {
  const std::vector<Tensor> xs{vector_of({1, 2}), vector_of({3})};
  const std::vector<Tensor> duals = make_duals("jvp", 2, xs, {vector_of({1, 1}), Tensor()});
  EXPECT_TRUE(dual_of(duals[0], 2));
  EXPECT_FALSE(duals[1].impl()->wrapper);
  EXPECT_EQ(message([&] {
              make_duals("hvp", 2, xs, {vector_of({1}), Tensor()});
            }),
            "hvp: tangent 1 is float64 of shape (1,), its point float64 of shape (2,)");
  const std::vector<Tensor> whole{empty({1}, {.dtype = DType::i64})};
  EXPECT_NE(message([&] { make_duals("jvp", 2, whole, whole); }).find("which has no derivatives"), std::string::npos);
}

}  // namespace
}  // namespace ricci
