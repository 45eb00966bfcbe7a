#include "ricci/path/tree/rates.h"

#include <gtest/gtest.h>

#include "ricci/path/search/search.h"

namespace ricci::path {
namespace {

// Rates with the number of each row as its bytes per second, from 1.
Rates numbered() {
  std::vector<KernelRates> rows = Rates::built_in().rows();
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i].model.bytes_per_second = static_cast<double>(i + 1);
  return Rates(std::move(rows));
}

const KernelRates& row_of(DType dtype, Semiring semiring) {
  const Rates rates = numbered();
  const auto number = static_cast<std::size_t>(rates.model(dtype, semiring).bytes_per_second);
  return Rates::built_in().rows().at(number - 1);
}

TEST(Rates, EachDTypeAndSemiringHasThoseOfItsKernels) {
  const auto expect = [](DType dtype, Semiring semiring, DType like, Semiring kind) {
    const KernelRates& row = row_of(dtype, semiring);
    EXPECT_EQ(row.dtype, like) << name_of(dtype) << " in " << name_of(semiring);
    EXPECT_EQ(row.semiring, kind) << name_of(dtype) << " in " << name_of(semiring);
  };
  for (const KernelRates& row : Rates::built_in().rows()) expect(row.dtype, row.semiring, row.dtype, row.semiring);
  for (const DType narrow : {DType::i8, DType::i16, DType::u8}) {
    expect(narrow, Semiring::sum_product, DType::i32, Semiring::sum_product);
    expect(narrow, Semiring::min_plus, DType::i16, Semiring::max_plus);
  }
  for (const Semiring semiring : {Semiring::sum_product, Semiring::max_plus, Semiring::log_sum_exp})
    expect(DType::b8, semiring, DType::i32, Semiring::sum_product);
  expect(DType::f32, Semiring::max_product, DType::f32, Semiring::max_plus);
  expect(DType::u8, Semiring::max_product, DType::u8, Semiring::max_product);
  expect(DType::bf16, Semiring::log_sum_exp, DType::f32, Semiring::log_sum_exp);
}

TEST(Rates, AStepAmongOthersTakesLonger) {
  const KernelRates& row = Rates::built_in().rows().front();
  CostModel model = Rates::built_in().model(row.dtype, row.semiring);
  EXPECT_GT(model.seconds_per_step, row.model.seconds_per_step);
  model.seconds_per_step = row.model.seconds_per_step;
  EXPECT_EQ(model, row.model);
}

TEST(Rates, ASearchGoesByTheBuiltInOnesUnlessItIsGivenAModel) {
  Contraction product;
  product.inputs = {{{0, 1}, false}, {{1, 2}, false}};
  product.output = {0, 2};
  product.extents = {2, 3, 4};
  product.dtype = DType::f64;
  EXPECT_EQ(model_of({}, product), Rates::built_in().model(DType::f64));
  const CostModel other{1, 2, 3};
  EXPECT_EQ(model_of({.model = other}, product), other);
}

}  // namespace
}  // namespace ricci::path
