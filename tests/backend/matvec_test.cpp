// Matrices of any axes times vectors against the naive loop.
#include "kinds.h"
#include "ricci/backend/cpu/contract/contract.h"
#include "ricci/base/parallel.h"

namespace ricci::test {
namespace {

std::vector<std::int64_t> random_extents(Random& random, std::int64_t axes, std::int64_t most) {
  std::vector<std::int64_t> out;
  for (std::int64_t i = 0; i < axes; ++i) out.push_back(pick(random, 1, most));
  return out;
}

constexpr DType kSummed[] = {DType::f16, DType::bf16, DType::f32, DType::f64,
                             DType::c64, DType::c128, DType::i32, DType::i64};
constexpr DType kCompared[] = {DType::f16, DType::bf16, DType::f32, DType::f64, DType::i32, DType::i64};

std::vector<Kind> every_kind() {
  std::vector<Kind> kinds;
  for (const DType dtype : kSummed) kinds.push_back({dtype, Semiring::sum_product});
  for (const Semiring semiring : semirings_where(selects))
    for (const DType dtype : kCompared) kinds.push_back({dtype, semiring});
  return kinds;
}

ContractCase case_of(Random& random, const Kind& kind, const Extents4& extents, Layout matrix, Layout rest) {
  ContractCase example(random, extents, kind.dtype, matrix, rest, rest, kind.dtype);
  example.step.a.dtype = example.step.b.dtype = example.step.c.dtype = kind.dtype;
  example.step.semiring = kind.semiring;
  const bool scales = kind.semiring == Semiring::sum_product;
  if (pick(random, 0, 1) == 1) example.step.beta = scales ? 2 : 1;
  if (scales && pick(random, 0, 1) == 1) example.step.alpha = 3;
  example.step.a.conjugated = is_complex(kind.dtype) && pick(random, 0, 1) == 1;
  example.step.b.conjugated = is_complex(kind.dtype) && pick(random, 0, 1) == 1;
  return example;
}

// Runs around a vector, four of them, and what is kept at once; one to five vectors; both orders of the matrix.
TEST(Matvec, EveryKindOnEveryTarget) {
  Random random(43);
  const std::vector<std::pair<std::int64_t, std::int64_t>> sizes = {
      {4100, 1}, {257, 16}, {140, 33}, {63, 67}, {130, 32}, {40, 129}, {70, 1031}, {1025, 65}, {4, 1031}, {2, 4100}};
  for_each_target([&](std::int64_t target) {
    for (const Kind& kind : every_kind()) {
      int taken = 0;
      for (const auto& [results, terms] : sizes)
        for (const std::int64_t vectors : {1, 3, 4})
          for (const bool turned : {false, true}) {
            Extents4 extents{{pick(random, 1, 2)}, {results}, {}, {terms}};
            if (vectors > 1) extents.right = {vectors};
            if (turned) std::swap(extents.left, extents.right);
            ContractCase example = case_of(random, kind, extents, Layout::permuted, Layout::permuted);
            if (kind.semiring != Semiring::sum_product)
              for (Buffer* buffer : {&example.a, &example.b, &example.c}) strew_ends(random, *buffer);
            taken += runs_as("matrix-vector", example.step);
            SCOPED_TRACE(concat(hwy::TargetName(target), " ", name_of(kind.dtype), " ", name_of(kind.semiring), " ",
                                results, " x ", terms, " times ", vectors, turned ? ", turned" : ""));
            expect_as_the_naive_loop(example, kind);
          }
      EXPECT_GE(taken, 12) << hwy::TargetName(target) << " " << name_of(kind.dtype);
    }
  });
}

// Rows by fours and what is left of them, every number of vectors, with their terms side by side or apart.
TEST(Matvec, SeveralVectorsOfAdjacentTerms) {
  Random random(46);
  for_each_target([&](std::int64_t target) {
    int taken = 0;
    for (const DType dtype : {DType::f16, DType::f32, DType::f64, DType::i32})
      for (const std::int64_t vectors : {2, 3, 4, 5, 6, 7, 8})
        for (const auto& [results, terms] : {std::pair{64, 1031}, {67, 1029}, {131, 561}})
          for (const bool apart : {false, true}) {
            ContractCase example =
                case_of(random, {dtype, Semiring::sum_product}, {{pick(random, 1, 2)}, {results}, {vectors}, {terms}},
                        Layout::dense, Layout::dense);
            Axis &vector = example.step.loops.right[0], &term = example.step.loops.contracted[0];
            if (!apart) vector.b = terms, term.b = 1;
            taken += runs_as("matrix-vector", example.step);
            SCOPED_TRACE(concat(hwy::TargetName(target), " ", name_of(dtype), " ", results, " x ", terms, " times ",
                                vectors, apart ? ", terms apart" : ""));
            expect_as_the_naive_loop(example, {dtype, Semiring::sum_product});
          }
    EXPECT_GE(taken, 120) << hwy::TargetName(target);
  });
}

TEST(Matvec, NanAndInfinityOfSums) {
  Random random(44);
  for (const DType dtype : {DType::f32, DType::f64, DType::c64, DType::c128})
    for (const Extents4& extents : {Extents4{{}, {70}, {}, {67}}, Extents4{{}, {17}, {}, {1100}}})
      for (const Layout layout : {Layout::dense, Layout::permuted})
        for (const double special : {double(NAN), double(INFINITY)}) {
          ContractCase example = case_of(random, {dtype, Semiring::sum_product}, extents, layout, Layout::dense);
          example.step.alpha = 1;
          visit_dtype(dtype, [&]<class T>(Tag<T>) {
            for (int i = 0; i < 3; ++i)
              example.a.as<T>()[pick(random, 0, example.a.count() - 1)] = element::convert<T>(special);
          });
          ASSERT_TRUE(runs_as("matrix-vector", example.step));
          Buffer got = example.run(cpu_backend()), want = example.run(reference_backend());
          visit_dtype(dtype, [&]<class T>(Tag<T>) {
            if constexpr (std::is_floating_point_v<real_type<T>>)
              for (std::int64_t i = 0; i < got.count(); ++i) {
                const auto x = element::convert<std::complex<double>>(got.as<T>()[i]),
                           y = element::convert<std::complex<double>>(want.as<T>()[i]);
                EXPECT_EQ(std::isfinite(x.real()), std::isfinite(y.real())) << name_of(dtype) << " element " << i;
                EXPECT_EQ(std::isfinite(x.imag()), std::isfinite(y.imag())) << name_of(dtype) << " element " << i;
              }
          });
        }
}

TEST(Matvec, SameBitsForAnyNumberOfThreads) {
  Random random(45);
  const int before = num_threads();
  for (const Kind& kind : every_kind())
    for (const Extents4& extents : {Extents4{{}, {1500}, {}, {300}}, Extents4{{}, {3}, {700}, {530}}}) {
      ContractCase example = case_of(random, kind, extents, Layout::permuted, Layout::permuted);
      std::vector<std::byte> first;
      for (const int threads : {1, 2, 3, 8}) {
        set_num_threads(threads);
        const Buffer got = example.run(cpu_backend());
        if (first.empty()) first = got.bytes;
        ASSERT_TRUE(first == got.bytes) << name_of(kind.dtype) << " with " << threads << " threads";
      }
      set_num_threads(before);
    }
}

TEST(Matvec, AnyOrderOfTheMatrixsAxesOnEveryTarget) {
  Random random(41);
  for_each_target([&](std::int64_t target) {
    int taken = 0;
    for (int round = 0; round < 100; ++round) {
      const DType dtype = kSummed[round % 8];
      Extents4 extents{random_extents(random, pick(random, 0, 1), 3),
                       random_extents(random, pick(random, 0, 3), 9),
                       {},
                       random_extents(random, pick(random, 1, 3), 24)};
      if (round % 3 == 0) std::swap(extents.left, extents.right);
      ContractCase example(random, extents, dtype, Layout::permuted, Layout::permuted, Layout::permuted, dtype);
      example.step.alpha = round % 5 == 0 ? 3 : 1;
      example.step.beta = round % 7 == 0 ? 2 : 0;
      example.step.a.dtype = example.step.b.dtype = example.step.c.dtype = dtype;
      taken += runs_as("matrix-vector", example.step);
      SCOPED_TRACE(concat(hwy::TargetName(target), " round ", round));
      Buffer got = example.run(cpu_backend()), want = example.run(reference_backend());
      example.expect_near(got, want);
    }
    EXPECT_GE(taken, 8) << hwy::TargetName(target);
  });
}

// Runs and results past what a task keeps, and terms between the results' axes.
TEST(Matvec, LongOnes) {
  Random random(42);
  int taken = 0;
  for (const Extents4& extents :
       {Extents4{{}, {3000}, {}, {7}}, Extents4{{}, {5}, {}, {3000}}, Extents4{{}, {70, 20}, {}, {30, 11}},
        Extents4{{}, {1100, 2}, {}, {9, 17}}, Extents4{{2}, {33, 20}, {}, {12, 7, 5}}, Extents4{{}, {}, {}, {80, 70}}})
    for (const Layout layout : {Layout::dense, Layout::permuted, Layout::permuted}) {
      ContractCase example(random, extents, DType::f32, layout, Layout::permuted, Layout::permuted, DType::f32);
      example.step.a.dtype = example.step.b.dtype = example.step.c.dtype = DType::f32;
      taken += runs_as("matrix-vector", example.step);
      const int before = num_threads();
      Buffer want = example.run(reference_backend());
      for (const int threads : {1, 2}) {
        set_num_threads(threads);
        Buffer got = example.run(cpu_backend());
        example.expect_near(got, want);
      }
      set_num_threads(before);
    }
  EXPECT_GT(taken, 8);
}

}  // namespace
}  // namespace ricci::test
