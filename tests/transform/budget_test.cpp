// max_bytes: sliced results are the unsliced ones, what is allocated never passes the cap, predictions hold.
#include <gtest/gtest.h>

#include <cstring>

#include "ricci/base/parallel.h"
#include "ricci/ops/create.h"
#include "ricci/ops/elementwise.h"
#include "ricci/ops/index.h"
#include "ricci/ops/plan.h"
#include "ricci/ops/random.h"
#include "ricci/ops/reduce.h"
#include "ricci/ops/shape.h"
#include "ricci/ops/spellings.h"
#include "ricci/transform/backward.h"
#include "ricci/transform/forward.h"
#include "ricci/transform/vmap.h"
#include "tests/equations.h"
#include "tests/path/networks.h"

namespace ricci {
namespace {

using test::below;
using test::message_of;

// What f allocates at once beyond what is there; what it keeps included.
template <class F>
std::int64_t peak_of(F&& f) {
  const std::int64_t before = memory::live_bytes();
  memory::reset_peak();
  f();
  return memory::peak_bytes() - before;
}

// Small whole numbers: every order of adding is exact.
Tensor whole_numbers(const Shape& shape, DType dtype, test::Random& random, int least = -1) {
  const Tensor x = empty(shape, {.dtype = DType::f64});
  for (std::int64_t i = 0; i < x.numel(); ++i) x.data<double>()[i] = static_cast<double>(below(random, 3)) + least;
  return to(x, dtype);
}

bool same_bits(const Tensor& a, const Tensor& b) {
  if (a.shape() != b.shape() || a.dtype() != b.dtype()) return false;
  const Tensor x = contiguous(a), y = contiguous(b);
  return x.numel() == 0 || std::memcmp(x.raw_data(), y.raw_data(), static_cast<std::size_t>(x.nbytes())) == 0;
}

// Of two orders: the sign of a zero depends on how it was added up.
bool same_numbers(const Tensor& a, const Tensor& b) {
  if (a.shape() != b.shape() || a.dtype() != b.dtype()) return false;
  return a.numel() == 0 || min(to(equal(a, b), DType::i64)).item<std::int64_t>() == 1;
}

struct Problem {
  std::string equation;
  std::vector<Shape> shapes;
  std::map<std::string, std::int64_t> sizes{};

  PlanOptions options(DType dtype) const { return {.dtype = dtype, .sizes = sizes}; }
  std::vector<Tensor> operands(DType dtype, test::Random& random, int least = -1) const {
    std::vector<Tensor> out;
    for (const Shape& shape : shapes) out.push_back(whole_numbers(shape, dtype, random, least));
    return out;
  }
};

Problem of(const Contraction& contraction) {
  Problem out{contraction.equation(), {}};
  for (const Term& term : contraction.inputs) {
    const Extents shape = contraction.shape_of(term.labels);
    out.shapes.emplace_back(shape.begin(), shape.end());
  }
  return out;
}

std::vector<Problem> networks() {
  std::vector<Problem> out{of(test::three_regular(60, 7)), of(test::lattice(6, 6, 3)), of(test::lattice(3, 5, 6))};
  const auto add = [&](const std::string& equation, std::initializer_list<Shape> shapes) {
    out.push_back({equation, shapes});
  };
  add("ij,jk,kl->il", {{40, 50}, {50, 60}, {60, 30}});
  add("ab,bc,cd,de,ea->", {{31, 29}, {29, 37}, {37, 41}, {41, 23}, {23, 31}});
  add("abc,cde,efa,bdf->", {{13, 11, 12}, {12, 17, 14}, {14, 10, 13}, {11, 17, 10}});
  add("abc,cde,efa->bdf", {{13, 4, 12}, {12, 5, 14}, {14, 3, 13}});
  add("iij,jk,kl->il", {{20, 20, 30}, {30, 25}, {25, 10}});
  add("iaj,jbk,kci,il,lm->m", {{19, 7, 23}, {23, 7, 17}, {17, 7, 19}, {19, 40}, {40, 3}});
  add("ia,ja,ka,la->ij", {{6, 50}, {7, 50}, {8, 50}, {9, 50}});
  add("xa,ya,za,xyzb->b", {{12, 9}, {13, 9}, {14, 9}, {12, 13, 14, 5}});
  return out;
}

std::vector<Problem> problems() {
  std::vector<Problem> out = networks();
  for (const testing::Row& row : testing::equations()) {
    out.push_back({row.equation, {}, row.sizes});
    for (const auto& shape : row.shapes) out.back().shapes.emplace_back(shape.begin(), shape.end());
  }
  return out;
}

constexpr double kMostSlices = 1000;  // that a test has the time for
constexpr double kShares[] = {1.0, 0.3, 0.1, 0.03};

std::int64_t share_of(const Plan& plan, double share) {
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(share * static_cast<double>(plan.peak_bytes())));
}

// The plan within the cap, or none where it is refused before anything is computed.
std::optional<Plan> capped(const Problem& problem, PlanOptions options, std::int64_t cap) {
  std::optional<Plan> out;
  options.max_bytes = cap;
  const std::int64_t peak = peak_of([&] {
    try {
      out = plan(problem.equation, problem.shapes, options);
    } catch (const BudgetError&) {
    }
  });
  EXPECT_EQ(peak, 0) << "planning computes nothing";
  if (out && out->slice_count() > kMostSlices) return std::nullopt;
  return out;
}

void expect_kept(std::int64_t peak, const Plan& plan, std::int64_t cap, const std::string& what) {
  EXPECT_LE(peak, plan.peak_bytes()) << what;
  EXPECT_LE(plan.peak_bytes(), cap) << what;
  EXPECT_GE(static_cast<double>(peak), 0.95 * static_cast<double>(plan.peak_bytes())) << what;
}

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
  test::Random random(1);
  int sliced = 0;
  for (const Problem& problem : problems())
    expect_same_within_caps(problem, problem.options(DType::f64), problem.operands(DType::f64, random), sliced);
  EXPECT_GT(sliced, 18);
}

TEST(Budget, InEverySemiringAndDtype) {
  test::Random random(2);
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

TEST(Budget, SixteenBitFloatsAreRoundedOnce) {
  test::Random random(3);
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

TEST(Budget, GradientsAreTheSameWithinEveryCap) {
  test::Random random(4);
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
  test::Random random(5);
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
  const Problem problem = of(test::lattice(4, 4, 3));
  test::Random random(9);
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

TEST(Budget, SameBitsForAnyNumberOfThreads) {
  const Problem problem = of(test::lattice(6, 6, 3));
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
  test::Random random(6);
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

TEST(Budget, HigherOrdersTangentsAndBatches) {
  test::Random random(7);
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

}  // namespace
}  // namespace ricci
