// Storage, accounts, the pool, views and printing.
#include "ricci/tensor/tensor.h"

#include <gtest/gtest.h>

#include <cstring>
#include <limits>
#include <sstream>
#include <vector>

namespace ricci {
namespace {

Tensor counting(const Shape& shape) {
  Tensor t = empty(shape);
  for (std::int64_t i = 0; i < t.numel(); ++i) t.data<float>()[i] = static_cast<float>(i);
  return t;
}

TEST(Storage, IsAlignedAndCounted) {
  const std::int64_t before = memory::live_bytes();
  {
    const Tensor small = empty({3}), large = empty({1 << 20});
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(small.raw_data()) % 64, 0u);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(large.raw_data()) % (2u << 20), 0u);
    EXPECT_EQ(memory::live_bytes() - before, 64 + (4 << 20));
    EXPECT_GE(memory::peak_bytes(), memory::live_bytes());
  }
  EXPECT_EQ(memory::live_bytes(), before);
}

TEST(Storage, FreedBlocksAreReused) {
  void* data = nullptr;
  {
    const Tensor t = empty({12345});
    data = t.raw_data();
  }
  EXPECT_GT(memory::cached_bytes(), 0);
  EXPECT_EQ(empty({12345}).raw_data(), data);
  memory::empty_cache();
  EXPECT_EQ(memory::cached_bytes(), 0);
}

TEST(Account, ChargesTheCallAndHoldsTheCap) {
  const auto account = make_ref<Account>(1000);
  Tensor kept;
  {
    const AccountScope scope(account);
    kept = empty({100});
    EXPECT_EQ(account->live_bytes(), 448);
    EXPECT_THROW(empty({200}), BudgetError);
    EXPECT_EQ(account->live_bytes(), 448);
    { const Tensor more = empty({100}); }
    EXPECT_EQ(account->peak_bytes(), 896);
  }
  const Tensor outside = empty({1000});
  EXPECT_EQ(account->live_bytes(), 448);
  kept = Tensor();
  EXPECT_EQ(account->live_bytes(), 0);
  EXPECT_EQ(account->total_bytes(), 896);
}

TEST(Memory, AskingForMoreThanTheMachineHasIsAnError) {
  EXPECT_THROW(empty({std::int64_t{1} << 50}), MemoryError);
  EXPECT_THROW(empty({std::int64_t{1} << 61, 4}), ShapeError);
  EXPECT_THROW(empty({std::int64_t{1} << 62, 4, 0}), ShapeError);
  EXPECT_THROW(empty({3, -1}), ShapeError);
  EXPECT_NO_THROW(empty({3, 0, 5}));
}

TEST(Shape, ViewStridesAgreeWithACopy) {
  const Tensor base = counting({4, 6, 5});
  const Shape shapes[] = {{24, 5}, {4, 30}, {2, 2, 6, 5}, {4, 2, 3, 5, 1}, {120}, {8, 15}, {1, 120}, {3, 8, 5}};
  for (const Shape& target : shapes) {
    const auto strides = view_strides(base.shape(), base.strides(), target);
    ASSERT_TRUE(strides);
    EXPECT_EQ(*strides, contiguous_strides(target));
  }
  // Axes 0 and 2 swapped: only splits of single axes remain views.
  const Shape turned{5, 6, 4};
  const Strides back{1, 5, 30};
  EXPECT_EQ(view_strides(turned, back, {5, 2, 3, 4}), (Strides{1, 15, 5, 30}));
  EXPECT_EQ(view_strides(turned, back, {5, 6, 1, 2, 2})->back(), 30);
  EXPECT_FALSE(view_strides(turned, back, {30, 4}));
  EXPECT_FALSE(view_strides(turned, back, {120}));
  EXPECT_TRUE(view_strides({1, 4, 1}, {77, 1, 99}, {4}));
  EXPECT_TRUE(view_strides({}, {}, {1, 1}));
  EXPECT_TRUE(view_strides({3, 0}, {1, 7}, {0, 9}));
  std::ostringstream text;
  text << Shape{2, 3} << Shape{5} << Shape{};
  EXPECT_EQ(text.str(), "(2, 3)(5,)()");
}

TEST(Tensor, ValuesMustBeAskedForInTheirDtype) {
  const Tensor t = counting({1});
  EXPECT_THROW(t.data<double>(), DTypeError);
  EXPECT_EQ(t.item<double>(), 0.0);
  EXPECT_THROW(counting({2}).item<float>(), ShapeError);
  EXPECT_THROW(t.extent(1), ShapeError);
  EXPECT_EQ(counting({2, 3}).extent(-1), 3);
}

TEST(FromMemory, SharesTheCallersElements) {
  std::vector<float> data{0, 1, 2, 3, 4, 5};
  const Tensor t = from_memory(data.data(), {2, 3});
  EXPECT_EQ(t.raw_data(), data.data());
  const Tensor reversed = from_memory(data.data() + 5, {6}, {.strides = {-1}});
  EXPECT_EQ(to_string(reversed), "Tensor([5.0, 4.0, 3.0, 2.0, 1.0, 0.0])");
  EXPECT_THROW(from_memory(data.data(), {2, 3}, {.strides = {1}}), ShapeError);
  EXPECT_THROW(from_memory(static_cast<float*>(nullptr), {2}), Error);
  EXPECT_THROW(from_memory(data.data(), {2, 3}, {.strides = {std::numeric_limits<std::int64_t>::max(), 1}}),
               ShapeError);
  bool released = false;
  {
    const Tensor owner = from_memory(data.data(), DType::f32, {6}, {}, [&] { released = true; });
  }
  EXPECT_TRUE(released);
}

TEST(Print, FollowsPythonsSpelling) {
  EXPECT_EQ(to_string(Tensor()), "Tensor(undefined)");
  EXPECT_EQ(to_string(counting({2, 2})), "Tensor([[0.0, 1.0], [2.0, 3.0]])");
  EXPECT_EQ(to_string(counting({})), "Tensor(0.0)");
  EXPECT_EQ(to_string(empty({0, 3})), "Tensor([], shape=(0, 3))");
  const auto one = [](auto value) {
    Tensor t = empty({}, {.dtype = dtype_of<decltype(value)>()});
    std::memcpy(t.raw_data(), &value, sizeof value);
    return to_string(t);
  };
  EXPECT_EQ(one(0.1f), "Tensor(0.1)");
  EXPECT_EQ(one(1e16f), "Tensor(1e+16)");
  EXPECT_EQ(one(100000.0f), "Tensor(100000.0)");
  EXPECT_EQ(one(1e-5), "Tensor(1e-05, dtype=float64)");
  EXPECT_EQ(one(std::numeric_limits<float>::infinity()), "Tensor(inf)");
  EXPECT_EQ(one(true), "Tensor(True, dtype=bool)");
  EXPECT_EQ(one(std::int8_t{-7}), "Tensor(-7, dtype=int8)");
  EXPECT_EQ(one(std::complex<double>(1, -2)), "Tensor((1.0-2.0j), dtype=complex128)");
  EXPECT_EQ(one(float16(0.1f)), "Tensor(0.1, dtype=float16)");
  EXPECT_EQ(one(bfloat16(3.14159f)), "Tensor(3.14, dtype=bfloat16)");
}

TEST(Print, RowsAndTheirGradientLineUp) {
  Tensor t = counting({2, 12});
  t.set_requires_grad();
  t.set_grad(counting({2, 12}));
  EXPECT_EQ(to_string(t),
            "Tensor([[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0],\n"
            "        [12.0, 13.0, 14.0, 15.0, 16.0, 17.0, 18.0, 19.0, 20.0, 21.0,\n"
            "         22.0, 23.0]],\n"
            "       grad=[[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0,\n"
            "              11.0],\n"
            "             [12.0, 13.0, 14.0, 15.0, 16.0, 17.0, 18.0, 19.0, 20.0,\n"
            "              21.0, 22.0, 23.0]])");
}

TEST(Print, LongOnesAreShortened) {
  const std::string text = to_string(counting({40, 50}));
  EXPECT_LT(text.size(), 800u);
  EXPECT_NE(text.find("..."), std::string::npos);
  EXPECT_NE(text.find("1999.0"), std::string::npos);
  EXPECT_EQ(text.find("1000.0"), std::string::npos);
  EXPECT_EQ(to_string(counting({2, 20})).find("..."), std::string::npos);
}

}  // namespace
}  // namespace ricci
