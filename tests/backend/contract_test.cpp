// The product kernels of cpu/ against the naive loop.
#include "ricci/backend/cpu/contract/contract.h"

#include "contract_case.h"
#include "ricci/backend/cpu/contract/packed/gemm_table.h"

namespace ricci::test {
namespace {

constexpr DType kFloats[] = {DType::f16, DType::bf16, DType::f32, DType::f64, DType::c64, DType::c128};

void check(ContractCase& example, const std::string& where) {
  SCOPED_TRACE(where);
  Buffer got = example.run(cpu_backend()), want = example.run(reference_backend());
  example.expect_near(got, want);
  EXPECT_EQ(example.run_kernel(cpu_backend()).bytes, got.bytes) << "chosen once, the bits differ";
}

TEST(Contract, EveryDtypeLayoutAndTargetAsTheNaiveLoop) {
  Random random(1);
  std::int64_t seen = 0;
  for_each_target([&](std::int64_t target) {
    EXPECT_EQ(cpu::gemm_table<float>().target, target) << hwy::TargetName(target) << " was not reached";
    seen |= cpu::gemm_table<double>(Semiring::max_plus).target;
    for (const DType dtype : kAll)
      for (const Layout a : kLayouts)
        for (const Layout b : kLayouts) {
          const Layout c = kLayouts[pick(random, 0, 3)];
          const Extents4 extents{{pick(random, 1, 3)},
                                 {pick(random, 1, 5), pick(random, 1, 7)},
                                 {pick(random, 1, 9), pick(random, 1, 6)},
                                 {pick(random, 1, 6), pick(random, 1, 5)}};
          ContractCase example(random, extents, dtype, a, b, c, dtype);
          check(example, text(extents, dtype, target));
        }
  });
  EXPECT_EQ(seen, machine_targets());
}

TEST(Contract, SizesAroundEveryEdge) {
  Random random(2);
  for_each_target([&](std::int64_t target) {
    for (const DType dtype : {DType::f32, DType::f64, DType::c64, DType::c128, DType::f16, DType::i32, DType::i64})
      for (const std::int64_t m : {1, 2, 3, 5, 7, 9, 11, 12, 13, 25})
        for (const std::int64_t n : {1, 4, 7, 8, 9, 15, 16, 17, 31, 32, 33, 65}) {
          const Extents4 extents{{}, {m}, {n}, {pick(random, 1, 19)}};
          ContractCase example(random, extents, dtype, Layout::permuted, Layout::permuted, Layout::permuted, dtype);
          check(example, text(extents, dtype, target));
        }
  });
}

// Each operand's adjacent label is another one, often not the result's: lines are turned while they are packed, and
// stored in runs.
TEST(Contract, AdjacentLabelsOfEveryRole) {
  Random random(21);
  for_each_target([&](std::int64_t target) {
    for (const DType dtype : {DType::f32, DType::f64, DType::i32, DType::i64, DType::c64, DType::f16})
      for (int trial = 0; trial < 8; ++trial) {
        const std::int64_t few = pick(random, 2, 5), many = pick(random, 17, 70);
        const Extents4 extents{{},
                               {pick(random, 2, 20), trial % 2 == 0 ? many : few},
                               {trial % 2 == 0 ? few : many, pick(random, 2, 20)},
                               {pick(random, 2, 20), pick(random, 1, 6)}};
        ContractCase example(random, extents, dtype, Layout::permuted, Layout::permuted, Layout::permuted, dtype);
        example.step.beta = pick(random, 0, 2);
        check(example, text(extents, dtype, target));
      }
  });
}

TEST(Contract, DepthsAroundAPass) {
  Random random(3);
  for (const DType dtype : {DType::f16, DType::f32, DType::f64, DType::c64, DType::c128, DType::i64, DType::u8})
    for (const std::int64_t k : {191, 193, 255, 257, 383, 385, 769, 1031}) {
      const Extents4 extents{{}, {13}, {35}, {k}};
      ContractCase example(random, extents, dtype, Layout::permuted, Layout::permuted, Layout::permuted, dtype);
      check(example, text(extents, dtype, 0));
    }
}

TEST(Contract, LongDepthOverAShortResult) {
  Random random(4);
  for (const DType dtype : {DType::f32, DType::f64, DType::c64, DType::bf16, DType::i32, DType::b8}) {
    const Extents4 extents{{2}, {3}, {5}, {7, 4099}};
    ContractCase example(random, extents, dtype, Layout::permuted, Layout::dense, Layout::stepped, dtype);
    example.step.beta = dtype == DType::b8 ? Scalar(0) : Scalar(3);
    check(example, text(extents, dtype, 0));
  }
}

TEST(Contract, LargeEnoughForSeveralBlocks) {
  Random random(5);
  for (const DType dtype : {DType::f32, DType::c128, DType::f16}) {
    const Extents4 extents{{}, {dtype == DType::f32 ? 4111 : 1037}, {37}, {11}};
    ContractCase example(random, extents, dtype, Layout::dense, Layout::dense, Layout::permuted, dtype);
    check(example, text(extents, dtype, 0));
    const Extents4 wide{{}, {37}, {dtype == DType::f32 ? 4111 : 1037}, {11}};
    ContractCase other(random, wide, dtype, Layout::dense, Layout::dense, Layout::dense, dtype);
    check(other, text(wide, dtype, 0));
  }
}

TEST(Contract, MatrixTimesVector) {
  Random random(13);
  for_each_target([&](std::int64_t target) {
    for (const DType dtype : {DType::f32, DType::f64})
      for (const Layout layout : {Layout::dense, Layout::permuted})
        for (const auto& [m, k] : std::vector<std::pair<std::int64_t, std::int64_t>>{
                 {1, 9000}, {67, 61}, {1500, 7}, {16, 1031}, {66, 4099}, {2, 16390}, {2049, 33}}) {
          for (const bool turned : {false, true}) {
            Extents4 extents{{pick(random, 1, 2)}, {m}, {}, {k}};
            if (turned) std::swap(extents.left, extents.right);
            ContractCase example(random, extents, dtype, layout, Layout::dense, Layout::permuted, dtype);
            example.step.alpha = 2;
            example.step.beta = pick(random, 0, 1);
            check(example, text(extents, dtype, target));
          }
        }
  });
}

TEST(Contract, OuterProducts) {
  Random random(14);
  for_each_target([&](std::int64_t target) {
    for (const DType dtype : kAll)
      for (const Layout layout : kLayouts) {
        const Extents4 extents{{pick(random, 1, 3)}, {pick(random, 1, 40)}, {pick(random, 1, 70), 3}, {}};
        ContractCase example(random, extents, dtype, layout, Layout::permuted, kLayouts[pick(random, 0, 3)], dtype);
        example.step.beta = dtype == DType::b8 ? Scalar(0) : Scalar(pick(random, 0, 1));
        check(example, text(extents, dtype, target));
      }
  });
}

TEST(Contract, AlphaBetaAndConjugation) {
  Random random(6);
  for (const DType dtype : kFloats)
    for (const bool conjugate_a : {false, true})
      for (const bool conjugate_b : {false, true})
        for (const Scalar beta : {Scalar(0), Scalar(1), Scalar(-0.75)}) {
          const Extents4 extents{{2}, {14}, {37}, {21}};
          ContractCase example(random, extents, dtype, Layout::permuted, Layout::permuted, Layout::negative, dtype);
          example.step.alpha = is_complex(dtype) ? Scalar(std::complex<double>(0.5, -1.5)) : Scalar(-1.5);
          example.step.beta = is_complex(dtype) && !beta.is(0) ? Scalar(std::complex<double>(-0.5, 2)) : beta;
          example.step.a.conjugated = conjugate_a && is_complex(dtype);
          example.step.b.conjugated = conjugate_b && is_complex(dtype);
          check(example, text(extents, dtype, 0));
        }
  for (const DType dtype : {DType::i8, DType::i16, DType::i32, DType::i64, DType::u8}) {
    const Extents4 extents{{}, {14}, {37}, {21}};
    ContractCase example(random, extents, dtype, Layout::permuted, Layout::permuted, Layout::negative, dtype);
    example.step.alpha = -3;
    example.step.beta = 7;
    check(example, text(extents, dtype, 0));
  }
}

TEST(Contract, SixteenBitOperandsAndFloatResults) {
  Random random(7);
  for (const DType in : {DType::f16, DType::bf16, DType::f32})
    for (const DType out : {DType::f16, DType::bf16, DType::f32}) {
      const Extents4 extents{{3}, {14}, {37}, {401}};
      ContractCase example(random, extents, in, Layout::permuted, Layout::permuted, Layout::permuted, out);
      check(example, text(extents, in, 0));
    }
}

// Pieces along any of the summed axes, the operands' own ones among them.
TEST(Contract, LongSumsOfSeveralAxesIntoFewResults) {
  Random random(23);
  for (const DType dtype : {DType::f32, DType::f64, DType::c64, DType::i32, DType::bf16})
    for (const auto& contracted : std::vector<std::vector<std::int64_t>>{{12, 26, 32}, {4099, 3}, {5, 9, 8, 24}})
      for (const Layout layout : {Layout::dense, Layout::permuted, Layout::permuted}) {
        const Extents4 extents{{}, {13}, {9}, contracted};
        ContractCase example(random, extents, dtype, layout, Layout::permuted, Layout::permuted, dtype);
        EXPECT_TRUE(runs_as("split sum", example.step));
        check(example, text(extents, dtype, 0));
      }
}

TEST(Contract, NothingToSumAndNothingToWrite) {
  Random random(8);
  for (const DType dtype : kAll)
    for (const Extents4& extents : {Extents4{{}, {3}, {5}, {0}}, Extents4{{0}, {3}, {5}, {2}},
                                    Extents4{{2}, {0}, {5}, {2}}, Extents4{{}, {3}, {0}, {0}}, Extents4{}}) {
      ContractCase example(random, extents, dtype, Layout::dense, Layout::dense, Layout::dense, dtype);
      check(example, text(extents, dtype, 0));
    }
}

TEST(Contract, KernelsAreNamed) {
  Random random(20);
  const auto name = [&](const Extents4& extents, DType dtype, Semiring semiring = Semiring::sum_product) {
    ContractCase example(random, extents, dtype, Layout::dense, Layout::dense, Layout::dense, dtype);
    example.step.a = {nullptr, dtype}, example.step.b = {nullptr, dtype}, example.step.c = {nullptr, dtype};
    example.step.semiring = semiring;
    InlineKernel kernel;
    return cpu_backend().kernel(example.step, kernel)->name();
  };
  const auto begins = [](const std::string& text, std::string_view with) { return text.starts_with(with); };
  EXPECT_PRED2(begins, name({{}, {500}, {500}, {500}}, DType::f32), "packed ");
  EXPECT_PRED2(begins, name({{}, {30}, {30}, {30}}, DType::i64, Semiring::min_plus), "packed ");
  EXPECT_PRED2(begins, name({{}, {30}, {30}, {30}}, DType::i8, Semiring::min_plus), "packed ");
  EXPECT_PRED2(begins, name({{}, {30}, {30}, {30}}, DType::u8, Semiring::max_product), "naive loop");
  EXPECT_PRED2(begins, name({{}, {8}, {16}, {8}}, DType::c64), "unpacked ");
  EXPECT_PRED2(begins, name({{400}, {4}, {4}, {4}}, DType::f16), "batch lanes, packed ");
  EXPECT_PRED2(begins, name({{}, {300}, {300}, {}}, DType::f64), "outer product");
  EXPECT_PRED2(begins, name({{}, {300}, {}, {300}}, DType::f32), "matrix-vector ");
  EXPECT_PRED2(begins, name({{}, {3}, {5}, {100000}}, DType::f32), "split sum");
}

TEST(Contract, NanAndInfinityWhereTheNaiveLoopHasThem) {
  Random random(10);
  for (const double special : {NAN, INFINITY, -INFINITY})
    for (const DType dtype : {DType::f32, DType::f64, DType::f16}) {
      const Extents4 extents{{}, {13}, {35}, {11}};
      ContractCase example(random, extents, dtype, Layout::permuted, Layout::permuted, Layout::permuted, dtype);
      visit_dtype(dtype, [&]<class T>(Tag<T>) {
        for (int i = 0; i < 3; ++i)
          example.a.as<T>()[pick(random, 0, example.a.count() - 1)] = element::convert<T>(special);
        example.b.as<T>()[pick(random, 0, example.b.count() - 1)] = element::convert<T>(0.0);
      });
      Buffer got = example.run(cpu_backend()), want = example.run(reference_backend());
      visit_dtype(dtype, [&]<class T>(Tag<T>) {
        using W = accumulator<T>;
        if constexpr (std::is_floating_point_v<W>)
          for (std::int64_t i = 0; i < got.count(); ++i) {
            const W x = element::convert<W>(got.as<T>()[i]), y = element::convert<W>(want.as<T>()[i]);
            ASSERT_EQ(std::isnan(x), std::isnan(y));
            if (!std::isfinite(y) && !std::isnan(y)) {
              ASSERT_EQ(x, y);
            }
          }
      });
    }
}

}  // namespace
}  // namespace ricci::test
