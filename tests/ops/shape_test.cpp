// Shapes and positions: what shape functions, masks and the spellings of einsum make of them, and what they refuse.
#include "ricci/ops/shape.h"

#include <gtest/gtest.h>

#include "ricci/ops/create.h"
#include "ricci/ops/einsum/spellings.h"
#include "ricci/ops/elementwise.h"
#include "ricci/ops/index.h"
#include "ricci/ops/reduce.h"

namespace ricci {
namespace {

TEST(Shape, FlattenJoinsAxes) {
  const Tensor x = reshape(arange(24), {2, 3, 4});
  EXPECT_EQ(flatten(x).shape(), (Shape{24}));
  EXPECT_EQ(flatten(x, 1).shape(), (Shape{2, 12}));
  EXPECT_EQ(flatten(x, 0, -2).shape(), (Shape{6, 4}));
  EXPECT_EQ(flatten(zeros({0, 3, 2}), 1).shape(), (Shape{0, 6}));
  EXPECT_EQ(flatten(zeros({0, 3, 0}), 0, 1).shape(), (Shape{0, 0}));
  EXPECT_EQ(flatten(full({}, 3)).shape(), (Shape{1}));
  EXPECT_TRUE(flatten(x).impl()->is_view);
  EXPECT_THROW(flatten(x, 2, 1), ShapeError);
  EXPECT_THROW(flatten(x, 3), ShapeError);
}

TEST(Shape, TransposeExchangesTwoAxes) {
  const Tensor x = reshape(arange(24), {2, 3, 4});
  EXPECT_EQ(transpose(x, 0, -1).shape(), (Shape{4, 3, 2}));
  EXPECT_EQ(transpose(x, 1, 1).shape(), (Shape{2, 3, 4}));
  EXPECT_TRUE(min(equal(transpose(x, 2, 1), matrix_transpose(x))).item<bool>());
  EXPECT_THROW(transpose(x, 0, 3), ShapeError);
}

TEST(Index, AMaskPicksRows) {
  const Tensor x = reshape(arange(12), {2, 3, 2});
  const Tensor picked = select(x, tensor({{false, true, false}, {true, false, true}}));
  EXPECT_TRUE(picked.shape() == (Shape{3, 2}) && min(equal(picked, tensor({{2, 3}, {6, 7}, {10, 11}}))).item<bool>());
  EXPECT_TRUE(min(equal(select(x, greater(x, 8)), tensor({9, 10, 11}))).item<bool>());
  EXPECT_EQ(select(x, equal(x, 99)).shape(), (Shape{0}));
  EXPECT_EQ(select(x, full({}, true, {.dtype = DType::b8})).shape(), (Shape{1, 2, 3, 2}));
  EXPECT_EQ(select(zeros({0, 3}), zeros({0}, {.dtype = DType::b8})).shape(), (Shape{0, 3}));
  // Columns of a mask that do not lie one after the other.
  const Tensor mask = transpose(tensor({{true, false}, {false, true}, {false, false}}));
  EXPECT_TRUE(min(equal(select(x, mask), tensor({{0, 1}, {8, 9}}))).item<bool>());
  EXPECT_THROW(select(x, tensor({true, false, true})), ShapeError);
  EXPECT_THROW(select(x, tensor({1, 0})), DTypeError);
}

TEST(Index, AnEmptyAxisHasNoPositions) {
  try {
    slice(zeros({2, 0}), {std::int64_t{0}, std::int64_t{0}});
    FAIL();
  } catch (const IndexError& error) {
    EXPECT_TRUE(std::string_view(error.what()).find("the axis is empty") != std::string_view::npos) << error.what();
  }
}

// None of these takes an equation, so a wrong extent is told in terms of axes.
TEST(Spellings, WrongShapesAreShapeErrors) {
  EXPECT_THROW(dot(ones({3}), ones({4})), ShapeError);
  EXPECT_THROW(dot(ones({1}), ones({4})), ShapeError);
  EXPECT_THROW(bmm(ones({2, 3, 4}), ones({5, 4, 2})), ShapeError);
  EXPECT_THROW(bmm(ones({2, 3, 4}), ones({2, 5, 2})), ShapeError);
  EXPECT_THROW(bmm(ones({1, 3, 4}), ones({2, 4, 2})), ShapeError);
  EXPECT_THROW(matmul(ones({2, 3, 4}), ones({5, 4, 2})), ShapeError);
  EXPECT_EQ(matmul(ones({4}), ones({5, 4, 2})).shape(), (Shape{5, 2}));
  const Tensor w = ones({5, 3, 4});
  EXPECT_THROW(bilinear(ones({6, 2}), ones({6, 4}), w), ShapeError);
  EXPECT_THROW(bilinear(ones({6, 3}), ones({6, 3}), w), ShapeError);
  EXPECT_THROW(bilinear(ones({6, 3}), ones({7, 4}), w), ShapeError);
  EXPECT_THROW(bilinear(ones({6, 3}), ones({4}), w), ShapeError);
  EXPECT_THROW(bilinear(ones({}), ones({4}), w), ShapeError);
  EXPECT_THROW(bilinear(ones({6, 3}), ones({6, 4}), w, ones({6})), ShapeError);
  EXPECT_EQ(bilinear(ones({3}), ones({4}), w, ones({5})).shape(), (Shape{5}));
}

TEST(Create, AnIdentityHasNoNegativeExtent) {
  EXPECT_THROW(eye(3, -5), ShapeError);
  EXPECT_THROW(eye(-1), ShapeError);
  EXPECT_EQ(eye(3).shape(), (Shape{3, 3}));
  EXPECT_EQ(sum(eye(2, 5)).item<float>(), 2.f);
}

}  // namespace
}  // namespace ricci
