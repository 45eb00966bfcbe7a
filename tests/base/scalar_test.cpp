// Which numbers a dtype can hold, at both ends of every one.
#include "ricci/base/scalar.h"

#include <gtest/gtest.h>

#include <limits>

#include "ricci/base/error.h"

namespace ricci {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

TEST(Scalar, WholeNumbersFitUpToTheEndsOfTheirDtype) {
  for (const DType dtype : {DType::i8, DType::i16, DType::i32, DType::u8}) {
    SCOPED_TRACE(name_of(dtype));
    const std::int64_t high = visit_dtype(dtype, []<class T>(Tag<T>) -> std::int64_t {
      if constexpr (std::is_integral_v<T>) return std::numeric_limits<T>::max();
      return 0;
    });
    const std::int64_t low = dtype == DType::u8 ? 0 : -high - 1;
    EXPECT_TRUE(fits(high, dtype) && fits(low, dtype) && fits(static_cast<double>(high), dtype));
    EXPECT_FALSE(fits(high + 1, dtype) || fits(low - 1, dtype) || fits(static_cast<double>(high) + 1, dtype));
    EXPECT_TRUE(fits(static_cast<double>(high) + 0.5, dtype)) << "fractions are cut off";
  }
  EXPECT_TRUE(fits(INT64_MIN, DType::i64) && fits(INT64_MAX, DType::i64) && fits(-0x1p63, DType::i64));
  EXPECT_FALSE(fits(0x1p63, DType::i64) || fits(1e30, DType::i64) || fits(-1e30, DType::i64));
}

TEST(Scalar, WhatIsNoNumberOfADtypeDoesNotFit) {
  for (const double v : {kNaN, kInfinity, -kInfinity}) {
    EXPECT_FALSE(fits(v, DType::i64) || fits(v, DType::u8));
    EXPECT_TRUE(fits(v, DType::f16) && fits(v, DType::c64) && fits(v, DType::b8));
  }
  EXPECT_FALSE(fits(std::complex<double>(1, 2), DType::f64));
  EXPECT_TRUE(fits(std::complex<double>(1, 0), DType::f64) && fits(std::complex<double>(1, 2), DType::c64));
}

TEST(Scalar, ConversionsAreDefinedForEveryDouble) {
  EXPECT_EQ(Scalar(kNaN).integer, 0);
  EXPECT_EQ(Scalar(1e30).integer, INT64_MAX);
  EXPECT_EQ(Scalar(-1e30).integer, INT64_MIN);
  EXPECT_EQ(Scalar(-2.9).integer, -2);
  EXPECT_EQ(Scalar(std::complex<double>(kInfinity, 1)).integer, INT64_MAX);
}

TEST(Scalar, UnsignedNumbersPastInt64AreNotNegative) {
  const Scalar top(std::uint64_t{1} << 63);
  EXPECT_FALSE(top.is_integer);
  EXPECT_EQ(top.value.real(), 0x1p63);
  EXPECT_FALSE(fits(top, DType::i64));
}

TEST(Scalar, MessagesNameNumberAndDtype) {
  try {
    check_fits("full", 300, DType::i8);
    FAIL();
  } catch (const DTypeError& error) {
    EXPECT_TRUE(std::string_view(error.what()).starts_with("full: 300 does not fit in int8\n")) << error.what();
  }
  EXPECT_EQ(concat(Scalar(2.5), " ", Scalar(std::complex<double>(1, -2)), " ", Scalar(std::complex<double>(1, 2))),
            "2.5 1-2j 1+2j");
}

}  // namespace
}  // namespace ricci
