// max_bytes through derivatives: gradients within the cap are those without one, and what is not sliced says so.
#include "ricci/ops/einsum/spellings.h"
#include "ricci/ops/index.h"
#include "ricci/ops/random.h"
#include "ricci/transform/backward.h"
#include "ricci/transform/forward.h"
#include "ricci/transform/vmap.h"
#include "tests/transform/budget_case.h"

namespace ricci::test {
namespace {

TEST(Budget, GradientsAreTheSameWithinEveryCap) {
  Random random(4);
  int sliced = 0;
  for (const Problem& problem : problems()) {
    PlanOptions options = problem.options(DType::f64);
    options.gradients = true;
    const std::vector<Tensor> xs = problem.operands(DType::f64, random);
    const Plan free = plan(problem.equation, problem.shapes, options);
    const Extents shape = free.data().whole.output_shape();
    const Tensor seed = whole_numbers(Shape(shape.begin(), shape.end()), DType::f64, random, 1);
    const Plan::Gradients expected = free.gradients(xs, seed);
    for (const double share : {1.0, 0.6, 0.3, 0.1, 0.03}) {
      const std::int64_t cap = share_of(free, share);
      const std::string what = concat(problem.equation, " in ", cap, " bytes");
      const std::optional<Plan> plan = capped(problem, options, cap);
      EXPECT_TRUE(plan || share < 1) << what;
      if (!plan) continue;
      std::optional<Plan::Gradients> found;
      const std::int64_t peak = peak_of([&] { found = plan->gradients(xs, seed); });
      expect_kept(peak, *plan, cap, what);
      EXPECT_TRUE(same_numbers(found->value, expected.value)) << what;
      for (std::size_t i = 0; i < xs.size(); ++i)
        EXPECT_TRUE(same_numbers(found->gradients[i], expected.gradients[i])) << what << ", operand " << i + 1;
      const Plan::Gradients one = plan->gradients(xs, seed, {static_cast<int>(xs.size()) - 1});
      EXPECT_TRUE(same_numbers(one.gradients.back(), expected.gradients.back())) << what;
      sliced += !plan->slices().empty();
    }
  }
  EXPECT_GT(sliced, 5);
}

TEST(Budget, BackwardKeepsTheCapOfItsForward) {
  Random random(5);
  int sliced = 0;
  for (const Problem& problem : networks()) {
    std::vector<Tensor> xs = problem.operands(DType::f64, random);
    for (Tensor& x : xs) x.set_requires_grad();
    const Tensor y = einsum(problem.equation, xs);
    const std::vector<Tensor> expected = grad(y, xs, {.gradient = ones_like(y)});
    PlanOptions options = problem.options(DType::f64);
    options.gradients = true;
    const Plan free = plan(problem.equation, problem.shapes, options);
    for (const double share : {1.0, 0.3}) {
      const std::int64_t cap = share_of(free, share);
      if (!capped(problem, options, cap)) continue;
      Tensor z;
      std::vector<Tensor> found;
      try {
        EXPECT_LE(peak_of([&] { z = einsum(problem.equation, xs, {.max_bytes = cap}); }), cap) << problem.equation;
      } catch (const BudgetError&) {
        continue;
      }
      const Tensor seed = ones_like(z);
      EXPECT_LE(peak_of([&] { found = grad(z, xs, {.gradient = seed}); }), cap) << problem.equation;
      EXPECT_TRUE(same_numbers(z, y)) << problem.equation;
      for (std::size_t i = 0; i < xs.size(); ++i) EXPECT_TRUE(same_numbers(found[i], expected[i])) << problem.equation;
      sliced += cap < free.peak_bytes();
    }
  }
  EXPECT_GT(sliced, 1);
}

// Random numbers, so that there are no ties: the winners are the same in every order.
TEST(Budget, BackwardOfOtherSemiringsKeepsTheCap) {
  const std::vector<Problem> problems{
      {"ij,jk->ik", {{40, 50}, {50, 60}}},
      {"ab,bc,cd,da->", {{11, 9}, {9, 17}, {17, 21}, {21, 11}}},
      {"iij,jk,kl->il", {{20, 20, 30}, {30, 25}, {25, 10}}},
  };
  int sliced = 0;
  for (const Semiring semiring :
       {Semiring::max_plus, Semiring::min_plus, Semiring::max_product, Semiring::log_sum_exp}) {
    for (const Problem& problem : problems) {
      std::vector<Tensor> xs;
      for (const Shape& shape : problem.shapes)
        xs.push_back(rand(shape, {.dtype = DType::f64, .requires_grad = true, .seed = 5 + xs.size()}));
      const Tensor y = einsum(problem.equation, xs, {.semiring = semiring});
      const Tensor seed = rand(y.shape(), {.dtype = DType::f64, .seed = 4});
      const std::vector<Tensor> expected = grad(y, xs, {.gradient = seed});
      PlanOptions options = problem.options(DType::f64);
      options.gradients = true;
      const Plan linear = plan(problem.equation, problem.shapes, options);
      options.semiring = semiring;
      for (const double share : {8.0, 1.5, 1.2, 1.0, 0.7}) {
        const std::string what = concat(problem.equation, " in ", name_of(semiring), ", ", share);
        const std::int64_t cap = share_of(linear, share);
        const std::optional<Plan> similar = capped(problem, options, cap);
        if (!similar || similar->slice_count() > 50) break;
        Tensor z;
        std::vector<Tensor> found;
        try {
          EXPECT_LE(peak_of([&] { z = einsum(problem.equation, xs, {.semiring = semiring, .max_bytes = cap}); }), cap);
        } catch (const BudgetError&) {
          break;
        }
        EXPECT_LE(peak_of([&] { found = grad(z, xs, {.gradient = seed}); }), cap) << what;
        for (std::size_t i = 0; i < xs.size(); ++i)
          EXPECT_LT(max(abs(found[i] - expected[i])).item<double>(), 1e-10 * max(abs(expected[i])).item<double>())
              << what << ", operand " << i + 1;
        sliced += share < 1.5;
      }
    }
  }
  EXPECT_GT(sliced, 6);
}

// All slices have a largest term: the first has the whole gradient.
TEST(Budget, OfSlicesThatTieTheFirstWins) {
  std::vector<Tensor> xs;
  for (const Shape& shape : {Shape{6, 400}, Shape{400, 6}}) xs.push_back(zeros(shape, {.requires_grad = true}));
  for (const std::int64_t cap : {1 << 20, 30'000}) {
    const Tensor y = einsum("ij,jk->ik", xs, {.semiring = Semiring::max_plus, .max_bytes = cap});
    const std::vector<Tensor> found = grad(y, xs, {.gradient = ones_like(y)});
    for (const Tensor& g : found) EXPECT_EQ(sum(g).item<float>(), 36) << cap;
  }
}

// Higher orders and forward mode are not sliced: the same numbers, or an error.
TEST(Budget, WhatIsNotSlicedSeesWholeTensors) {
  const Problem problem = of(lattice(4, 4, 3));
  Random random(9);
  const std::vector<Tensor> xs = problem.operands(DType::f64, random);
  const Plan free = plan(problem.equation, problem.shapes, problem.options(DType::f64));
  const auto tangent = [&](std::optional<std::int64_t> cap) {
    return jvp([&](const std::vector<Tensor>& in) { return einsum(problem.equation, in, {.max_bytes = cap}); }, xs, xs)
        .tangent;
  };
  const Tensor expected = tangent({});
  int kept = 0;
  for (const double share : {16.0, 1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4}) {
    try {
      EXPECT_TRUE(same_numbers(tangent(share_of(free, share)), expected)) << share;
      ++kept;
    } catch (const BudgetError&) {
    }
  }
  EXPECT_GT(kept, 0);
}

TEST(Budget, HigherOrdersTangentsAndBatches) {
  Random random(7);
  const Tensor a = whole_numbers({8, 9}, DType::f64, random).set_requires_grad();
  const Tensor b = whole_numbers({9, 7}, DType::f64, random), c = whole_numbers({7, 8}, DType::f64, random);
  const std::int64_t cap = 100'000;
  const auto f = [&](const Tensor& x) { return einsum("ij,jk,kl->", {x, b, c}, {.max_bytes = cap}); };
  const auto g = [&](const Tensor& x) { return einsum("ij,jk,kl,ij->", {x, b, c, x}, {.max_bytes = cap}); };
  const auto free = [&](const Tensor& x) { return einsum("ij,jk,kl,ij->", {x, b, c, x}); };
  const auto second = [&](const auto& h) {
    const Tensor first = grad(h(a), {a}, {.create_graph = true})[0];
    return grad(sum(first * first), {a})[0];
  };
  EXPECT_TRUE(same_bits(second(g), second(free)));
  const Tensor v = whole_numbers({8, 9}, DType::f64, random), x = a.detach();
  const TensorFunction of_one = [&](const std::vector<Tensor>& in) { return f(in[0]); };
  EXPECT_TRUE(same_bits(jvp(of_one, {x}, {v}).tangent, f(v)));
  const Tensor both = stack({x, v});
  EXPECT_TRUE(same_bits(vmap(of_one)({both}), stack({f(x), f(v)})));
}

TEST(Budget, SixteenBitFloatsAreRoundedOnce) {
  Random random(3);
  const Problem problem{"abc,cde,efa,bdf->d", {{13, 11, 12}, {12, 17, 14}, {14, 10, 13}, {11, 17, 10}}};
  const std::vector<Tensor> xs = problem.operands(DType::f16, random);
  PlanOptions options = problem.options(DType::f16);
  options.gradients = true;
  const Plan free = plan(problem.equation, problem.shapes, options);
  const Plan::Gradients expected = free.gradients(xs);
  const std::optional<Plan> plan = capped(problem, options, share_of(free, 0.5));
  ASSERT_TRUE(plan && !plan->slices().empty());
  std::optional<Plan::Gradients> found;
  const Tensor seed = ones({17}, {.dtype = DType::f16});
  const std::int64_t peak = peak_of([&] { found = plan->gradients(xs, seed); });
  expect_kept(peak, *plan, *plan->data().max_bytes, "16 bits");
  EXPECT_TRUE(same_numbers(found->value, expected.value));
  for (std::size_t i = 0; i < xs.size(); ++i) EXPECT_TRUE(same_numbers(found->gradients[i], expected.gradients[i]));
}

}  // namespace
}  // namespace ricci::test
