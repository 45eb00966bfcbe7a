// What a product may not depend on: the number of threads, and how much working memory there is beyond the least.
#include "contract_case.h"
#include "ricci/base/parallel.h"
#include "ricci/tensor/memory.h"

namespace ricci::test {
namespace {

TEST(Contract, SameBitsForAnyNumberOfThreads) {
  Random random(11);
  const int before = num_threads();
  for (const Extents4& extents : {Extents4{{}, {257}, {263}, {401}}, Extents4{{300}, {7}, {9}, {33}},
                                  Extents4{{}, {5}, {7}, {50021}}, Extents4{{3}, {130}, {150}, {517}}})
    for (const DType dtype : {DType::f32, DType::c128, DType::f16}) {
      ContractCase example(random, extents, dtype, Layout::permuted, Layout::permuted, Layout::permuted, dtype);
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

// The working memory that a step charges is what is said of it, also when there is little of it.
void expect_stated_scratch(ContractCase& example, const std::string& what) {
  const auto account = make_ref<Account>();
  {
    const AccountScope scope(account);
    (void)example.run(cpu_backend());
  }
  const std::int64_t all = scratch_bytes(example.step), least = scratch_bytes(example.step, 0);
  EXPECT_EQ(account->peak_bytes(), all) << what;
  EXPECT_EQ(account->live_bytes(), 0);
  EXPECT_LE(least, all);
  for (const std::int64_t cap : {least, (least + all) / 2}) {
    const auto capped = make_ref<Account>(cap);
    Buffer with_little = example.c;
    {
      const AccountScope scope(capped);
      with_little = example.run(cpu_backend());
    }
    EXPECT_EQ(capped->peak_bytes(), scratch_bytes(example.step, cap)) << what;
    Buffer with_all = example.run(cpu_backend());
    EXPECT_EQ(with_little.bytes, with_all.bytes) << what;
  }
}

TEST(Contract, ScratchIsWhatIsSaid) {
  Random random(12);
  constexpr auto kSum = Semiring::sum_product;
  const std::vector<std::pair<DType, Semiring>> kinds = {{DType::f32, kSum},
                                                         {DType::c128, kSum},
                                                         {DType::f16, kSum},
                                                         {DType::i8, kSum},
                                                         {DType::i64, kSum},
                                                         {DType::f32, Semiring::log_sum_exp},
                                                         {DType::f64, Semiring::max_plus}};
  for (const Extents4& extents :
       {Extents4{{}, {257}, {263}, {401}}, Extents4{{300}, {17}, {19}, {33}}, Extents4{{}, {5}, {7}, {50021}},
        Extents4{{3}, {130}, {150}, {517}}, Extents4{{}, {3}, {70001}, {5}}, Extents4{{2}, {70001}, {3}, {5}},
        Extents4{{}, {100}, {100}, {100}}, Extents4{{600}, {17}, {19}, {33}}, Extents4{{7}, {90}, {128}, {128}}})
    for (const auto& [dtype, semiring] : kinds) {
      ContractCase example(random, extents, dtype, Layout::permuted, Layout::dense, Layout::permuted, dtype);
      example.step.semiring = semiring;
      expect_stated_scratch(example, text(extents, dtype, 0));
    }
}

}  // namespace
}  // namespace ricci::test
