// einsum over the whole table of equations, every dtype and layout, against the naive sum.
#include "ricci/ops/einsum/einsum.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "ricci/autograd/record.h"
#include "ricci/base/parallel.h"
#include "ricci/ops/einsum/plan.h"
#include "tests/close.h"
#include "tests/equations.h"
#include "tests/random_operands.h"

namespace ricci {
namespace {

using testing::Layout;
using testing::Naive;

constexpr DType kAll[] = {DType::f32, DType::f64, DType::c64, DType::c128, DType::f16, DType::bf16,
                          DType::i8,  DType::i16, DType::i32, DType::i64,  DType::u8,  DType::b8};

struct Case {
  testing::Row row;
  Contraction contraction;
  std::vector<Tensor> operands, squeezed;
};

Case make_case(const testing::Row& row, DType dtype, Layout layout, std::uint64_t seed) {
  Case out{.row = row, .contraction = {}, .operands = {}, .squeezed = {}};
  std::vector<Extents> shapes(row.shapes.begin(), row.shapes.end());
  const std::vector<DType> dtypes(shapes.size(), dtype);
  const Parsed parsed = parse(row.equation, shapes, dtypes, {.sizes = row.sizes});
  out.contraction = parsed.contraction;
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    out.operands.push_back(testing::laid_out(testing::random_tensor(shapes[i], dtype, seed + i), layout));
    SmallVector<std::int64_t, 8> axes(parsed.squeezed[i].begin(), parsed.squeezed[i].end());
    out.squeezed.push_back(squeeze(out.operands.back(), axes));
  }
  return out;
}

TEST(EinsumTable, EveryDtypeAndLayoutEqualsTheNaiveSum) {
  const auto rows = testing::equations();
  ASSERT_GT(rows.size(), 50u);
  std::uint64_t seed = 1;
  for (const testing::Row& row : rows) {
    for (const DType dtype : kAll) {
      for (const Layout layout : testing::kLayouts) {
        SCOPED_TRACE(concat(row.equation, " ", dtype, " layout ", static_cast<int>(layout)));
        const Case c = make_case(row, dtype, layout, seed += 10);
        const Tensor y = einsum(row.equation, c.operands, {.sizes = row.sizes});
        ASSERT_EQ(y.dtype(), dtype);
        const Shape expected_shape = c.contraction.output_shape();
        ASSERT_EQ(y.shape(), expected_shape);
        testing::expect_close(y, testing::naive_contraction(c.contraction, c.squeezed), row.shapes.size());
        if (HasFailure()) return;
      }
    }
  }
}

TEST(EinsumTable, EveryOrderAgreesWithTheReferenceBackend) {
  std::uint64_t seed = 7000;
  for (const testing::Row& row : testing::equations()) {
    SCOPED_TRACE(row.equation);
    const Case c = make_case(row, DType::f64, Layout::contiguous, seed += 10);
    std::vector<Tensor> there;
    for (const Tensor& t : c.operands) there.push_back(to(t, Device{DeviceType::reference}));
    const Naive expected = testing::naive_contraction(c.contraction, c.squeezed);
    for (const Optimize& optimize :
         {Optimize(std::string("greedy")), Optimize(std::string("optimal")), Optimize(false)}) {
      testing::expect_close(einsum(row.equation, c.operands, {.optimize = optimize, .sizes = row.sizes}), expected,
                            row.shapes.size());
      const Tensor y = einsum(row.equation, there, {.optimize = optimize, .sizes = row.sizes});
      EXPECT_EQ(y.device().type, DeviceType::reference);
      testing::expect_close(y, expected, row.shapes.size());
    }
    if (HasFailure()) return;
  }
}

TEST(EinsumTable, SameBitsForAnyNumberOfThreads) {
  const int before = num_threads();
  std::vector<std::string> bits;
  for (const int threads : {1, 2, 3, 8}) {
    set_num_threads(threads);
    std::string all;
    std::uint64_t seed = 400;
    for (const testing::Row& row : testing::equations()) {
      const Case c = make_case(row, DType::f32, Layout::contiguous, seed += 10);
      const Tensor y = contiguous(einsum(row.equation, c.operands, {.sizes = row.sizes}));
      all.append(static_cast<const char*>(y.raw_data()), static_cast<std::size_t>(y.nbytes()));
    }
    const Tensor a = randn({301, 517}, {.seed = 1}), b = randn({517, 289}, {.seed = 2});
    const Tensor y = einsum("ij,jk->ik", a, b);
    all.append(static_cast<const char*>(y.raw_data()), static_cast<std::size_t>(y.nbytes()));
    bits.push_back(std::move(all));
  }
  set_num_threads(before);
  for (std::size_t i = 1; i < bits.size(); ++i) EXPECT_TRUE(bits[i] == bits[0]) << "run " << i;
}

TEST(EinsumTable, SavedPlansGiveTheSameBits) {
  std::uint64_t seed = 900;
  for (const testing::Row& row : testing::equations()) {
    SCOPED_TRACE(row.equation);
    const Case c = make_case(row, DType::f32, Layout::contiguous, seed += 10);
    const Plan p = plan(row.equation, row.shapes, {.sizes = row.sizes});
    const Plan back = Plan::from_json(p.to_json());
    const Tensor direct = contiguous(p(std::span<const Tensor>(c.operands))),
                 again = contiguous(back(std::span<const Tensor>(c.operands)));
    ASSERT_EQ(direct.nbytes(), again.nbytes());
    EXPECT_EQ(std::memcmp(direct.raw_data(), again.raw_data(), static_cast<std::size_t>(direct.nbytes())), 0);
  }
}

TEST(EinsumOut, ScalesAddsAndSurvivesOverlap) {
  const Tensor a = randn({5, 5}, {.dtype = DType::f64, .seed = 1}), b = randn({5, 5}, {.dtype = DType::f64, .seed = 2});
  const Tensor plain = einsum("ij,jk->ik", a, b);
  Tensor out = full({5, 5}, std::numeric_limits<double>::quiet_NaN(), {.dtype = DType::f64});
  einsum("ij,jk->ik", {a, b}, {.out = &out, .alpha = 2.0});
  EXPECT_LT(max(abs(out - 2.0 * plain)).item<double>(), 1e-13);  // beta = 0 never read the NaN
  einsum("ij,jk->ik", {a, b}, {.out = &out, .alpha = 1.0, .beta = -1.0});
  EXPECT_LT(max(abs(out + plain)).item<double>(), 1e-13);
  Tensor over = clone(a);
  einsum("ij,jk->ik", {over, b}, {.out = &over});
  EXPECT_LT(max(abs(over - plain)).item<double>(), 1e-13);
  Tensor flipped = clone(a);
  Tensor view = transpose(flipped);
  einsum("ij,jk->ik", {flipped, b}, {.out = &view, .beta = 1.0});
  EXPECT_LT(max(abs(transpose(flipped) - (plain + transpose(a)))).item<double>(), 1e-13);
}

TEST(EinsumOut, FactorsMustFitTheDtype) {
  const Tensor a = arange(6, {.dtype = DType::i64}), b = rand({6});
  EXPECT_EQ(einsum("i,i->", {a, a}, {.alpha = 3}).item<std::int64_t>(), 165);
  EXPECT_EQ(einsum("i,i->", {a, a}, {.alpha = 2.0}).item<std::int64_t>(), 110);
  for (const double factor : {0.5, std::nan(""), HUGE_VAL, 1e30, 0x1p63})
    EXPECT_THROW(einsum("i,i->", {a, a}, {.alpha = factor}), DTypeError) << factor;
  const Tensor c = to(a, DType::i8);
  EXPECT_THROW(einsum("i,i->", {c, c}, {.alpha = 300}), DTypeError);
  Tensor out = zeros({}, {.dtype = DType::i8});
  EXPECT_THROW(einsum("i,i->", {c, c}, {.out = &out, .beta = -129}), DTypeError);
  EXPECT_THROW(einsum("i,i->", {b, b}, {.alpha = std::complex<double>(0, 1)}), DTypeError);
}

TEST(EinsumOut, WrongTargetsAreRefused) {
  const Tensor a = randn({2, 3}), b = randn({3, 4});
  Tensor small = zeros({2, 3}), other = zeros({2, 4}, {.dtype = DType::f64}), wide = expand(zeros({2, 1}), {2, 4});
  EXPECT_THROW(einsum("ij,jk->ik", {a, b}, {.out = &small}), ShapeError);
  EXPECT_THROW(einsum("ij,jk->ik", {a, b}, {.out = &other}), DTypeError);
  EXPECT_THROW(einsum("ij,jk->ik", {a, b}, {.out = &wide}), ShapeError);
  EXPECT_THROW(einsum("ij,jk->ik", {a, b}, {.beta = 1.0}), EinsumError);
  Tensor out = zeros({2, 4});
  const Tensor leaf = rand({2, 3}, {.requires_grad = true});
  EXPECT_THROW(einsum("ij,jk->ik", {leaf, b}, {.out = &out}), GradError);
  const NoGrad off;
  EXPECT_NO_THROW(einsum("ij,jk->ik", {leaf, b}, {.out = &out}));
}

TEST(EinsumMemory, BroadcastingAndPermutedOperandsAllocateTheOutputAndTheStatedScratch) {
  const Tensor a = randn({7, 1, 60, 40}), b = transpose(randn({50, 40, 9, 1}), AxisList{3, 2, 1, 0});  // (1, 9, 40, 50)
  const auto account = make_ref<Account>();
  Tensor y;
  {
    const AccountScope scope(account);
    y = matmul(a, b);
  }
  ASSERT_EQ(y.shape(), (Shape{7, 9, 60, 50}));
  const std::int64_t output = (y.nbytes() + 63) / 64 * 64;
  EXPECT_GE(account->peak_bytes(), output);
  // Tasks that run at once each pack a part of their own.
  EXPECT_LT(4 * (account->peak_bytes() - output), 9 * a.nbytes() + 7 * b.nbytes()) << "packed, but not broadcast";
  EXPECT_EQ(account->live_bytes(), output);
}

TEST(EinsumErrors, OperandsThatDoNotFitAPlan) {
  const Plan p = plan("ij,jk->ik", {{2, 3}, {3, 4}});
  EXPECT_THROW(p(randn({2, 3})), EinsumError);
  EXPECT_THROW(p(randn({2, 3}), randn({4, 4})), ShapeError);
  EXPECT_THROW(p(randn({2, 3}), randn({3, 4}, {.dtype = DType::f64})), DTypeError);
  EXPECT_THROW(einsum("ij,jk->ik", {randn({2, 3}), randn({3, 4})}, {.optimize = std::string("x")}), EinsumError);
  EXPECT_THROW(einsum("ij,jk->ik", {randn({2, 3}), Tensor()}), EinsumError);
}

// As written, 65 vectors of two numbers meet in an outer product before their partners sum it up.
TEST(EinsumErrors, AResultPastInt64BytesIsRefusedBeforeTheFirstStep) {
  for (const bool records : {false, true}) {
    for (const Semiring semiring : {Semiring::sum_product, Semiring::max_plus}) {
      std::vector<LabelledOperand> operands;
      for (int i = 0; i < 130; ++i) operands.push_back({ones({2}, {.requires_grad = records}), {i % 65}});
      const auto account = make_ref<Account>(1 << 20);
      const AccountScope scope(account);
      try {
        einsum(operands, Sublist{}, {.semiring = semiring, .optimize = false});
        FAIL() << "2^65 elements were computed";
      } catch (const MemoryError& error) {
        EXPECT_TRUE(std::string_view(error.what())
                        .starts_with("step 60 of 129 of the plan would make 2305843009213693952 elements of float32"))
            << error.what();
      }
      EXPECT_LE(account->total_bytes(), 1 << 14);
    }
  }
}

TEST(EinsumErrors, MaxProductRefusesNegativeValues) {
  const Tensor a = rand({3, 4}, {.seed = 3}), b = rand({4, 2}, {.seed = 4}) - 0.5;
  try {
    einsum("ij,jk->ik", {a, b}, {.semiring = Semiring::max_product});
    FAIL() << "negative values went through";
  } catch (const EinsumError& error) {
    EXPECT_EQ(error.operand(), 1);
  }
}

TEST(PlanGradients, AreExactInIntegers) {
  const Plan p = plan("ij,jk,kl->", {{3, 4}, {4, 5}, {5, 2}}, {.dtype = DType::i64});
  const Tensor a = randint(-9, 9, {3, 4}, {.dtype = DType::i64, .seed = 1}),
               b = randint(-9, 9, {4, 5}, {.dtype = DType::i64, .seed = 2}),
               c = randint(-9, 9, {5, 2}, {.dtype = DType::i64, .seed = 3});
  const std::vector<Tensor> operands{a, b, c};
  const auto [value, gradients] = p.gradients(operands);
  const Tensor ga = einsum("jk,kl->j", b, c), gb = einsum("ij,kl->jk", a, c), gc = einsum("ij,jk->k", a, b);
  EXPECT_TRUE(min(to(equal(gradients[0], expand(ga, {3, 4})), DType::i64)).item<bool>());
  EXPECT_TRUE(min(to(equal(gradients[1], gb), DType::i64)).item<bool>());
  EXPECT_TRUE(min(to(equal(gradients[2], expand(reshape(gc, {5, 1}), {5, 2})), DType::i64)).item<bool>());
  EXPECT_EQ(value.item<std::int64_t>(), sum(gradients[0] * a).item<std::int64_t>());
  EXPECT_FALSE(p.gradients(operands, {}, {1}).gradients[0].defined());
}

}  // namespace
}  // namespace ricci
