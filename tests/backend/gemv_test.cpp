// Matrices of any axes times vectors against the naive loop.
#include "contract_case.h"
#include "ricci/backend/cpu/contract.h"
#include "ricci/base/parallel.h"

namespace ricci::test {
namespace {

std::vector<std::int64_t> random_extents(Random& random, std::int64_t axes, std::int64_t most) {
  std::vector<std::int64_t> out;
  for (std::int64_t i = 0; i < axes; ++i) out.push_back(pick(random, 1, most));
  return out;
}

TEST(Gemv, AnyOrderOfTheMatrixsAxesOnEveryTarget) {
  Random random(41);
  for_each_target([&](std::int64_t target) {
    int taken = 0;
    for (int round = 0; round < 100; ++round) {
      const DType dtype = round % 2 == 0 ? DType::f32 : DType::f64;
      Extents4 extents{random_extents(random, pick(random, 0, 1), 3),
                       random_extents(random, pick(random, 0, 3), 9),
                       {},
                       random_extents(random, pick(random, 1, 3), 24)};
      if (round % 3 == 0) std::swap(extents.left, extents.right);
      ContractCase example(random, extents, dtype, Layout::permuted, Layout::permuted, Layout::permuted, dtype);
      example.step.alpha = round % 5 == 0 ? 3 : 1;
      example.step.beta = round % 7 == 0 ? 2 : 0;
      example.step.a.dtype = example.step.b.dtype = example.step.c.dtype = dtype;
      taken += cpu::choose(example.step).family == cpu::Family::gemv;
      SCOPED_TRACE(concat(hwy::TargetName(target), " round ", round));
      Buffer got = example.run(cpu_backend()), want = example.run(reference_backend());
      example.expect_near(got, want);
    }
    EXPECT_GE(taken, 8) << hwy::TargetName(target);
  });
}

// Runs and results past what a task keeps, and terms between the results' axes.
TEST(Gemv, LongOnes) {
  Random random(42);
  int taken = 0;
  for (const Extents4& extents :
       {Extents4{{}, {3000}, {}, {7}}, Extents4{{}, {5}, {}, {3000}}, Extents4{{}, {70, 20}, {}, {30, 11}},
        Extents4{{}, {1100, 2}, {}, {9, 17}}, Extents4{{2}, {33, 20}, {}, {12, 7, 5}}, Extents4{{}, {}, {}, {80, 70}}})
    for (const Layout layout : {Layout::dense, Layout::permuted, Layout::permuted}) {
      ContractCase example(random, extents, DType::f32, layout, Layout::permuted, Layout::permuted, DType::f32);
      example.step.a.dtype = example.step.b.dtype = example.step.c.dtype = DType::f32;
      taken += cpu::choose(example.step).family == cpu::Family::gemv;
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
