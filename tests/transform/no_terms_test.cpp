// A label of extent 0 leaves no terms: the value is the semiring's zero and every derivative is zero, whatever the
// other operands hold and in whatever order they are contracted.
#include <gtest/gtest.h>

#include <cmath>

#include "ricci/autograd/accumulate.h"
#include "ricci/ops/create.h"
#include "ricci/ops/einsum/plan.h"
#include "ricci/ops/index.h"
#include "ricci/ops/shape.h"
#include "ricci/transform/backward.h"
#include "ricci/transform/forward.h"
#include "ricci/transform/vmap.h"
#include "tests/naive.h"
#include "tests/random_contractions.h"

namespace ricci {
namespace {

using test::below;
using test::Random;
using testing::Call;
using V = std::vector<Tensor>;

constexpr Semiring kEvery[] = {Semiring::sum_product, Semiring::max_plus, Semiring::min_plus, Semiring::max_product,
                               Semiring::log_sum_exp};

Call random_call(Random& random) {
  for (;;) {
    Contraction c = test::random_network(
        {.operands = 1 + below(random, 5), .labels = 6, .most_extent = 3, .broadcast = true, .repeats = true}, random);
    c.extents[below(random, c.extents.size())] = 0;
    if (test::has_no_terms(c)) return testing::call_of(std::move(c));
  }
}

// Infinities and NaN among the numbers, none of them negative.
Tensor hostile(const Shape& shape, DType dtype, Random& random) {
  constexpr double kValues[] = {0, 1, 2.5, HUGE_VAL, HUGE_VAL, std::numeric_limits<double>::quiet_NaN()};
  std::vector<double> values;
  for (std::int64_t i = 0; i < element_count(shape); ++i) values.push_back(kValues[below(random, std::size(kValues))]);
  return to(reshape(tensor(values, {.dtype = DType::f64}), shape), dtype);
}

V hostile_operands(const Call& call, DType dtype, Random& random) {
  V out;
  for (const Shape& shape : call.shapes) out.push_back(hostile(shape, dtype, random));
  return out;
}

V leaves(const V& xs) {
  V out;
  for (const Tensor& x : xs) out.push_back(x.detach().set_requires_grad());
  return out;
}

void expect_all(const Tensor& t, double value) {
  ASSERT_TRUE(t.defined());
  testing::each_index(t.shape(), [&](const std::vector<std::int64_t>& index) {
    EXPECT_EQ(testing::wide_at(t, index), testing::Wide(value));
  });
}

void expect_zeros(const V& gradients, const V& xs) {
  ASSERT_EQ(gradients.size(), xs.size());
  for (std::size_t i = 0; i < xs.size(); ++i) {
    ASSERT_TRUE(gradients[i].defined()) << "of operand " << i;
    EXPECT_EQ(gradients[i].shape(), xs[i].shape());
    expect_all(gradients[i], 0);
  }
}

struct Case {
  Call call;
  Semiring semiring;
  V xs;
  Tensor seed;
  EinsumOptions options;
  double zero() const { return traits_of(semiring).zero; }
  Tensor run(const V& in) const { return einsum(call.equation, in, options); }
};

Case random_case(Random& random, Semiring semiring) {
  Case out{.call = random_call(random), .semiring = semiring, .xs = {}, .seed = {}, .options = {}};
  std::vector<DType> dtypes{DType::f64, DType::f32, DType::f16, DType::bf16};
  if (is_linear(semiring)) dtypes.push_back(DType::c128);
  const DType dtype = dtypes[below(random, dtypes.size())];
  out.xs = hostile_operands(out.call, dtype, random);
  out.seed = hostile(out.call.contraction.output_shape(), dtype, random);
  out.options = {.semiring = semiring, .sizes = out.call.sizes};
  if (below(random, 2) == 0) out.options.optimize = false;
  return out;
}

template <class F>
void each_case(std::uint64_t seed, int rounds, F&& check) {
  Random random(seed);
  for (int round = 0; round < rounds; ++round) {
    for (const Semiring semiring : kEvery) {
      const Case c = random_case(random, semiring);
      SCOPED_TRACE(concat(c.call.equation, " ", name_of(semiring), " round ", round));
      check(c);
      if (::testing::Test::HasFailure()) return;
    }
  }
}

TEST(NoTerms, TheValueIsTheSemiringsZero) {
  each_case(1, 400, [](const Case& c) {
    expect_all(c.run(c.xs), c.zero());
    Tensor out = full(c.call.contraction.output_shape(), 3, {.dtype = c.xs[0].dtype()});
    EinsumOptions into = c.options;
    into.out = &out;
    einsum(c.call.equation, c.xs, into);
    expect_all(out, c.zero());
    fill_elements(out, 3);
    into.beta = 1;
    einsum(c.call.equation, c.xs, into);
    expect_all(out, 3);
    EinsumOptions capped = c.options;
    capped.max_bytes = 1 << 20;
    expect_all(einsum(c.call.equation, c.xs, capped), c.zero());
    if (!is_linear(c.semiring)) return;
    EinsumOptions scaled = c.options;
    scaled.alpha = 2;
    expect_all(einsum(c.call.equation, c.xs, scaled), 0);
  });
}

TEST(NoTerms, EveryGradientIsZero) {
  each_case(2, 200, [](const Case& c) {
    const V at = leaves(c.xs);
    expect_zeros(grad(c.run(at), at, {.gradient = c.seed}), c.xs);
    const V again = leaves(c.xs);
    const V first = grad(c.run(again), again, {.gradient = c.seed, .create_graph = true});
    expect_zeros(first, c.xs);
    EinsumOptions capped = c.options;
    capped.max_bytes = 1 << 20;
    const V within = leaves(c.xs);
    expect_zeros(grad(einsum(c.call.equation, within, capped), within, {.gradient = c.seed}), c.xs);
  });
}

TEST(NoTerms, APlansGradientsAreZero) {
  each_case(3, 200, [](const Case& c) {
    const Plan p = plan(c.call.equation, c.call.shapes,
                        {.dtype = c.xs[0].dtype(), .semiring = c.semiring, .sizes = c.call.sizes, .gradients = true});
    const auto [value, gradients] = p.gradients(c.xs, c.seed);
    expect_all(value, c.zero());
    expect_zeros(gradients, c.xs);
    const Plan read = Plan::from_json(p.to_json());
    expect_all(read(std::span<const Tensor>(c.xs)), c.zero());
    expect_zeros(read.gradients(c.xs, c.seed).gradients, c.xs);
  });
}

TEST(NoTerms, TangentsAreZero) {
  each_case(4, 200, [](const Case& c) {
    V vs;
    for (const Tensor& x : c.xs) vs.push_back(ones_like(x));
    const Jvp forward = jvp([&](const V& in) { return c.run(in); }, c.xs, vs);
    expect_all(forward.value, c.zero());
    expect_all(forward.tangent, 0);
  });
}

TEST(NoTerms, ABatchIsZero) {
  each_case(5, 100, [](const Case& c) {
    const auto along = [&](std::size_t i) {
      V xs = c.xs;
      xs[i] = stack({xs[i], xs[i], xs[i]});
      VmapOptions options;
      for (std::size_t j = 0; j < xs.size(); ++j)
        options.in_axes.push_back(j == i ? std::optional<std::int64_t>(0) : std::nullopt);
      return vmap([&](const V& in) { return c.run(in); }, options)(xs);
    };
    for (std::size_t i = 0; i < c.xs.size(); ++i) expect_all(along(i), c.zero());
  });
}

TEST(NoTerms, NothingIsComputedOfTheOtherOperands) {
  const Plan p = plan("ab,bc,cd,de,ef->af", {{200, 200}, {200, 200}, {200, 0}, {0, 200}, {200, 200}});
  EXPECT_EQ(p.flops(), 0);
  EXPECT_LE(p.peak_bytes(), 200 * 200 * 4 + 4096);
}

}  // namespace
}  // namespace ricci
