// Where infinities and NaN come out: what docs/notation.md promises of them, for values and gradients, in every order,
// every float dtype, every semiring and on every instruction set of this machine, with memory that is full of NaN
// before. RICCI_CASES says how many contractions are tried.

// Before any header of Highway.
// clang-format off
#include "ricci/backend/cpu/simd/targets.h"
// clang-format on

#include <gtest/gtest.h>
#include <hwy/targets.h>

#include <cmath>
#include <cstring>

#include "ricci/execute/plan_cache.h"
#include "ricci/ops/create.h"
#include "ricci/ops/einsum/plan.h"
#include "ricci/ops/shape.h"
#include "ricci/transform/backward.h"
#include "tests/cases.h"
#include "tests/naive.h"
#include "tests/random_contractions.h"

namespace ricci {
namespace {

using test::below;
using test::Random;
using testing::Call;
using testing::Wide;
using V = std::vector<Tensor>;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

// Numbers of which sums and products are exact in every dtype, and far from overflow.
std::vector<double> numbers(Semiring semiring) {
  if (needs_nonnegative(semiring)) return {0, 1, 2, 0.5, 1};
  return {0, 1, -1, 2, -0.5, 1};
}

// The semiring's own values: the numbers and, where it is an infinity, its zero.
std::vector<double> own_values(Semiring semiring) {
  std::vector<double> out = numbers(semiring);
  if (std::isinf(traits_of(semiring).zero)) out.push_back(traits_of(semiring).zero);
  return out;
}

// The infinities that lie outside: in them the order has a say.
std::vector<double> foreign_values(Semiring semiring) {
  if (is_linear(semiring)) return {HUGE_VAL, -HUGE_VAL};
  return {selects_least(semiring) ? -HUGE_VAL : HUGE_VAL};
}

// Mostly `common`, now and then one of `rare`.
Tensor sprinkled(const Shape& shape, DType dtype, const std::vector<double>& common, const std::vector<double>& rare,
                 Random& random) {
  const auto draw = [&] {
    const std::vector<double>& from = !rare.empty() && below(random, 12) == 0 ? rare : common;
    return from[below(random, from.size())];
  };
  const auto draw_all = [&] {
    std::vector<double> values;
    for (std::int64_t i = 0; i < element_count(shape); ++i) values.push_back(draw());
    return values;
  };
  const std::vector<double> re = draw_all();
  if (!is_complex(dtype)) return to(reshape(tensor(re, {.dtype = DType::f64}), shape), dtype);
  const std::vector<double> im = draw_all();
  std::vector<std::complex<double>> both;
  for (std::size_t i = 0; i < re.size(); ++i) both.emplace_back(re[i], im[i]);
  return to(reshape(tensor(both, {.dtype = DType::c128}), shape), dtype);
}

// Freed memory of every size that a case can ask for is full of NaN.
void poison_memory() {
  V all;
  for (std::int64_t bytes = 8; bytes <= 1 << 18; bytes += std::max<std::int64_t>(8, bytes / 9))
    for (int copies = 0; copies < 2; ++copies) {
      all.push_back(empty({bytes}, {.dtype = DType::u8}));
      std::memset(all.back().raw_data(), 0xff, static_cast<std::size_t>(bytes));
    }
}

Tensor full_of_nan(const Tensor& like) {
  Tensor out = empty(like.shape(), {.dtype = like.dtype()});
  std::memset(out.raw_data(), 0xff, static_cast<std::size_t>(out.nbytes()));
  return out;
}

// How a result may differ from the naive loop's.
enum class Promise {
  same_places,  // infinities and NaN where the loop has them
  no_numbers,   // where the loop makes a NaN of infinities there may be an infinity from outside of the semiring
  not_finite,   // of complex numbers: finite where the loop's are
};

bool same_kind(long double got, long double want) {
  if (std::isnan(want)) return std::isnan(got);
  if (std::isinf(want)) return got == want;
  return std::abs(got - want) <= 0.01L * std::abs(want) + 1e-3L;
}

bool keeps(Promise promise, Semiring semiring, long double got, long double want) {
  if (same_kind(got, want)) return true;
  if (promise == Promise::not_finite) return !std::isfinite(got) && !std::isfinite(want);
  const std::vector<double> foreign = foreign_values(semiring);
  const bool is_foreign = std::any_of(foreign.begin(), foreign.end(), [&](double x) { return got == x; });
  return promise == Promise::no_numbers && std::isnan(want) && is_foreign;
}

void expect_kept(Promise promise, const Contraction& c, const Tensor& y, const std::vector<Wide>& expected) {
  ASSERT_EQ(y.shape(), Shape(c.output_shape()));
  std::size_t k = 0;
  testing::each_index(y.shape(), [&](const std::vector<std::int64_t>& index) {
    const Wide got = testing::wide_at(y, index), want = expected[k++];
    EXPECT_TRUE(keeps(promise, c.semiring, got.real(), want.real()) &&
                keeps(promise, c.semiring, got.imag(), want.imag()))
        << "element " << k - 1 << ": " << double(got.real()) << " " << double(got.imag()) << " where the loop has "
        << double(want.real()) << " " << double(want.imag());
  });
}

// Whether a plan's steps add terms up before they are whole: with more than two operands, and of two where one has a
// label of its own.
bool is_one_step(const Contraction& c) {
  if (c.inputs.size() > 2) return false;
  for (std::size_t i = 0; c.inputs.size() == 2 && i < 2; ++i)
    for (const Label label : c.inputs[i].labels)
      if (!contains(c.inputs[1 - i].labels, label) && !contains(c.output, label)) return false;
  return true;
}

Promise promise_of(const Contraction& c, bool foreign) {
  if (!foreign || is_one_step(c)) return Promise::same_places;
  return is_complex(c.dtype) ? Promise::not_finite : Promise::no_numbers;
}

Optimize random_order(std::size_t operands, Random& random) {
  if (below(random, 3) == 0) return std::string("auto");
  if (below(random, 3) == 0) return false;
  return test::random_tree(operands, random).linear();
}

Contraction random_contraction(Semiring semiring, Random& random) {
  constexpr DType kReal[] = {DType::f64, DType::f32, DType::f16, DType::bf16};
  constexpr DType kLinear[] = {DType::f64, DType::f32, DType::f16, DType::bf16, DType::c64, DType::c128};
  const bool large = below(random, 40) == 0;  // long enough for vectors and panels
  Contraction c = test::random_network({.operands = 1 + below(random, large ? 3 : 5),
                                        .labels = large ? std::size_t{3} : 6,
                                        .most_axes = large ? std::size_t{3} : 4,
                                        .most_extent = large ? 29 : 4,
                                        .broadcast = true,
                                        .repeats = !large},
                                       random);
  c.semiring = semiring;
  c.dtype = is_linear(semiring) ? kLinear[below(random, std::size(kLinear))] : kReal[below(random, std::size(kReal))];
  for (Term& term : c.inputs) term.conjugated = is_complex(c.dtype) && below(random, 3) == 0;
  return c;
}

struct Case {
  Contraction c;
  bool foreign = false;
  V xs;
  Optimize order;
};

Case random_case(Semiring semiring, Random& random) {
  Case out{.c = random_contraction(semiring, random), .foreign = below(random, 2) == 0, .xs = {}, .order = {}};
  std::vector<double> rare{kNan};
  if (below(random, 3) == 0) rare.clear();
  if (out.foreign) {
    const std::vector<double> foreign = foreign_values(semiring);
    rare.insert(rare.end(), foreign.begin(), foreign.end());
  }
  const std::vector<double> common = below(random, 3) == 0 ? numbers(semiring) : own_values(semiring);
  for (const Term& term : out.c.inputs)
    out.xs.push_back(sprinkled(out.c.shape_of(term.labels), out.c.dtype, common, rare, random));
  out.order = random_order(out.c.inputs.size(), random);
  return out;
}

// Each instruction set of this machine in turn, all of them again afterwards.
template <class F>
void each_case(std::uint64_t seed, int by_default, F&& check) {
  Random random(seed);
  const int rounds = testing::cases(by_default);
  const std::int64_t all = hwy::SupportedTargets() & (HWY_TARGETS);
  std::int64_t left = 0;
  for (int round = 0; round < rounds && !::testing::Test::HasFailure(); ++round) {
    if (round % 50 == 0) {  // kept plans have kept their kernels
      execute::clear_cache();
      left = left == 0 ? all : left;
      hwy::SetSupportedTargetsForTest(left & -left);
      left &= left - 1;
    }
    const Case c = random_case(static_cast<Semiring>(round % static_cast<int>(std::size(kSemirings))), random);
    SCOPED_TRACE(concat(c.c.equation(), " ", name_of(c.c.semiring), " ", c.c.dtype, " round ", round));
    check(c, random);
  }
  hwy::SetSupportedTargetsForTest(0);
  execute::clear_cache();
}

TEST(Infinities, OfValuesAreWhereThePageSays) {
  each_case(1, 6000, [](const Case& c, Random&) {
    const std::vector<Wide> expected = testing::naive_loop(c.c, c.xs);
    poison_memory();
    expect_kept(promise_of(c.c, c.foreign), c.c, contract(c.c, c.xs, c.order), expected);
  });
}

TEST(Infinities, OfMemoryThatWasThereDoNotComeOut) {
  each_case(2, 2000, [](const Case& c, Random& random) {
    const Call call = testing::call_of(c.c);
    EinsumOptions options{.semiring = c.c.semiring, .optimize = c.order, .sizes = call.sizes};
    const Tensor plain = einsum(call.equation, c.xs, options);
    Tensor out = full_of_nan(plain);
    options.out = &out;
    if (below(random, 2) == 0) options.beta = 0;
    poison_memory();
    einsum(call.equation, c.xs, options);
    testing::each_index(out.shape(), [&](const std::vector<std::int64_t>& index) {
      const Wide got = testing::wide_at(out, index), want = testing::wide_at(plain, index);
      EXPECT_TRUE(same_kind(got.real(), want.real()) && same_kind(got.imag(), want.imag()));
    });
  });
}

// The gradient for an operand is a contraction of the others and the seed, and promises what that does.
TEST(Infinities, OfGradientsAreWhereThePageSays) {
  each_case(3, 5000, [](const Case& c, Random& random) {
    if (!is_linear(c.c.semiring)) return;
    std::vector<double> rare{kNan};
    if (c.foreign) rare.push_back(HUGE_VAL);
    const Tensor seed = sprinkled(c.c.output_shape(), c.c.dtype, numbers(c.c.semiring),
                                  below(random, 2) == 0 ? rare : std::vector<double>(), random);
    V at;
    for (const Tensor& x : c.xs) at.push_back(x.detach().set_requires_grad());
    poison_memory();
    const V gradients = grad(contract(c.c, at, c.order), at, {.gradient = seed});
    for (std::size_t i = 0; i < at.size(); ++i) {
      const Contraction adjoint = c.c.adjoint(i);
      V in = c.xs;
      in[i] = seed;
      expect_kept(promise_of(adjoint, c.foreign), adjoint, gradients[i], testing::naive_loop(adjoint, in));
    }
  });
}

// Of the semirings' own values and numbers for a seed gradients are numbers: there is a term that wins, or none counts.
TEST(Infinities, OfAnotherSemiringDoNotReachItsGradients) {
  each_case(4, 4000, [](const Case& c, Random& random) {
    if (is_linear(c.c.semiring)) return;
    V at;
    for (const Tensor& x : c.xs)
      at.push_back(sprinkled(x.shape(), x.dtype(), own_values(c.c.semiring), {}, random).set_requires_grad());
    const Tensor seed = sprinkled(c.c.output_shape(), c.c.dtype, numbers(c.c.semiring), {}, random);
    poison_memory();
    const V gradients = grad(contract(c.c, at, c.order), at, {.gradient = seed});
    for (const Tensor& gradient : gradients)
      testing::each_index(gradient.shape(), [&](const std::vector<std::int64_t>& index) {
        EXPECT_TRUE(std::isfinite(testing::wide_at(gradient, index).real()));
      });
  });
}

}  // namespace
}  // namespace ricci
