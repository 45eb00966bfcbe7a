// Many tiny products that are packed with the batch innermost, against the naive loop.
#include "kinds.h"
#include "ricci/backend/cpu/contract/batch/batch_lanes.h"
#include "ricci/backend/cpu/contract/packed/packed.h"
#include "ricci/base/parallel.h"
#include "ricci/tensor/memory.h"

namespace ricci::test {
namespace {

constexpr DType kReal[] = {DType::f16, DType::bf16, DType::f32, DType::f64, DType::i8,
                           DType::i16, DType::i32,  DType::i64, DType::u8,  DType::b8};

// Those that neither run in vectors where they lie nor element by element.
std::vector<Kind> every_kind() {
  std::vector<Kind> kinds;
  for (const DType dtype : kReal)
    for (const Semiring semiring : semirings_where(std::not_fn(sums_exponentials))) {
      if (semiring == Semiring::sum_product && (dtype == DType::f32 || dtype == DType::f64)) continue;
      if (!cpu::has_tiles(dtype, semiring)) continue;
      kinds.push_back({dtype, semiring});
    }
  return kinds;
}

ContractCase case_of(Random& random, const Kind& kind, const Extents4& extents, Layout layout, DType c_dtype) {
  ContractCase example(random, extents, kind.dtype, layout, layout,
                       layout == Layout::broadcast ? Layout::dense : layout, c_dtype);
  example.step.a.dtype = example.step.b.dtype = kind.dtype;
  example.step.c.dtype = c_dtype;
  example.step.semiring = kind.semiring;
  if (kind.semiring != Semiring::sum_product)
    for (Buffer* buffer : {&example.a, &example.b, &example.c}) strew_ends(random, *buffer);
  return example;
}

std::string text(const Extents4& e, const Kind& kind) {
  return concat(name_of(kind.dtype), " ", name_of(kind.semiring), " batch ", e.batch, " left ", e.left, " right ",
                e.right, " contracted ", e.contracted);
}

bool runs_here(const ContractCase& example) { return runs_as("batch lanes, packed", example.step); }

// Batches around a vector, a piece and two of them, of products around a tile.
TEST(BatchPacked, EveryKindAndLayoutOnEveryTarget) {
  Random random(51);
  for_each_target([&](std::int64_t target) {
    if (cpu::batch_lanes_kernel<float>().width == 0) return;  // one element a vector: other kernels run
    int taken = 0, all = 0;
    for (const Kind& kind : every_kind())
      for (const Layout layout : kLayouts)
        for (const std::int64_t batch : {15, 16, 33, 127, 130, 255, 257, 511}) {
          const Extents4 extents{{batch, pick(random, 1, 3)},
                                 {pick(random, 1, 3), pick(random, 1, 3)},
                                 {pick(random, 1, 5)},
                                 {pick(random, 1, 3), pick(random, 1, 3)}};
          ContractCase example = case_of(random, kind, extents, layout, kind.dtype);
          const bool scales = kind.semiring == Semiring::sum_product && kind.dtype != DType::b8;
          if (scales && pick(random, 0, 3) == 0) example.step.alpha = 3;
          if (pick(random, 0, 3) == 0) example.step.beta = scales ? 2 : 1;
          taken += runs_here(example);
          ++all;
          SCOPED_TRACE(concat(text(extents, kind), " on ", hwy::TargetName(target)));
          expect_as_the_naive_loop(example, kind);
        }
    EXPECT_GT(taken, all / 2) << hwy::TargetName(target);
  });
}

// Up to the largest products that run here, and matrices that are none.
TEST(BatchPacked, LongerProducts) {
  Random random(52);
  for (const Kind& kind : {Kind{DType::f16, Semiring::sum_product}, Kind{DType::bf16, Semiring::max_plus},
                           Kind{DType::i16, Semiring::min_plus}, Kind{DType::i64, Semiring::sum_product},
                           Kind{DType::f32, Semiring::max_plus}})
    for (const Extents4& extents : {Extents4{{70}, {27}, {26}, {28}}, Extents4{{40}, {}, {}, {1100}},
                                    Extents4{{300}, {40}, {}, {33}}, Extents4{{300}, {}, {35}, {31}}})
      for (const Layout layout : {Layout::dense, Layout::permuted}) {
        ContractCase example = case_of(random, kind, extents, layout, kind.dtype);
        EXPECT_TRUE(runs_here(example) || runs_as("batch lanes ", example.step));
        SCOPED_TRACE(text(extents, kind));
        expect_as_the_naive_loop(example, kind);
      }
}

TEST(BatchPacked, BatchesOfDotProductsInFloats) {
  Random random(53);
  for (const DType dtype : {DType::f32, DType::f64})
    for (const std::int64_t terms : {7, 8, 17, 300}) {
      const Extents4 extents{{201}, {}, {}, {terms}};
      const Kind kind{dtype, Semiring::sum_product};
      ContractCase example = case_of(random, kind, extents, Layout::dense, dtype);
      EXPECT_EQ(runs_here(example), terms >= 8);
      expect_as_the_naive_loop(example, kind);
    }
}

TEST(BatchPacked, ResultsInAnotherDtype) {
  Random random(54);
  for (const DType in : {DType::f16, DType::bf16})
    for (const DType out : {DType::f16, DType::bf16, DType::f32}) {
      const Extents4 extents{{150}, {3}, {5}, {4}};
      ContractCase example = case_of(random, {in, Semiring::sum_product}, extents, Layout::permuted, out);
      EXPECT_TRUE(runs_here(example));
      Buffer got = example.run(cpu_backend()), want = example.run(reference_backend());
      example.expect_near(got, want);
    }
}

TEST(BatchPacked, SameBitsForAnyNumberOfThreadsAndAnyMemory) {
  Random random(55);
  const int before = num_threads();
  for (const Kind& kind : every_kind()) {
    const Extents4 extents{{9001}, {3}, {4}, {5}};
    ContractCase example = case_of(random, kind, extents, Layout::permuted, kind.dtype);
    const Buffer chosen = example.run_kernel(cpu_backend());
    for (const int threads : {1, 2, 3, 8}) {
      set_num_threads(threads);
      ASSERT_TRUE(example.run(cpu_backend()).bytes == chosen.bytes) << text(extents, kind) << ", " << threads;
    }
    set_num_threads(before);
    const std::int64_t all = scratch_bytes(example.step), least = scratch_bytes(example.step, 0);
    for (const std::int64_t most : {least, (least + all) / 2, all}) {
      const auto account = make_ref<Account>(most);
      const AccountScope scope(account);
      ASSERT_TRUE(example.run(cpu_backend()).bytes == chosen.bytes) << text(extents, kind) << " in " << most;
      EXPECT_EQ(account->peak_bytes(), scratch_bytes(example.step, most)) << text(extents, kind);
    }
  }
}

}  // namespace
}  // namespace ricci::test
