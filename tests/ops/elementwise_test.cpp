// Promotion of tensors with tensors and with plain numbers, by torch's rules.
#include "ricci/ops/elementwise.h"

#include <gtest/gtest.h>

#include <cmath>

#include "ricci/ops/create.h"
#include "ricci/ops/reduce.h"
#include "ricci/ops/shape.h"

namespace ricci {
namespace {

DType with(const Value& a, const Value& b) { return add(a, b).dtype(); }

TEST(Promotion, OfPlainNumbersKeepsTheTensorsDtypeWhereItCan) {
  for (int i = 0; i < kDTypeCount; ++i) {
    const auto dtype = static_cast<DType>(i);
    const Tensor t = ones({2}, {.dtype = dtype});
    SCOPED_TRACE(name_of(dtype));
    EXPECT_EQ(with(t, true), dtype);
    EXPECT_EQ(with(t, 2), dtype == DType::b8 ? DType::i64 : dtype);
    EXPECT_EQ(with(2.5, t), is_float(dtype) ? dtype : DType::f32);
    EXPECT_EQ(with(t, std::complex<double>(0, 1)), complex_of(dtype));
    EXPECT_EQ(divide(t, t).dtype(), is_float(dtype) ? dtype : DType::f32);
    EXPECT_EQ(equal(t, 1).dtype(), DType::b8);
  }
}

TEST(Promotion, OfTensorsCountsZeroAxesToo) {
  const Tensor f32 = ones({2}), f64 = ones({}, {.dtype = DType::f64}), i64 = ones({2}, {.dtype = DType::i64}),
               f16 = ones({2}, {.dtype = DType::f16}), bf16 = ones({2}, {.dtype = DType::bf16}),
               u8 = ones({2}, {.dtype = DType::u8}), i8 = ones({2}, {.dtype = DType::i8}),
               c64 = ones({2}, {.dtype = DType::c64});
  EXPECT_EQ(with(f32, f64), DType::f64);
  EXPECT_EQ(with(f16, i64), DType::f16);
  EXPECT_EQ(with(f16, bf16), DType::f32);
  EXPECT_EQ(with(u8, i8), DType::i16);
  EXPECT_EQ(with(c64, f64), DType::c128);
  EXPECT_EQ(with(c64, i64), DType::c64);
}

TEST(Elementwise, WhatHasNoMeaningIsRefused) {
  const Tensor z = ones({2}, {.dtype = DType::c64}), flag = ones({2}, {.dtype = DType::b8});
  EXPECT_THROW(less(z, z), DTypeError);
  EXPECT_THROW(maximum(z, 1), DTypeError);
  EXPECT_THROW(relu(z), DTypeError);
  EXPECT_THROW(negative(flag), DTypeError);
  EXPECT_THROW(where(z, 1, 2), DTypeError);
  EXPECT_THROW(add(ones({2, 3}), ones({2})), ShapeError);
  EXPECT_THROW(add(ones({2}), to(ones({2}), Device{DeviceType::reference})), DeviceError);
}

TEST(Elementwise, ANumberThatDoesNotFitIsRefusedAndNeverWrapped) {
  const Tensor x = tensor({44, -1, 7}, {.dtype = DType::i8});
  EXPECT_THROW(add(x, 300), DTypeError);
  EXPECT_THROW(maximum(-200, x), DTypeError);
  EXPECT_THROW(where(equal(x, 7), x, 300), DTypeError);
  EXPECT_THROW(full({3}, 300, {.dtype = DType::i8}), DTypeError);
  EXPECT_THROW(full({3}, NAN, {.dtype = DType::i64}), DTypeError);
  EXPECT_THROW(full({3}, 1e30, {.dtype = DType::i32}), DTypeError);
  EXPECT_THROW(full({3}, std::complex<double>(0, 1), {.dtype = DType::f32}), DTypeError);
  EXPECT_THROW(fill(x, 128), DTypeError);
  EXPECT_THROW(arange(300, {.dtype = DType::u8}), DTypeError);
  EXPECT_THROW(arange(0, -200, -1, {.dtype = DType::i8}), DTypeError);
  EXPECT_EQ(arange(256, {.dtype = DType::u8}).numel(), 256);
  EXPECT_THROW(tensor({1, 300}, {.dtype = DType::i8}), DTypeError);
  fill(x, -128);
  EXPECT_EQ(x.data<std::int8_t>()[2], -128);
}

// 300 is 44 modulo 256.
TEST(Elementwise, ComparisonsWithANumberPastTheDtypeAreExact) {
  const Tensor x = tensor({44, -1, 127}, {.dtype = DType::i8});
  EXPECT_FALSE(max(equal(x, 300)).item<bool>());
  EXPECT_TRUE(min(not_equal(300, x)).item<bool>());
  EXPECT_TRUE(min(less(x, 300)).item<bool>());
  EXPECT_TRUE(min(greater_equal(x, -1000)).item<bool>());
  for (const DType dtype : {DType::f16, DType::bf16, DType::f32, DType::c64}) {
    const Tensor infinity = full({1}, HUGE_VAL, {.dtype = dtype});
    EXPECT_FALSE(equal(infinity, 1e300).item<bool>());
    EXPECT_TRUE(equal(infinity, HUGE_VAL).item<bool>());
    EXPECT_TRUE(is_complex(dtype) || greater(infinity, 1e300).item<bool>());
  }
}

TEST(Elementwise, FloorDivideAndRemainderFollowPython) {
  const Tensor a = tensor({7, -7, 7, -7}), b = tensor({2, 2, -2, -2});
  EXPECT_TRUE(min(equal(floor_divide(a, b), tensor({3, -4, -4, 3}))).item<bool>());
  EXPECT_TRUE(min(equal(remainder(a, b), tensor({1, 1, -1, -1}))).item<bool>());
  EXPECT_TRUE(min(equal(remainder(to(a, DType::f64), 2.5), tensor({2.0, 0.5, 2.0, 0.5}))).item<bool>());
  EXPECT_THROW(floor_divide(a, 0), Error);
  EXPECT_THROW(remainder(ones({2}, {.dtype = DType::c64}), 2), DTypeError);
}

TEST(Elementwise, EmptyTensorsStayEmpty) {
  const Tensor none = zeros({0, 3});
  EXPECT_EQ((none * 2 + none).shape(), (Shape{0, 3}));
  EXPECT_EQ(sum(none).item<float>(), 0.f);
  EXPECT_EQ(sum(none, {.axes = {0}}).shape(), (Shape{3}));
  EXPECT_THROW(max(none), ShapeError);
  EXPECT_THROW(mean(none), ShapeError);
  EXPECT_EQ(max(none, {.axes = {1}}).shape(), (Shape{0}));
}

}  // namespace
}  // namespace ricci
