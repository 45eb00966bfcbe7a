// Batches: many tensors as one, and the two operations that repeat along a new axis and sum over it.
#include "ricci/autograd/batched.h"

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

// [batch, axis], row by row.
Tensor matrix(std::initializer_list<double> values, std::int64_t rows) {
  const auto columns = static_cast<std::int64_t>(values.size()) / rows;
  return make_view(vector_of(values), {rows, columns}, {columns, 1}, 0);
}

TEST(Batched, HidesItsFirstAxis) {
  const Tensor whole = matrix({1, 2, 3, 4, 5, 6}, 2), many = make_batched(3, whole);
  EXPECT_EQ(many.shape(), Shape{3});
  EXPECT_EQ(many.strides(), Strides{1});
  EXPECT_EQ(batched_of(many, 3)->batch(), 2);
  EXPECT_TRUE(batched_of(many, 3)->value.impl() == whole.impl());
  EXPECT_FALSE(batched_of(many, 2));
  EXPECT_FALSE(batched_of(whole, 3));
  EXPECT_EQ(message([&] { many.raw_data(); }).substr(0, 43), "vmap: this tensor of shape (3,) stands for ");
}

TEST(Batched, OperationsRunOnceOnTheWhole) {
  const Tensor many = make_batched(3, matrix({1, 2, 3, 4}, 2)), one = vector_of({10, 100});
  EXPECT_EQ(values_of(batched_of(product(many, many), 3)->value), (Values{1, 4, 9, 16}));
  EXPECT_EQ(values_of(batched_of(product(many, one), 3)->value), (Values{10, 200, 30, 400}));
  EXPECT_EQ(values_of(batched_of(product(one, many), 3)->value), (Values{10, 200, 30, 400}));
  EXPECT_EQ(values_of(batched_of(accumulate(many, one), 3)->value), (Values{11, 102, 13, 104}));
}

TEST(Batched, Nest) {
  // [outer 2, inner 3, axis 1] as one number of each pair, times an outer one.
  const Tensor whole = make_view(vector_of({1, 2, 3, 4, 5, 6}), {2, 3, 1}, {3, 1, 1}, 0);
  const Tensor outer = make_batched(1, whole), both = make_batched(2, outer);
  const Tensor factor = make_batched(1, matrix({10, 100}, 2));
  const Tensor y = batched_of(batched_of(product(both, factor), 2)->value, 1)->value;
  EXPECT_EQ(y.shape(), (Shape{2, 3, 1}));
  EXPECT_EQ(values_of(y), (Values{10, 20, 30, 400, 500, 600}));
}

TEST(Batched, DetachLosesTheHistoryInsideToo) {
  const Tensor w = leaf({1, 2});
  const Tensor many = make_batched(3, spread(product(w, w), 2));
  EXPECT_TRUE(batched_of(many, 3)->value.requires_grad());
  const Tensor alone = many.detach();
  EXPECT_TRUE(batched_of(alone, 3));
  EXPECT_FALSE(batched_of(alone, 3)->value.requires_grad());
}

TEST(Spread, IsAViewThatStandsStill) {
  const Tensor x = vector_of({1, 2}), y = spread(x, 3);
  EXPECT_EQ(y.shape(), (Shape{3, 2}));
  EXPECT_EQ(y.strides(), (Strides{0, 1}));
  EXPECT_TRUE(y.storage() == x.storage());
}

TEST(Spread, SumsItsGradientAndSpreadsItsTangent) {
  const Tensor x = leaf({1, 2}), seed = matrix({1, 2, 3, 4, 5, 6}, 3);
  const Tensor g = pulled_back(spread(x, 3), seed)[0];
  EXPECT_EQ(values_of(g), (Values{9, 12}));
  const Tensor dual = make_dual(2, x.detach(), vector_of({7, 8}));
  EXPECT_EQ(values_of(dual_of(spread(dual, 2), 2)->tangent()), (Values{7, 8, 7, 8}));
}

TEST(Spread, AndItsAdjointAreEachOthersDerivative) {
  const Tensor x = leaf({1, 2}), seed = leaf({1});
  const Tensor flat = matrix({1, 2, 3, 4, 5, 6}, 3).set_requires_grad();
  const Tensor sum = pulled_back(spread(x, 3), flat, true)[0];  // recorded: a function of the seed
  ASSERT_TRUE(sum.requires_grad());
  EXPECT_EQ(node_of(sum)->name(), "sum");
  EXPECT_EQ(values_of(pulled_back(sum, vector_of({5, 6}))[0]), (Values{5, 6, 5, 6, 5, 6}));
}

TEST(Spread, OfABatchPutsTheNewAxisBelowIt) {
  const Tensor many = make_batched(4, matrix({1, 2, 3, 4}, 2));
  const Tensor y = batched_of(spread(many, 3), 4)->value;
  EXPECT_EQ(y.shape(), (Shape{2, 3, 2}));
  EXPECT_EQ(values_of(y), (Values{1, 2, 1, 2, 1, 2, 3, 4, 3, 4, 3, 4}));
}

}  // namespace
}  // namespace ricci
