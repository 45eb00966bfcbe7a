// Products whose vectors run along the batch against the naive loop: every tile of every instruction set.
#include "ricci/backend/cpu/contract/batch/batch_lanes.h"

#include <set>

#include "kinds.h"
#include "ricci/base/parallel.h"

namespace ricci::test {
namespace {

constexpr DType kDTypes[] = {DType::f32, DType::f64, DType::c64, DType::c128};

// A contraction of dense operands [left..., contracted, batch] and [contracted, right..., batch].
ContractCase batch_last(Random& random, const Extents4& e, DType dtype) {
  ContractCase example(random, {e.batch, e.left, e.right, e.contracted}, dtype, Layout::dense, Layout::dense,
                       Layout::dense, dtype);
  Loops& loops = example.step.loops;
  const std::int64_t b = e.batch[0], m = e.left[0], n = e.right[0], k = e.contracted[0];
  const std::int64_t outer = e.left.size() > 1 ? e.left[1] : 1;  // turned around in c, so that it never folds
  loops.batch = {{b, 1, 1, 1}};
  loops.left = {{m, outer * k * b, 0, n * b}, {outer, k * b, 0, m * n * b}};
  loops.right = {{n, 0, b, b}};
  loops.contracted = {{k, b, n * b, 0}};
  for (Axes* axes : {&loops.batch, &loops.left, &loops.right, &loops.contracted}) fold(*axes);
  example.step.a.dtype = example.step.b.dtype = example.step.c.dtype = dtype;
  return example;
}

void check(ContractCase& example, const std::string& where) {
  SCOPED_TRACE(where);
  Buffer got = example.run(cpu_backend()), want = example.run(reference_backend());
  example.expect_near(got, want);
  EXPECT_EQ(example.run_kernel(cpu_backend()).bytes, got.bytes) << "chosen once, the bits differ";
}

std::string text(const Extents4& e, DType dtype) {
  return concat(name_of(dtype), " batch ", e.batch, " left ", e.left, " right ", e.right, " contracted ", e.contracted);
}

TEST(BatchLanes, EveryTileOfEveryTarget) {
  Random random(41);
  std::set<const void*> kernels;
  std::size_t targets = 0;
  for_each_target([&](std::int64_t target) {
    if (cpu::batch_lanes_kernel<float>().width == 0) return;  // one element a vector: other kernels run
    ++targets;
    kernels.insert(reinterpret_cast<const void*>(cpu::batch_lanes_kernel<float>().run));
    for (const DType dtype : kDTypes)
      for (const std::int64_t m : {1, 2, 3, 4, 5, 7, 8})
        for (const std::int64_t n : {1, 2, 3, 4, 5, 8, 11}) {
          const Extents4 extents{{pick(random, 16, 70)}, {m, pick(random, 1, 3)}, {n}, {pick(random, 2, 9)}};
          ContractCase example = batch_last(random, extents, dtype);
          example.step.a.conjugated = is_complex(dtype) && pick(random, 0, 1) == 1;
          example.step.b.conjugated = is_complex(dtype) && pick(random, 0, 1) == 1;
          EXPECT_TRUE(runs_as("batch lanes ", example.step)) << hwy::TargetName(target);
          check(example, text(extents, dtype));
        }
  });
  EXPECT_EQ(kernels.size(), targets) << "a target was not reached";
}

TEST(BatchLanes, IntegersAndSemiringsOnEveryTarget) {
  Random random(44);
  for_each_target([&](std::int64_t target) {
    if (cpu::batch_lanes_kernel<float>().width == 0) return;
    for (const Semiring semiring : semirings_where(std::not_fn(sums_exponentials)))
      for (const DType dtype : {DType::f32, DType::f64, DType::i32, DType::i64})
        for (const std::int64_t m : {1, 2, 3, 5})
          for (const std::int64_t n : {1, 3, 4, 7}) {
            const Extents4 extents{{pick(random, 16, 70)}, {m, pick(random, 1, 3)}, {n}, {pick(random, 2, 9)}};
            ContractCase example = batch_last(random, extents, dtype);
            example.step.semiring = semiring;
            if (semiring != Semiring::sum_product)
              for (Buffer* buffer : {&example.a, &example.b}) strew_ends(random, *buffer);
            EXPECT_TRUE(runs_as("batch lanes ", example.step)) << hwy::TargetName(target);
            SCOPED_TRACE(concat(name_of(semiring), " ", text(extents, dtype)));
            expect_as_the_naive_loop(example, {dtype, semiring});
          }
  });
}

TEST(BatchLanes, SeveralTasksWithTheSameBitsForAnyNumberOfThreads) {
  Random random(42);
  const int before = num_threads();
  for (const DType dtype : kDTypes) {
    const Extents4 extents{{16411}, {3}, {4}, {5}};
    ContractCase example = batch_last(random, extents, dtype);
    check(example, text(extents, dtype));
    std::vector<std::byte> first;
    for (const int threads : {1, 2, 3, 8}) {
      set_num_threads(threads);
      const Buffer got = example.run(cpu_backend());
      if (first.empty()) first = got.bytes;
      ASSERT_TRUE(first == got.bytes) << text(extents, dtype) << " with " << threads << " threads";
    }
    set_num_threads(before);
  }
}

TEST(BatchLanes, ScaledOrShortBatchesRunElsewhere) {
  Random random(43);
  for (const std::int64_t batch : {1, 2, 3, 5, 15, 31}) {
    const Extents4 extents{{batch}, {3}, {4}, {5}};
    for (const DType dtype : kDTypes) {
      ContractCase example = batch_last(random, extents, dtype);
      example.step.beta = 1;
      check(example, text(extents, dtype));
      example.step.beta = 0;
      check(example, text(extents, dtype));
    }
  }
}

}  // namespace
}  // namespace ricci::test
