// Anomaly mode: what a node remembers of where it was made.
#include "ricci/autograd/anomaly.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/autograd/operations.h"

namespace ricci {
namespace {

using testing::exponential;
using testing::leaf;
using testing::vector_of;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

TEST(Anomaly, LooksAtEveryElement) {
  EXPECT_TRUE(all_finite(vector_of({1, -2, 0})));
  EXPECT_FALSE(all_finite(vector_of({1, std::nan(""), 0})));
  EXPECT_FALSE(all_finite(vector_of({1, 2, -kInfinity})));
  EXPECT_TRUE(all_finite(make_view(vector_of({1, kInfinity, 3}), {2}, {2}, 0))) << "of the view's own";
  EXPECT_TRUE(all_finite(vector_of({})));
  EXPECT_TRUE(all_finite(empty({3}, {.dtype = DType::i32}))) << "whole numbers have none";
  EXPECT_FALSE(all_finite(make_batched(2, make_view(vector_of({1, kInfinity}), {2, 1}, {1, 1}, 0))));
}

TEST(Anomaly, NodesRememberTheirOrigin) {
  const Tensor x = leaf({1, 1000});
  {
    const DetectAnomaly scope([] { return std::string("line 7"); });
    EXPECT_TRUE(detecting_anomalies());
    const Tensor y = exponential(x);
    ASSERT_TRUE(node_of(y)->origin());
    EXPECT_EQ(node_of(y)->origin()->where, "line 7");
    EXPECT_FALSE(node_of(y)->origin()->finite);
    EXPECT_TRUE(node_of(accumulate(x, x))->origin()->finite);
  }
  EXPECT_FALSE(node_of(exponential(x))->origin());
}

TEST(Anomaly, ScopesNest) {
  const Tensor x = leaf({1});
  const auto where = [&] { return node_of(exponential(x))->origin()->where; };
  EXPECT_FALSE(detecting_anomalies());
  const DetectAnomaly outer([] { return std::string("outer"); });
  {
    const DetectAnomaly inner;
    EXPECT_EQ(where(), "");
  }
  EXPECT_EQ(where(), "outer");
}

}  // namespace
}  // namespace ricci
