// Values and memory of every type of numbers that C++ has, those that no dtype has too.
#include <gtest/gtest.h>

#include <vector>

#include "ricci/ricci.h"

namespace ricci {
namespace {

template <class T>
void expect_items_of_every_dtype() {
  for (int i = 0; i < kDTypeCount; ++i) {
    const auto dtype = static_cast<DType>(i);
    SCOPED_TRACE(name_of(dtype));
    const Tensor one = ones({}, {.dtype = dtype});
    if constexpr (is_complex_type<T>) {
      EXPECT_EQ(one.item<T>(), T(1));
    } else if (is_complex(dtype)) {
      EXPECT_THROW(one.item<T>(), DTypeError);
    } else if constexpr (is_half_type<T>) {
      EXPECT_EQ(one.item<T>().bits, T(1).bits);
    } else {
      EXPECT_EQ(one.item<T>(), T(1));
    }
  }
}

TEST(Item, IsThereForEveryTypeOfNumbers) {
  expect_items_of_every_dtype<bool>();
  expect_items_of_every_dtype<char>();
  expect_items_of_every_dtype<std::int8_t>();
  expect_items_of_every_dtype<std::uint8_t>();
  expect_items_of_every_dtype<std::int16_t>();
  expect_items_of_every_dtype<std::uint16_t>();
  expect_items_of_every_dtype<int>();
  expect_items_of_every_dtype<unsigned>();
  expect_items_of_every_dtype<long>();
  expect_items_of_every_dtype<unsigned long>();
  expect_items_of_every_dtype<long long>();
  expect_items_of_every_dtype<unsigned long long>();
  expect_items_of_every_dtype<float>();
  expect_items_of_every_dtype<double>();
  expect_items_of_every_dtype<long double>();
  expect_items_of_every_dtype<std::complex<float>>();
  expect_items_of_every_dtype<std::complex<double>>();
  expect_items_of_every_dtype<float16>();
  expect_items_of_every_dtype<bfloat16>();
}

TEST(Item, KeepsWhatTheTypeHolds) {
  const std::int64_t large = (std::int64_t{1} << 62) + 1;
  const Tensor t = tensor(large);
  EXPECT_EQ(t.item<long long>(), large);
  EXPECT_EQ(t.item<long>(), large);
  EXPECT_EQ(tensor(2.75f).item<int>(), 2);
  EXPECT_EQ(tensor(0.5f).item<bool>(), true);
  EXPECT_EQ(static_cast<float>(to(tensor(1.5f), DType::bf16).item<bfloat16>()), 1.5f);
  EXPECT_EQ(tensor(std::complex<float>(1, 2)).item<std::complex<double>>(), std::complex<double>(1, 2));
  EXPECT_THROW(ones({2}).item<std::uint8_t>(), ShapeError);
}

// data<T>() and from_memory(T*) stop the compiler, with the mend, where this is false.
static_assert(is_element_type<std::uint8_t> && is_element_type<long> && is_element_type<long long>);
static_assert(!is_element_type<std::uint16_t> && !is_element_type<std::uint32_t> && !is_element_type<std::uint64_t>);
static_assert(!is_element_type<unsigned long long> && !is_element_type<long double>);

TEST(Unsigned, NumbersInListsAreKeptOrRefused) {
  EXPECT_EQ(tensor({7u, 8u}).dtype(), DType::i32);
  EXPECT_EQ(tensor(std::vector<std::size_t>{7, 8}).dtype(), DType::i64);
  EXPECT_EQ(tensor(std::vector<std::uint8_t>{255}).item<int>(), 255);
  EXPECT_THROW(tensor({4000000000u}), DTypeError);
  EXPECT_EQ(tensor({4000000000u}, {.dtype = DType::i64}).item<std::int64_t>(), 4000000000);
}

}  // namespace
}  // namespace ricci
