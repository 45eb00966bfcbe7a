// The options of a plan's call: what it can use, and nothing that was settled before.
#include <gtest/gtest.h>

#include <span>
#include <vector>

#include "ricci/ricci.h"

namespace ricci {
namespace {

// What a plan settled can't be asked for again in a call.
template <class Options>
concept PlanTakes = requires(const Plan& p, std::span<const Tensor> xs, const Options& options) {
  p(xs, options);
};
static_assert(PlanTakes<RunOptions> && !PlanTakes<EinsumOptions>);

TEST(PlanCall, ScalesAsThePlansSemiringDoes) {
  const Tensor a = randn({3, 3}, {.seed = 1}), b = randn({3, 3}, {.seed = 2});
  const Tensor xs[] = {a, b};
  const std::vector<Shape> shapes{{3, 3}, {3, 3}};
  const Plan sums = plan("ij,jk->ik", shapes), largest = plan("ij,jk->ik", shapes, {.semiring = Semiring::max_plus});
  Tensor out = ones({3, 3});
  sums(xs, {.out = &out, .alpha = 2, .beta = 1});
  EXPECT_LT(max(abs(out - (2 * einsum("ij,jk->ik", a, b) + 1))).item<float>(), 1e-5f);
  EXPECT_THROW(largest(xs, {.alpha = 2}), EinsumError);
  EXPECT_THROW(largest(xs, {.out = &out, .beta = 2}), EinsumError);
  out = full({3, 3}, 100);
  largest(xs, {.out = &out, .beta = 1});
  EXPECT_EQ(min(out).item<float>(), 100);
}

}  // namespace
}  // namespace ricci
