// max_bytes: sliced results are the unsliced ones, what is allocated never passes the cap, predictions hold.
#include "ricci/base/parallel.h"
#include "ricci/ops/einsum/spellings.h"
#include "ricci/ops/random.h"
#include "tests/transform/budget_case.h"

namespace ricci::test {
namespace {

constexpr double kShares[] = {1.0, 0.3, 0.1, 0.03};

void expect_same_within_caps(const Problem& problem, const PlanOptions& options, const std::vector<Tensor>& xs,
                             int& sliced) {
  const Plan free = plan(problem.equation, problem.shapes, options);
  const Tensor expected = free(xs);
  const bool is_view = expected.impl()->is_view;  // of an only operand: nothing is allocated
  for (const double share : kShares) {
    const std::int64_t cap = share_of(free, share);
    const std::string what = concat(problem.equation, " in ", cap, " bytes, ", name_of(options.semiring));
    const std::optional<Plan> plan = capped(problem, options, cap);
    EXPECT_TRUE(plan || share < 1) << what;
    if (!plan) continue;
    Tensor y;
    const std::int64_t peak = peak_of([&] { y = (*plan)(xs); });
    EXPECT_TRUE(same_numbers(y, expected)) << what;
    if (!is_view) expect_kept(peak, *plan, cap, what);
    sliced += !plan->slices().empty();
  }
}

TEST(Budget, ForwardIsTheSameWithinEveryCap) {
  Random random(1);
  int sliced = 0;
  for (const Problem& problem : problems())
    expect_same_within_caps(problem, problem.options(DType::f64), problem.operands(DType::f64, random), sliced);
  EXPECT_GT(sliced, 18);
}

TEST(Budget, InEverySemiringAndDtype) {
  Random random(2);
  int sliced = 0;
  for (const Problem& problem : networks()) {
    for (const Semiring semiring : {Semiring::max_plus, Semiring::min_plus, Semiring::max_product}) {
      PlanOptions options = problem.options(DType::f32);
      options.semiring = semiring;
      expect_same_within_caps(problem, options, problem.operands(DType::f32, random, 0), sliced);
    }
    for (const DType dtype : {DType::c128, DType::i8, DType::b8})
      expect_same_within_caps(problem, problem.options(dtype), problem.operands(dtype, random), sliced);
  }
  EXPECT_GT(sliced, 80);
}

TEST(Budget, LogSumExpAddsItsSlices) {
  for (const Problem& problem : networks()) {
    PlanOptions options = problem.options(DType::f64);
    options.semiring = Semiring::log_sum_exp;
    std::vector<Tensor> xs;
    for (const Shape& shape : problem.shapes) xs.push_back(randn(shape, {.dtype = DType::f64}));
    const Plan free = plan(problem.equation, problem.shapes, options);
    const std::optional<Plan> plan = capped(problem, options, share_of(free, 0.3));
    if (!plan) continue;
    const Tensor y = (*plan)(xs), expected = free(xs);
    EXPECT_LT(max(abs(y - expected)).item<double>(), 1e-12 * max(abs(expected)).item<double>()) << problem.equation;
  }
}

TEST(Budget, SameBitsForAnyNumberOfThreads) {
  const Problem problem = of(lattice(6, 6, 3));
  std::vector<Tensor> xs;
  for (const Shape& shape : problem.shapes) xs.push_back(randn(shape));
  PlanOptions options{.gradients = true};
  options.max_bytes = plan(problem.equation, problem.shapes, options).peak_bytes() / 3;
  const int before = num_threads();
  std::optional<Plan::Gradients> first;
  for (const int threads : {1, 2, 3}) {
    set_num_threads(threads);
    const Plan sliced = plan(problem.equation, problem.shapes, options);
    ASSERT_FALSE(sliced.slices().empty());
    const Plan::Gradients found = sliced.gradients(xs);
    if (!first) first = found;
    EXPECT_TRUE(same_bits(found.value, first->value));
    for (std::size_t i = 0; i < xs.size(); ++i) EXPECT_TRUE(same_bits(found.gradients[i], first->gradients[i]));
  }
  set_num_threads(before);
}

TEST(Budget, ViewsBroadcastsConversionsAndScalingAreCounted) {
  Random random(6);
  const Tensor a = transpose(whole_numbers({50, 40, 9}, DType::f32, random), AxisList{2, 1, 0});  // (9, 40, 50)
  const Tensor b = whole_numbers({1, 50, 60}, DType::i32, random), c = whole_numbers({9, 60, 7}, DType::f32, random);
  const std::string equation = "bij,bjk,bkl->il";
  const Tensor expected = einsum(equation, {a, b, c});
  const Tensor base = whole_numbers({7, 40}, DType::f32, random);
  for (const std::int64_t cap : {60'000, 40'000, 30'000}) {
    Tensor y, out = transpose(clone(base), 0, 1);
    EXPECT_LE(peak_of([&] { y = einsum(equation, {a, b, c}, {.max_bytes = cap}); }), cap);
    EXPECT_TRUE(same_bits(y, expected));
    EXPECT_LE(peak_of([&] { y = einsum(equation, {a, b, c}, {.alpha = 3, .max_bytes = cap}); }), cap);
    EXPECT_TRUE(same_bits(y, expected * 3));
    EXPECT_LE(peak_of([&] {
                einsum(equation, {a, b, c}, {.out = &out, .alpha = 2, .beta = -1, .max_bytes = cap});
              }),
              cap);
    EXPECT_TRUE(same_bits(out, expected * 2 - transpose(base, 0, 1)));
  }
}

TEST(Budget, ARefusalSaysTheLeastThatWouldDo) {
  const std::vector<Shape> shapes{{40, 50}, {50, 60}, {60, 30}};
  EXPECT_EQ(message_of<BudgetError>([&] { plan("ij,jk,kl->il", shapes, {.max_bytes = 4000}); }),
            "max_bytes is 4000, but ij,jk,kl->il takes at least 4864 bytes in the orders that were tried\n"
            "  give max_bytes=4864, which slices l into 30, j into 4");
  EXPECT_EQ(message_of<BudgetError>([&] {
              plan("ij->ji", {{40, 50}}, {.max_bytes = 4000});
            }),
            "max_bytes is 4000, but ij->ji takes at least 8000 bytes in the orders that were tried\n"
            "  give max_bytes=8000; no slicing makes it less");
  for (const std::int64_t cap : {0, -1})
    EXPECT_EQ(message_of<EinsumError>([&] { plan("ij,jk,kl->il", shapes, {.max_bytes = cap}); }),
              concat("max_bytes is ", cap, "; a budget is 1 byte or more\n  leave it away, and memory has no bound"));
  // What is named is enough, for every network, forward and with gradients.
  std::vector<Problem> all = networks();
  all.erase(all.begin());  // its search takes long
  for (const Problem& problem : all) {
    for (const bool gradients : {false, true}) {
      const std::string told = message_of<BudgetError>(
          [&] { plan(problem.equation, problem.shapes, {.max_bytes = 1, .gradients = gradients}); });
      const std::size_t at = told.find("max_bytes=");
      ASSERT_NE(at, std::string::npos) << told;
      const std::int64_t least = std::stoll(told.substr(at + 10));
      EXPECT_EQ(plan(problem.equation, problem.shapes, {.max_bytes = least, .gradients = gradients}).data().max_bytes,
                least);
    }
  }
}

TEST(Budget, NothingIsComputedBeforeARefusal) {
  const Tensor a = ones({40, 50}), b = ones({50, 60}), c = ones({60, 30}).set_requires_grad();
  EXPECT_EQ(peak_of([&] { EXPECT_THROW(einsum("ij,jk,kl->il", {a, b, c}, {.max_bytes = 4000}), BudgetError); }), 0);
  // Forward fits, but the gradient of c would not.
  EXPECT_NO_THROW(einsum("ij,jk,kl->", {a, b, c.detach()}, {.max_bytes = 4000}));
  EXPECT_THROW(einsum("ij,jk,kl->", {a, b, c}, {.max_bytes = 4000}), BudgetError);
}

}  // namespace
}  // namespace ricci::test
