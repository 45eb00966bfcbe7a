// Names, sizes, promotion, and the 16-bit floats over all of their values.
#include "ricci/base/dtype.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace ricci {
namespace {

// The nearest of two neighbouring 16-bit values, ties to the even one, in exact double arithmetic.
template <class Half>
std::uint16_t nearest(double x, std::uint16_t below) {
  const auto value = [](std::uint16_t bits) {
    Half h;
    h.bits = bits;
    return static_cast<double>(static_cast<float>(h));
  };
  const auto above = static_cast<std::uint16_t>(below + 1);
  const double low = value(below);
  double high = value(above);
  if (std::isinf(high)) high = 2 * low - value(static_cast<std::uint16_t>(below - 1));  // as if the exponent went on
  if (x - low != high - x) return x - low < high - x ? below : above;
  return below % 2 == 0 ? below : above;
}

template <class Half>
void expect_round_trips() {
  for (std::uint32_t bits = 0; bits < 65536; ++bits) {
    Half h;
    h.bits = static_cast<std::uint16_t>(bits);
    const auto f = static_cast<float>(h);
    const Half back(f);
    if (std::isnan(f))
      ASSERT_TRUE(std::isnan(static_cast<float>(back))) << bits;
    else
      ASSERT_EQ(back.bits, h.bits) << f;
  }
}

template <class Half>
void expect_rounds_to_even(std::uint16_t infinity) {
  std::mt19937 random(1);
  for (std::uint32_t bits = 0; bits < infinity; ++bits) {
    Half low, high;
    low.bits = static_cast<std::uint16_t>(bits);
    high.bits = static_cast<std::uint16_t>(bits + 1);
    const auto a = static_cast<float>(low),
               b = std::isinf(static_cast<float>(high)) ? a * 1.01f : static_cast<float>(high);
    const float middle = a + (b - a) / 2;
    for (const float x : {middle, std::nextafter(middle, 0.0f), std::nextafter(middle, INFINITY),
                          a + (b - a) * static_cast<float>(random() % 1000) / 1000}) {
      if (!(x >= a) || std::isinf(x) || (b > a && x > b)) continue;
      ASSERT_EQ(Half(x).bits, nearest<Half>(x, low.bits)) << x << " after " << a;
      ASSERT_EQ(Half(-x).bits, nearest<Half>(x, low.bits) | 0x8000) << -x;
    }
  }
}

TEST(Float16, RoundTripOfAllValues) { expect_round_trips<float16>(); }
TEST(Float16, RoundsToNearestEven) { expect_rounds_to_even<float16>(0x7c00); }
TEST(BFloat16, RoundTripOfAllValues) { expect_round_trips<bfloat16>(); }
TEST(BFloat16, RoundsToNearestEven) { expect_rounds_to_even<bfloat16>(0x7f80); }

TEST(Float16, Limits) {
  EXPECT_EQ(float16(65504.0f).bits, 0x7bff);
  EXPECT_EQ(float16(65519.99f).bits, 0x7bff);
  EXPECT_EQ(float16(65520.0f).bits, 0x7c00);
  EXPECT_EQ(float16(1e30f).bits, 0x7c00);
  EXPECT_EQ(float16(0x1p-24f).bits, 1);
  EXPECT_EQ(float16(0x1p-25f).bits, 0);
  EXPECT_EQ(float16(0x1.002p-25f).bits, 1);
  EXPECT_EQ(float16(-0.0f).bits, 0x8000);
}

TEST(DType, NamesAndSizesAgree) {
  for (int i = 0; i < kDTypeCount; ++i) {
    const auto dtype = static_cast<DType>(i);
    EXPECT_EQ(parse_dtype(name_of(dtype)), dtype);
    visit_dtype(dtype, [&]<class T>(Tag<T>) {
      EXPECT_EQ(sizeof(T), size_of(dtype));
      EXPECT_EQ(dtype_of<T>(), dtype);
    });
  }
  EXPECT_EQ(parse_dtype("bf16"), DType::bf16);
  EXPECT_EQ(parse_dtype("double"), DType::f64);
  EXPECT_THROW(parse_dtype("float8"), DTypeError);
}

TEST(DType, PromotionTable) {
  using enum DType;
  // Rows and columns: f16 bf16 f32 f64 c64 c128 i8 i16 i32 i64 u8 b8.
  const DType table[kDTypeCount][kDTypeCount] = {
      {f16, f32, f32, f64, c64, c128, f16, f16, f16, f16, f16, f16},
      {f32, bf16, f32, f64, c64, c128, bf16, bf16, bf16, bf16, bf16, bf16},
      {f32, f32, f32, f64, c64, c128, f32, f32, f32, f32, f32, f32},
      {f64, f64, f64, f64, c128, c128, f64, f64, f64, f64, f64, f64},
      {c64, c64, c64, c128, c64, c128, c64, c64, c64, c64, c64, c64},
      {c128, c128, c128, c128, c128, c128, c128, c128, c128, c128, c128, c128},
      {f16, bf16, f32, f64, c64, c128, i8, i16, i32, i64, i16, i8},
      {f16, bf16, f32, f64, c64, c128, i16, i16, i32, i64, i16, i16},
      {f16, bf16, f32, f64, c64, c128, i32, i32, i32, i64, i32, i32},
      {f16, bf16, f32, f64, c64, c128, i64, i64, i64, i64, i64, i64},
      {f16, bf16, f32, f64, c64, c128, i16, i16, i32, i64, u8, u8},
      {f16, bf16, f32, f64, c64, c128, i8, i16, i32, i64, u8, b8}};
  for (int a = 0; a < kDTypeCount; ++a)
    for (int b = 0; b < kDTypeCount; ++b)
      EXPECT_EQ(promote(static_cast<DType>(a), static_cast<DType>(b)), table[a][b])
          << name_of(static_cast<DType>(a)) << " with " << name_of(static_cast<DType>(b));
}

}  // namespace
}  // namespace ricci
