// Values that another framework keeps: the door hands it every operation on one, and asks nothing of the elements.
#include "ricci/autograd/foreign.h"

#include <gtest/gtest.h>

#include "ricci/autograd/dual.h"
#include "tests/autograd/operations.h"
#include "tests/message.h"

namespace ricci {
namespace {

using testing::message;
using testing::product;
using testing::vector_of;

// A framework that notes what it is handed, and makes a value of the operation's type.
struct Framework final : Foreign {
  explicit Framework(std::vector<std::string>& n) : noted(n) {}
  Tensor call(const Ref<Op>& op, Operands inputs) const override {
    noted.push_back(std::string(op->name()));
    const TensorType type = op->output_type(inputs);
    return make_foreign(type.shape, type.dtype, make_ref<Framework>(noted));
  }
  std::vector<std::string>& noted;
};

class ForeignTest : public ::testing::Test {
 protected:
  Tensor value(const Shape& shape) { return make_foreign(shape, DType::f64, make_ref<Framework>(noted)); }
  std::vector<std::string> noted;
};

TEST_F(ForeignTest, HasShapeAndDtypeButNoElements) {
  const Tensor x = value({2, 3});
  EXPECT_EQ(x.shape(), (Shape{2, 3}));
  EXPECT_EQ(x.strides(), (Strides{3, 1}));
  EXPECT_EQ(x.dtype(), DType::f64);
  EXPECT_TRUE(foreign_of(x));
  EXPECT_FALSE(foreign_of(vector_of({1})));
  EXPECT_EQ(message([&] { x.raw_data(); }),
            "the values of a tensor of shape (2, 3) are not known here, only its shape\n"
            "  what is traced by another framework has no values until it runs");
  EXPECT_EQ(value({0}).raw_data(), nullptr);
}

TEST_F(ForeignTest, OperationsGoToTheFramework) {
  const Tensor x = value({2}), own = vector_of({1, 2});
  const Tensor y = product(own, product(x, x));
  EXPECT_EQ(noted, (std::vector<std::string>{"product", "product"}));
  EXPECT_TRUE(foreign_of(y));
  const Tensor both[] = {own, x};
  EXPECT_EQ(foreign_among(both), foreign_of(x));
  EXPECT_EQ(foreign_among({both, 1}), nullptr);
}

TEST_F(ForeignTest, ADualOfOneIsTakenApartFirst) {
  const Tensor x = make_dual(2, value({2}), value({2}));
  const Tensor y = product(x, x);
  ASSERT_TRUE(dual_of(y, 2));
  EXPECT_TRUE(foreign_of(dual_of(y, 2)->tangent()));
  EXPECT_EQ(noted, (std::vector<std::string>{"product", "product", "product", "add"}));
}

TEST(OutputType, IsWhatARunGives) {
  const Tensor x = empty({2, 3}, {.dtype = DType::f32}), outline = make_metadata({2, 3}, DType::f32);
  const auto op = make_ref<testing::Exponential>();
  const TensorType type = op->output_type({&outline, 1});
  const Tensor y = op->run({&x, 1});
  EXPECT_EQ(type.shape, y.shape());
  EXPECT_EQ(type.dtype, y.dtype());
}

}  // namespace
}  // namespace ricci
