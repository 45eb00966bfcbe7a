// The machines that run a program give one result: compiled or not, in halves, and slice by slice in any ranges.
#include <gtest/gtest.h>

#include <cstring>

#include "ricci/algebra/parse.h"
#include "ricci/execute/execute.h"
#include "tests/equations.h"

namespace ricci::execute {
namespace {

// Numbers whose sums are exact in f32 and f16: order does not matter to them.
Tensor numbers(const Shape& shape, DType dtype, unsigned seed) {
  Tensor out = empty(shape, {.dtype = dtype});
  visit_dtype(dtype, [&]<class T>(Tag<T>) {
    for (std::int64_t i = 0; i < out.numel(); ++i) {
      seed = seed * 1664525u + 1013904223u;
      const int value = static_cast<int>(seed >> 28) - 7;
      if constexpr (is_half_type<T>)
        out.data<T>()[i] = T(static_cast<float>(value));
      else
        out.data<T>()[i] = static_cast<T>(static_cast<real_type<T>>(value));
    }
  });
  return out;
}

bool same(const Tensor& a, const Tensor& b) {
  if (a.defined() != b.defined()) return false;
  if (!a.defined()) return true;
  return a.shape() == b.shape() && a.dtype() == b.dtype() &&
         std::memcmp(a.raw_data(), b.raw_data(), static_cast<std::size_t>(a.nbytes())) == 0;
}

bool same(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (!same(a[i], b[i])) return false;
  return true;
}

struct Example {
  Contraction whole;
  std::vector<Tensor> operands;
  Tensor seed;

  Example(std::string_view equation, const std::vector<Extents>& shapes, DType dtype,
          Semiring semiring = Semiring::sum_product, const std::map<std::string, std::int64_t>& sizes = {}) {
    const Parsed parsed =
        parse(equation, shapes, std::vector<DType>(shapes.size(), dtype), {.sizes = sizes, .semiring = semiring});
    whole = parsed.contraction;
    for (const Term& term : whole.inputs)
      operands.push_back(numbers(whole.shape_of(term.labels), dtype, static_cast<unsigned>(operands.size()) + 1));
    seed = numbers(whole.output_shape(), dtype, 99);
  }
  std::span<const Tensor> in() const { return operands; }
};

struct Wanted {
  std::vector<char> flags;
  std::span<const bool> span() const { return {reinterpret_cast<const bool*>(flags.data()), flags.size()}; }
  std::vector<bool> list() const { return {flags.begin(), flags.end()}; }
};

TEST(Machines, CompiledProgramsAndTensorsGiveTheSameBits) {
  for (const testing::Row& row : testing::equations())
    for (const DType dtype : {DType::f32, DType::c128, DType::f16}) {
      SCOPED_TRACE(row.equation + concat(" ", dtype));
      const Example example(row.equation, row.shapes, dtype, Semiring::sum_product, row.sizes);
      const Executable plan(planning::make_plan(example.whole));
      Wanted wanted{std::vector<char>(example.operands.size(), 1)};
      const auto program = make_program(plan, wanted.list(), true);
      const Results want = run(plan, program, example.in(), {.seed = example.seed});
      ASSERT_NE(plan.compiled({}, example.in()), nullptr);
      EXPECT_TRUE(same(run(plan, example.in()), want.value));
      EXPECT_TRUE(same(gradients(plan, example.in(), {}, example.seed, wanted.span()), want.gradients));
      // In halves, compiled and not; then for one operand of what was kept for all.
      Kept kept, plain;
      EXPECT_TRUE(same(run_keeping(plan, example.in(), wanted.span(), kept), want.value));
      EXPECT_TRUE(same(run_forward(plan, program, example.in(), plain), want.value));
      EXPECT_TRUE(same(gradients(plan, example.in(), kept, example.seed, wanted.span()), want.gradients));
      EXPECT_TRUE(same(run_backward(plan, program, example.in(), plain, example.seed), want.gradients));
      std::vector<Tensor> first(example.operands.size());
      first[0] = want.gradients[0];
      wanted.flags.assign(wanted.flags.size(), 0);
      wanted.flags[0] = 1;
      EXPECT_TRUE(same(gradients(plan, example.in(), kept, example.seed, wanted.span()), first));
    }
}

// A plan is compiled for a few geometries; beyond them it runs all the same.
TEST(Machines, MoreGeometriesThanAreKept) {
  const Example example("ij,jk,kl->il", {{3, 8}, {8, 5}, {5, 4}}, DType::f64);
  const Executable plan(planning::make_plan(example.whole));
  const Tensor want = run(plan, example.in());
  for (std::int64_t stride = 8; stride < 24; ++stride) {
    const Tensor wide = numbers({3, stride}, DType::f64, 7);
    std::vector<Tensor> operands = example.operands;
    operands[0] = make_view(wide, {3, 8}, {stride, 1}, 0);
    for (std::int64_t i = 0; i < 3; ++i)
      std::memcpy(wide.data<double>() + i * stride, example.operands[0].data<double>() + i * 8, 8 * sizeof(double));
    EXPECT_TRUE(same(run(plan, operands), want)) << stride;
  }
}

TEST(Machines, RangesOfSlicesAddUpToTheWhole) {
  for (const DType dtype : {DType::f64, DType::f16, DType::i64}) {
    const Example example("aij,jk,kb->aib", {{3, 4, 7}, {7, 5}, {5, 6}}, dtype);
    Executable plan(planning::make_plan(example.whole));
    const auto label = [&](std::string_view name) {
      for (Label l = 0; l < example.whole.label_count(); ++l)
        if (example.whole.name_of_label(l) == name) return l;
      return Label{-1};
    };
    plan.slices = {{label("a"), 2}, {label("j"), 3}, {label("k"), 2}};
    const auto program = make_program(plan, std::vector<bool>(3, true), true);
    const Results want = run(plan, program, example.in(), {.seed = example.seed});
    for (const std::int64_t cut : {1, 4, 7, 17}) {
      std::vector<Results> parts;
      for (const SliceRange range : {SliceRange{0, cut}, SliceRange{cut, INT64_MAX}})
        parts.push_back(run(plan, program, example.in(), {.seed = example.seed, .slices = range}));
      const auto sum = [&](const Tensor& a, const Tensor& b) {
        Contraction both{.extents = a.shape(), .dtype = a.dtype()};
        for (Label l = 0; l < both.label_count(); ++l) both.output.push_back(l);
        both.inputs.push_back({both.output, false});
        return contract(both, {&a, 1}, a.dtype(), {.target = b, .alpha = 1, .beta = 1});
      };
      EXPECT_TRUE(same(sum(parts[0].value, parts[1].value), want.value)) << cut << concat(" ", dtype);
      for (std::size_t i = 0; i < 3; ++i)
        EXPECT_TRUE(same(sum(parts[0].gradients[i], parts[1].gradients[i]), want.gradients[i])) << cut << " " << i;
    }
  }
}

// A plan in slices has no halves to stop between: nothing is kept of it, and its gradients run the steps again.
TEST(Machines, NothingIsKeptOfAPlanInSlices) {
  const Example example("ij,jk,kl->il", {{3, 4}, {4, 6}, {6, 5}}, DType::f64);
  const Executable whole(planning::make_plan(example.whole));
  Executable sliced(planning::make_plan(example.whole));
  sliced.slices = {{example.whole.inputs[1].labels[0], 2}};
  const Wanted wanted{std::vector<char>(3, 1)};
  Kept kept;
  EXPECT_TRUE(same(run_keeping(sliced, example.in(), wanted.span(), kept), run(whole, example.in())));
  EXPECT_TRUE(kept.empty());
  EXPECT_TRUE(same(gradients(sliced, example.in(), kept, example.seed, wanted.span()),
                   gradients(whole, example.in(), {}, example.seed, wanted.span())));
}

// What no slice of the range writes is the zero of the semiring, which adds nothing.
TEST(Machines, ARangeLeavesZerosOfTheSemiring) {
  for (const Semiring semiring : {Semiring::sum_product, Semiring::max_plus, Semiring::min_plus}) {
    const Example example("aj,jk->ak", {{4, 6}, {6, 3}}, DType::f32, semiring);
    Executable plan(planning::make_plan(example.whole));
    plan.slices = {{example.whole.output[0], 1}};
    const auto program = make_program(plan, {}, true);
    const Tensor got = run(plan, program, example.in(), {.slices = {1, 2}}).value;
    const Tensor all = run(plan, program, example.in()).value;
    const float zero = semiring == Semiring::sum_product ? 0 : semiring == Semiring::max_plus ? -INFINITY : INFINITY;
    for (std::int64_t i = 0; i < 12; ++i)
      EXPECT_EQ(got.data<float>()[i], i / 3 == 1 ? all.data<float>()[i] : zero) << name_of(semiring) << " " << i;
  }
}

}  // namespace
}  // namespace ricci::execute
