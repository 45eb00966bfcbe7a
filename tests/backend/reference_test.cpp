// The oracle itself: the reference backend against sums in long double, and exact integers.
#include "contract_case.h"

namespace ricci::test {
namespace {

using Wide = std::complex<long double>;

template <class T>
Wide widen(T x, bool conjugated) {
  const auto w = element::convert<std::complex<double>>(x);
  return {w.real(), conjugated ? -w.imag() : w.imag()};
}

TEST(Reference, ContractionAgainstLongDouble) {
  Random random(41);
  for (const DType dtype : {DType::f16, DType::bf16, DType::f32, DType::f64, DType::c64, DType::c128})
    for (const Layout layout : kLayouts)
      for (const bool conjugated : {false, true}) {
        const Extents4 extents{{2}, {pick(random, 1, 5), 3}, {pick(random, 1, 6)}, {pick(random, 1, 9), 4}};
        ContractCase example(random, extents, dtype, layout, Layout::permuted, Layout::negative, dtype);
        ContractStep& step = example.step;
        step.a.conjugated = conjugated && is_complex(dtype);
        step.alpha = 1.25;
        step.beta = -0.5;
        Buffer got = example.run(reference_backend());
        const std::vector<double> scale = example.magnitude();
        visit_dtype(dtype, [&]<class T>(Tag<T>) {
          const T *a = example.a.as<T>() + example.a.first, *b = example.b.as<T>() + example.b.first;
          const Loops& loops = step.loops;
          walk(loops.batch, {}, [&](Offsets o1) {
            walk(loops.left, o1, [&](Offsets o2) {
              walk(loops.right, o2, [&](Offsets o3) {
                Wide sum = 0;
                walk(loops.contracted, o3,
                     [&](Offsets o) { sum += widen(a[o.a], step.a.conjugated) * widen(b[o.b], false); });
                const std::int64_t at = example.c.first + o3.c;
                sum = 1.25L * sum - 0.5L * widen(example.c.as<T>()[at], false);
                const double s = scale[static_cast<std::size_t>(at)];
                const double terms = static_cast<double>(extent_of(loops.contracted)) + 4;
                const double allowed = 2 * terms * epsilon(accumulator_of(dtype)) * s +
                                       (is_half(dtype) ? epsilon(dtype) * s : 0) + 1e-7 * is_half(dtype);
                ASSERT_LE(static_cast<double>(std::abs(sum - widen(got.as<T>()[at], false))), allowed)
                    << name_of(dtype);
              });
            });
          });
        });
      }
}

TEST(Reference, IntegersWrap) {
  const std::int8_t a[2] = {100, 100}, b[2] = {3, -50};
  std::int8_t c = 77;
  ContractStep step;
  step.loops.contracted = {{2, 1, 1, 0}};
  step.a = {a, DType::i8};
  step.b = {b, DType::i8};
  step.c = {&c, DType::i8};
  for (const Backend* backend : {&reference_backend(), &cpu_backend()}) {
    backend->contract(step);
    EXPECT_EQ(c, static_cast<std::int8_t>(300 - 5000));
  }
}

TEST(Reference, LogSumExpByHand) {
  const double a[3] = {-1000, -1001, -INFINITY}, b[3] = {0.5, 1, 2};
  double c = NAN;
  ContractStep step;
  step.loops.contracted = {{3, 1, 1, 0}};
  step.a = {a, DType::f64};
  step.b = {b, DType::f64};
  step.c = {&c, DType::f64};
  step.semiring = Semiring::log_sum_exp;
  for (const Backend* backend : {&reference_backend(), &cpu_backend()}) {
    backend->contract(step);
    EXPECT_DOUBLE_EQ(c, -999.5 + std::log1p(std::exp(-0.5)));
  }
}

TEST(Reference, SemiringsOfIntegersAbsorbTheirZero) {
  const std::int32_t a[2] = {INT32_MIN, 5}, b[2] = {-7, INT32_MIN};
  std::int32_t c = 0;
  ContractStep step;
  step.loops.contracted = {{2, 1, 1, 0}};
  step.a = {a, DType::i32};
  step.b = {b, DType::i32};
  step.c = {&c, DType::i32};
  step.semiring = Semiring::max_plus;
  for (const Backend* backend : {&reference_backend(), &cpu_backend()}) {
    backend->contract(step);
    EXPECT_EQ(c, INT32_MIN);
  }
}

TEST(Reference, DiagonalIsWrittenAndTheRestIsZero) {
  for (const Backend* backend : {&reference_backend(), &cpu_backend()}) {
    const float a[3] = {2, 3, 5};
    float c[9];
    for (float& x : c) x = 1;
    ReduceStep step;
    step.loops.left = {{3, 1, 0, 4}};
    step.loops.whole = {{9, 0, 0, 1}};
    step.loops.writes_diagonal = true;
    step.a = {a, DType::f32};
    step.c = {c, DType::f32};
    backend->reduce(step);
    for (int i = 0; i < 9; ++i) EXPECT_EQ(c[i], i % 4 == 0 ? a[i / 4] : 0);
    step.beta = 2;
    backend->reduce(step);
    for (int i = 0; i < 9; ++i) EXPECT_EQ(c[i], i % 4 == 0 ? 3 * a[i / 4] : 0);
    step.semiring = Semiring::min_plus;
    step.beta = 0;
    backend->reduce(step);
    for (int i = 0; i < 9; ++i) EXPECT_EQ(c[i], i % 4 == 0 ? a[i / 4] : INFINITY);
  }
}

}  // namespace
}  // namespace ricci::test
