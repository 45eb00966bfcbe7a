// What einsum() keeps of earlier calls: the same call finds it, every other call does not.
#include "ricci/ops/einsum/einsum_cache.h"

#include <gtest/gtest.h>

#include "ricci/ops/create.h"

namespace ricci {
namespace {

std::shared_ptr<const Prepared> of(std::string_view equation, const std::vector<Tensor>& operands,
                                   const EinsumOptions& options = {}) {
  return prepared(equation, Operands(operands.data(), operands.size()), options);
}

TEST(Prepared, TheSameCallAgainIsFound) {
  const std::vector<Tensor> xs = {ones({2, 3}), ones({3, 4})}, others = {zeros({2, 3}), zeros({3, 4})};
  const auto first = of("ij,jk->ik", xs);
  EXPECT_EQ(of("ij,jk->ik", xs), first);
  EXPECT_EQ(of("ij,jk->ik", others), first) << "values do not matter";
}

TEST(Prepared, AnyDifferenceIsAnotherCall) {
  const std::vector<Tensor> xs = {ones({3, 3}), ones({3, 3})};
  const auto first = of("ij,jk->ik", xs);
  EXPECT_NE(of("ij,jk->ki", xs), first);
  EXPECT_NE(of("ij, jk->ik", xs), first);
  EXPECT_NE(of("ij,jk->ik", {ones({2, 3}), ones({3, 3})}), first);
  EXPECT_NE(of("ij,jk->ik", {ones({3, 3}), ones({3, 3}, {.dtype = DType::f64})}), first);
  EXPECT_NE(of("ij,jk->ik", xs, {.semiring = Semiring::max_plus}), first);
  EXPECT_NE(of("ij,jk->ik", xs, {.strict = true}), first);
  EXPECT_NE(of("ij,jk->ik", xs, {.optimize = std::string("greedy")}), first);
  EXPECT_NE(of("ij,jk->ik", xs, {.optimize = false}), first);
  const auto transposed = of("ij,jk->ik", {ones({3, 3}), ones({3, 1})});
  EXPECT_EQ(transposed->squeezed[1].size(), 0u);
  const auto broadcast = of("ij,jk->ik", {ones({3, 3}), ones({1, 3})});
  EXPECT_EQ(broadcast->squeezed[1], (SmallVector<int, 4>{0}));
}

TEST(Prepared, OptionsOfAnySizeAreNotKept) {
  const std::vector<Tensor> xs = {ones({3})};
  EXPECT_NE(of("i->ik", xs, {.sizes = {{"k", 2}}}), of("i->ik", xs, {.sizes = {{"k", 2}}}));
  EXPECT_EQ(of("i->ik", xs, {.sizes = {{"k", 5}}})->plan->whole.output_shape(), (Extents{3, 5}));
}

TEST(Prepared, AWrongCallIsToldEveryTime) {
  const std::vector<Tensor> xs = {ones({2, 3}), ones({4, 5})};
  for (int again = 0; again < 2; ++again) EXPECT_THROW(of("ij,jk->ik", xs), EinsumError);
}

TEST(Prepared, MoreCallsThanAreKeptStayRight) {
  for (int round = 0; round < 2; ++round)
    for (std::int64_t n = 1; n < 300; ++n)
      ASSERT_EQ(of("i,j->ij", {ones({n}), ones({2})})->plan->whole.output_shape(), (Extents{n, 2}));
}

}  // namespace
}  // namespace ricci
