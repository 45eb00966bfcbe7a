// Semirings by name, and which dtypes each of them works in.
#include <gtest/gtest.h>

#include "ricci/algebra/parse.h"
#include "ricci/base/error.h"

namespace ricci {
namespace {

constexpr Semiring kAll[] = {Semiring::sum_product, Semiring::max_plus, Semiring::min_plus, Semiring::max_product,
                             Semiring::log_sum_exp};

Contraction dot(DType first, DType second, Semiring semiring) {
  const std::vector<Extents> shapes{{3}, {3}};
  const std::vector<DType> dtypes{first, second};
  return parse("i,i->", shapes, dtypes, {.sizes = {}, .semiring = semiring}).contraction;
}

TEST(Semirings, HaveNames) {
  for (const Semiring semiring : kAll) EXPECT_EQ(parse_semiring(name_of(semiring)), semiring);
  try {
    parse_semiring("tropical");
    ADD_FAILURE() << "nothing was thrown";
  } catch (const EinsumError& error) {
    EXPECT_STREQ(error.what(),
                 "unknown semiring 'tropical'\n  known: sum_product, max_plus, min_plus, max_product, log_sum_exp");
  }
}

TEST(Semirings, AreInTheContractionAndItsKey) {
  std::vector<std::string> keys;
  for (const Semiring semiring : kAll) {
    const Contraction c = dot(DType::f32, DType::f64, semiring);
    EXPECT_EQ(c.semiring, semiring);
    EXPECT_EQ(c.dtype, DType::f64);
    for (const std::string& key : keys) EXPECT_NE(key, c.key());
    keys.push_back(c.key());
  }
}

TEST(Semirings, OfAnOrderRefuseComplexNumbersAndNameTheOperand) {
  for (const Semiring semiring : kAll) {
    if (semiring == Semiring::sum_product) {
      EXPECT_EQ(dot(DType::f64, DType::c64, semiring).dtype, DType::c128);
      continue;
    }
    try {
      dot(DType::f64, DType::c64, semiring);
      ADD_FAILURE() << name_of(semiring);
    } catch (const DTypeError& error) {
      EXPECT_EQ(error.operand(), 1);
      EXPECT_EQ(error.position(), 2);
      EXPECT_NE(std::string_view(error.what()).find("operand 2 is complex64"), std::string_view::npos);
    }
  }
}

TEST(Semirings, WithLogarithmsNeedAFloat) {
  EXPECT_THROW(dot(DType::i32, DType::u8, Semiring::log_sum_exp), DTypeError);
  EXPECT_EQ(dot(DType::i32, DType::f16, Semiring::log_sum_exp).dtype, DType::f16);
  for (const Semiring semiring : {Semiring::max_plus, Semiring::min_plus, Semiring::max_product})
    EXPECT_EQ(dot(DType::i32, DType::u8, semiring).dtype, DType::i32);
}

TEST(Semirings, OnBoolAreOrAndAnd) {
  for (const Semiring semiring : kAll) EXPECT_EQ(dot(DType::b8, DType::b8, semiring).dtype, DType::b8);
}

}  // namespace
}  // namespace ricci
