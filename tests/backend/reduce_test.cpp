// Contraction of one operand on the host against the naive loop.
#include "ricci/base/parallel.h"
#include "support.h"

namespace ricci::test {
namespace {

using Extents = std::vector<std::int64_t>;

struct ReduceCase {
  ReduceStep step;
  Buffer a, c;

  ReduceCase(Random& random, const Extents& left, const Extents& contracted, const Extents& broadcast, DType dtype,
             Layout layout_a, Layout layout_c) {
    Extents in = left, out = left;
    in.insert(in.end(), contracted.begin(), contracted.end());
    out.insert(out.end(), broadcast.begin(), broadcast.end());
    Extents sa, sc;
    a = lay_out(random, in, dtype, layout_a, sa);
    c = lay_out(random, out, dtype, layout_c, sc);
    a.randomize(random);
    c.randomize(random);
    for (std::size_t i = 0; i < left.size(); ++i) step.loops.left.push_back({left[i], sa[i], 0, sc[i]});
    for (std::size_t i = 0; i < contracted.size(); ++i)
      step.loops.contracted.push_back({contracted[i], sa[left.size() + i], 0, 0});
    for (std::size_t i = 0; i < broadcast.size(); ++i)
      step.loops.broadcast.push_back({broadcast[i], 0, 0, sc[left.size() + i]});
    for (Axes* axes : {&step.loops.left, &step.loops.contracted, &step.loops.broadcast}) fold(*axes);
  }

  Buffer run(const Backend& backend) {
    Buffer out = c;
    if (step.beta.is(0)) out.poison();
    step.a.data = a.data(), step.a.dtype = a.dtype;
    step.c = {out.data(), out.dtype};
    backend.reduce(step);
    return out;
  }

  void check(const std::string& where) {
    SCOPED_TRACE(where);
    Buffer got = run(cpu_backend()), want = run(reference_backend());
    const double terms = static_cast<double>(extent_of(step.loops.contracted));
    const double scale = std::abs(step.alpha.value) * terms * 1.5 + std::abs(step.beta.value) * 1.5;
    double allowed = 2 * (terms + 4) * epsilon(accumulator_of(a.dtype)) * scale;
    if (is_half(c.dtype)) allowed += 2 * epsilon(c.dtype) * scale;
    if (step.loops.contracted.empty() && step.alpha.is(1) && step.beta.is(0)) allowed = 0;
    visit_dtype(c.dtype, [&]<class T>(Tag<T>) {
      for (std::int64_t i = 0; i < got.count(); ++i)
        ASSERT_LE(distance(got.as<T>()[i], want.as<T>()[i]), allowed) << "element " << i;
    });
  }
};

std::string text(DType dtype, const Extents& left, const Extents& contracted) {
  return concat(name_of(dtype), " kept ", left, " summed ", contracted);
}

TEST(Reduce, EveryDtypeAndLayoutAsTheNaiveLoop) {
  Random random(21);
  for_each_target([&](std::int64_t) {
    for (const DType dtype : kAll)
      for (const Layout layout : kLayouts)
        for (const bool broadcast : {false, true}) {
          const Extents left{pick(random, 1, 9), pick(random, 1, 7), pick(random, 1, 5)};
          const Extents contracted =
              pick(random, 0, 2) == 0 ? Extents{} : Extents{pick(random, 1, 40), pick(random, 1, 6)};
          ReduceCase example(random, left, contracted, broadcast ? Extents{3, 2} : Extents{}, dtype, layout,
                             kLayouts[pick(random, 0, 3)]);
          example.step.a.conjugated = is_complex(dtype) && pick(random, 0, 1) == 1;
          if (dtype != DType::b8 && pick(random, 0, 1) == 1) {
            example.step.alpha = 3;
            example.step.beta = pick(random, 0, 2);
          }
          example.check(text(dtype, left, contracted));
        }
  });
}

TEST(Reduce, LongSumsOverFewAndManyResults) {
  Random random(22);
  for (const DType dtype : {DType::f32, DType::f64, DType::c64, DType::f16, DType::i32})
    for (const Layout layout : {Layout::dense, Layout::permuted, Layout::stepped})
      for (const auto& [left, contracted] : std::vector<std::pair<Extents, Extents>>{
               {{}, {70001}}, {{3}, {37, 997}}, {{1031, 3}, {67}}, {{5, 7}, {11, 13, 401}}, {{2500}, {41}}}) {
        ReduceCase example(random, left, contracted, {}, dtype, layout, Layout::permuted);
        example.check(text(dtype, left, contracted));
      }
}

TEST(Reduce, LengthsAroundAVector) {
  Random random(23);
  for_each_target([&](std::int64_t) {
    for (const DType dtype : {DType::f16, DType::bf16, DType::f32, DType::f64})
      for (std::int64_t n = 1; n < 150; n += n < 70 ? 1 : 13) {
        ReduceCase row(random, {3}, {n}, {}, dtype, Layout::dense, Layout::dense);
        row.check(text(dtype, {3}, {n}));
        ReduceCase column(random, {n}, {3}, {}, dtype, Layout::permuted, Layout::dense);
        column.check(text(dtype, {n}, {3}));
      }
  });
}

TEST(Reduce, ShortRowsAndColumnsOfManyResults) {
  Random random(28);
  for_each_target([&](std::int64_t) {
    for (const DType dtype : {DType::f16, DType::bf16, DType::f32, DType::f64})
      for (const Semiring semiring : {Semiring::sum_product, Semiring::max_plus, Semiring::min_plus})
        for (const std::int64_t n : {2, 7, 8, 16, 33})
          for (const bool rows : {true, false}) {
            const Extents left = rows ? Extents{5, 300} : Extents{2, n},
                          contracted = rows ? Extents{3, n} : Extents{300, 3};
            ReduceCase example(random, left, contracted, {}, dtype, Layout::dense, Layout::permuted);
            example.step.semiring = semiring;
            example.step.beta = pick(random, 0, 1);
            if (semiring == Semiring::sum_product) example.step.alpha = -3;
            example.check(text(dtype, left, contracted));
          }
  });
}

TEST(Reduce, SemiringsAsTheNaiveLoop) {
  Random random(24);
  for (const Semiring semiring : semirings_where(std::not_fn(is_linear)))
    for (const DType dtype : kAll) {
      if (is_complex(dtype) || (sums_exponentials(semiring) && epsilon(dtype) == 0)) continue;
      for (const Layout layout : {Layout::dense, Layout::permuted}) {
        ReduceCase example(random, {13, 3}, {7, 5}, {}, dtype, layout, Layout::dense);
        if (epsilon(dtype) > 0)
          visit_dtype(dtype, [&]<class T>(Tag<T>) {
            if constexpr (!is_complex_type<T>) {
              example.a.as<T>()[pick(random, 0, 9)] = element::convert<T>(NAN);
              example.a.as<T>()[pick(random, 20, 99)] = element::convert<T>(-INFINITY);
              example.a.as<T>()[pick(random, 100, 300)] = element::convert<T>(INFINITY);
            }
          });
        example.step.semiring = semiring;
        example.step.beta = pick(random, 0, 1);
        Buffer got = example.run(cpu_backend()), want = example.run(reference_backend());
        visit_dtype(dtype, [&]<class T>(Tag<T>) {
          for (std::int64_t i = 0; i < got.count(); ++i)
            ASSERT_LE(distance(got.as<T>()[i], want.as<T>()[i]), sums_exponentials(semiring) ? 40 * epsilon(dtype) : 0)
                << name_of(dtype) << " " << name_of(semiring) << " element " << i;
        });
      }
    }
}

TEST(Reduce, SumsArePairwiseAccurate) {
  const std::int64_t n = std::int64_t{1} << 22;
  std::vector<float> a(static_cast<std::size_t>(n));
  Random random(25);
  long double want = 0;
  for (float& x : a) x = random_value<float>(random) + 1, want += x;
  float c = NAN;
  ReduceStep step;
  step.loops.contracted = {{n, 1, 0, 0}};
  step.a = {a.data(), DType::f32};
  step.c = {&c, DType::f32};
  step.beta = 0;
  cpu_backend().reduce(step);
  EXPECT_NEAR(c, static_cast<double>(want), 100 * 0x1p-24 * static_cast<double>(want));
}

TEST(Reduce, NothingToSum) {
  for (const Backend* backend : {&cpu_backend(), &reference_backend()}) {
    float c[2] = {NAN, NAN};
    ReduceStep step;
    step.loops.left = {{2, 0, 0, 1}};
    step.loops.contracted = {{0, 1, 0, 0}};
    step.c = {c, DType::f32};
    step.beta = 0;
    backend->reduce(step);
    EXPECT_EQ(c[0], 0);
    EXPECT_EQ(c[1], 0);
    step.semiring = Semiring::max_plus;
    backend->reduce(step);
    EXPECT_EQ(c[0], -INFINITY);
    step.semiring = Semiring::min_plus;
    backend->reduce(step);
    EXPECT_EQ(c[1], INFINITY);
  }
}

TEST(Reduce, SameBitsForAnyNumberOfThreads) {
  Random random(26);
  const int before = num_threads();
  for (const auto& [left, contracted] :
       std::vector<std::pair<Extents, Extents>>{{{}, {300007}}, {{5}, {9, 8009}}, {{3001, 3}, {67}}, {{7}, {30011}}})
    for (const DType dtype : {DType::f32, DType::c128, DType::bf16}) {
      ReduceCase example(random, left, contracted, {}, dtype, Layout::permuted, Layout::permuted);
      std::vector<std::byte> first;
      for (const int threads : {1, 2, 3, 8}) {
        set_num_threads(threads);
        const Buffer got = example.run(cpu_backend());
        if (first.empty()) first = got.bytes;
        ASSERT_TRUE(first == got.bytes) << text(dtype, left, contracted) << " with " << threads << " threads";
      }
      set_num_threads(before);
    }
}

TEST(Reduce, ComplexHasNoMaximum) {
  Random random(27);
  ReduceCase example(random, {3}, {4}, {}, DType::c64, Layout::dense, Layout::dense);
  example.step.semiring = Semiring::max_plus;
  EXPECT_THROW(example.run(cpu_backend()), DTypeError);
  EXPECT_THROW(example.run(reference_backend()), DTypeError);
}

}  // namespace
}  // namespace ricci::test
