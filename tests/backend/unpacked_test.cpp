// Products without packing against the naive loop: every tile of every instruction set.
#include "ricci/backend/cpu/contract/unpacked/unpacked.h"

#include <set>

#include "contract_case.h"
#include "ricci/base/parallel.h"
#include "ricci/tensor/memory.h"

namespace ricci::test {
namespace {

constexpr DType kDTypes[] = {DType::f32, DType::f64, DType::c64, DType::c128};

// How often each way through was taken.
struct Seen {
  int direct = 0, copied = 0, swapped = 0, walked = 0, scattered = 0;
};

void check(ContractCase& example, const std::string& where, Seen& seen) {
  SCOPED_TRACE(where);
  if (runs_as("unpacked", example.step)) {
    const cpu::UnpackedPlan plan = *cpu::plan_unpacked(example.step);
    ++(plan.copies_columns ? seen.copied : seen.direct);
    seen.swapped += plan.swapped;
    seen.walked += !plan.outer.empty();
    seen.scattered += plan.column.extent > 1 && plan.column.c != 1;
  }
  Buffer got = example.run(cpu_backend()), want = example.run(reference_backend());
  example.expect_near(got, want);
  EXPECT_EQ(example.run_kernel(cpu_backend()).bytes, got.bytes) << "chosen once, the bits differ";
}

TEST(Unpacked, EveryTileOfEveryTarget) {
  Random random(31);
  std::set<const void*> kernels;
  std::size_t targets = 0;
  for_each_target([&](std::int64_t target) {
    const cpu::UnpackedKernel<float> kernel = cpu::unpacked_kernel<float>();
    if (!kernel) return;  // one element a vector: the packed product runs instead
    ++targets;
    kernels.insert(reinterpret_cast<const void*>(kernel));
    Seen seen;
    int products = 0;
    for (const DType dtype : kDTypes)
      for (const std::int64_t m : {1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 13, 16, 25})
        for (const std::int64_t n : {2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65}) {
          const Extents4 extents{{pick(random, 1, 3)}, {m}, {n}, {pick(random, 2, 9)}};
          ContractCase example(random, extents, dtype, Layout::permuted, Layout::dense, Layout::dense, dtype);
          example.step.a.dtype = example.step.b.dtype = example.step.c.dtype = dtype;
          check(example, text(extents, dtype, target), seen);
          ++products;
        }
    EXPECT_EQ(seen.direct, products) << hwy::TargetName(target);
  });
  EXPECT_EQ(kernels.size(), targets) << "a target was not reached";
}

TEST(Unpacked, LanesCopiedSwappedAndLeftOverAxes) {
  Random random(32);
  Seen seen;
  for (int round = 0; round < 300; ++round) {
    const DType dtype = kDTypes[round % 4];
    const Extents4 extents{{pick(random, 1, 3), pick(random, 1, 4)},
                           {pick(random, 4, 20), pick(random, 1, 3)},
                           {pick(random, 1, 3), pick(random, 8, 40)},
                           {pick(random, 0, 30)}};
    ContractCase example(random, extents, dtype, Layout::permuted, Layout::permuted, Layout::permuted, dtype);
    example.step.a.dtype = example.step.b.dtype = example.step.c.dtype = dtype;
    if (!is_complex(dtype)) {
      example.step.alpha = -2;
      example.step.beta = round % 8 < 4 ? 0 : 3;
    }
    check(example, text(extents, dtype, 0), seen);
  }
  EXPECT_GT(seen.direct, 10);
  EXPECT_GT(seen.copied, 10);
  EXPECT_GT(seen.swapped, 10);
  EXPECT_GT(seen.walked, 10);
}

TEST(Unpacked, ConjugatedOperands) {
  Random random(33);
  Seen seen;
  for_each_target([&](std::int64_t target) {
    for (const DType dtype : {DType::c64, DType::c128})
      for (const bool a : {false, true})
        for (const bool b : {false, true})
          for (const std::int64_t n : {3, 37}) {
            const Extents4 extents{{5}, {7}, {n}, {6}};
            ContractCase example(random, extents, dtype, Layout::dense, Layout::dense, Layout::dense, dtype);
            example.step.a = {nullptr, dtype, a};
            example.step.b = {nullptr, dtype, b};
            example.step.c.dtype = dtype;
            check(example, text(extents, dtype, target), seen);
          }
  });
  EXPECT_GT(seen.direct, 0);
}

TEST(Unpacked, LongAndThinInSeveralTasks) {
  Random random(34);
  Seen seen;
  for (const DType dtype : kDTypes)
    for (const Extents4& extents : {Extents4{{}, {30001}, {5}, {3}}, Extents4{{}, {601}, {8}, {129}},
                                    Extents4{{}, {111}, {1037}, {5}}, Extents4{{10011}, {4}, {4}, {4}}}) {
      ContractCase example(random, extents, dtype, Layout::dense, Layout::dense, Layout::dense, dtype);
      example.step.a.dtype = example.step.b.dtype = example.step.c.dtype = dtype;
      check(example, text(extents, dtype, 0), seen);
    }
  EXPECT_EQ(seen.direct, 16);
}

// A product of dense operands, either of which may have its two axes the other way round in memory.
ContractCase turned_case(Random& random, const Extents4& extents, DType dtype, bool turns_a, bool turns_b) {
  ContractCase example(random, extents, dtype, Layout::dense, Layout::dense, Layout::dense, dtype);
  Axis &row = example.step.loops.left[0], &lane = example.step.loops.right[0], &step = example.step.loops.contracted[0];
  if (turns_a) row.a = row.a == 1 ? step.extent : 1, step.a = step.a == 1 ? row.extent : 1;
  if (turns_b) lane.b = lane.b == 1 ? step.extent : 1, step.b = step.b == 1 ? lane.extent : 1;
  example.step.a.dtype = example.step.b.dtype = example.step.c.dtype = dtype;
  example.step.alpha = 2;
  example.step.beta = turns_a ? 0 : 3;
  return example;
}

TEST(Unpacked, NarrowProductsAreReadWhereTheyLie) {
  Random random(36);
  for_each_target([&](std::int64_t target) {
    if (!cpu::unpacked_kernel<float>()) return;
    Seen seen;
    for (const DType dtype : {DType::f32, DType::f64})
      for (const bool turns_a : {false, true})
        for (const bool turns_b : {false, true})
          for (const Extents4& extents : {Extents4{{}, {211}, {24}, {300}}, Extents4{{}, {331}, {60}, {70}}}) {
            ContractCase example = turned_case(random, extents, dtype, turns_a, turns_b);
            check(example, text(extents, dtype, target), seen);
          }
    EXPECT_EQ(seen.direct, 8) << hwy::TargetName(target);
    EXPECT_EQ(seen.copied, 8) << hwy::TargetName(target);
    const Extents4 wide{{}, {150}, {130}, {110}};  // more lanes than are copied
    ContractCase example = turned_case(random, wide, DType::f32, false, false);
    check(example, text(wide, DType::f32, target), seen);
    EXPECT_EQ(seen.direct, 9) << hwy::TargetName(target);
  });
}

// Sums over k of a[p, q, k] (or a[p, k, q] if it `turns`) and b[k, few] (or b[few, k]) into c[few, q, p].
ContractCase apart_case(Random& random, std::int64_t p, std::int64_t q, std::int64_t few, std::int64_t k, DType dtype,
                        bool turns) {
  ContractCase example(random, {{}, {p * q}, {few}, {k}}, dtype, Layout::dense, Layout::dense, Layout::dense, dtype);
  Loops& loops = example.step.loops;
  loops.left = {{p, q * k, 0, 1}, {q, turns ? 1 : k, 0, p}};
  loops.right = {{few, 0, turns ? k : 1, p * q}};
  loops.contracted = {{k, turns ? q : 1, turns ? 1 : few, 0}};
  example.step.a.dtype = example.step.b.dtype = example.step.c.dtype = dtype;
  return example;
}

TEST(Unpacked, ResultsStoredApart) {
  Random random(37);
  for_each_target([&](std::int64_t target) {
    if (!cpu::unpacked_kernel<float>()) return;
    Seen seen;
    int products = 0;
    for (const DType dtype : {DType::f32, DType::f64})
      for (const bool turns : {false, true})
        for (const std::int64_t few : {8, 13})
          for (const auto& [alpha, beta] : {std::pair{1, 0}, {2, 3}}) {
            ContractCase example = apart_case(random, 97, 89, few, 8 * few + 1, dtype, turns);
            example.step.alpha = alpha, example.step.beta = beta;
            check(example, concat(few, turns ? " rows of " : " lanes of ", name_of(dtype), " on ", target), seen);
            ++products;
          }
    EXPECT_EQ(seen.scattered, products) << hwy::TargetName(target);
    ContractCase large = apart_case(random, 31, 300, 8, 80, DType::f64, true);  // lanes that are asked for ahead
    check(large, "large", seen);
    EXPECT_EQ(seen.scattered, products + 1) << hwy::TargetName(target);
  });
}

TEST(Unpacked, SameBitsForAnyNumberOfThreads) {
  Random random(35);
  const int before = num_threads();
  for (const Extents4& extents : {Extents4{{}, {101}, {97}, {89}}, Extents4{{9001}, {3}, {5}, {7}}})
    for (const DType dtype : kDTypes) {
      ContractCase example(random, extents, dtype, Layout::permuted, Layout::permuted, Layout::dense, dtype);
      std::vector<std::byte> first;
      for (const int threads : {1, 2, 3, 8}) {
        set_num_threads(threads);
        const Buffer got = example.run(cpu_backend());
        if (first.empty()) first = got.bytes;
        ASSERT_TRUE(first == got.bytes) << text(extents, dtype, 0) << " with " << threads << " threads";
      }
      set_num_threads(before);
    }
}

}  // namespace
}  // namespace ricci::test
