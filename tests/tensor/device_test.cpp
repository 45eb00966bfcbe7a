// Devices with memory of their own: counted and pooled apart, copied to and from, never read in place.
#include <gtest/gtest.h>

#include <vector>

#include "ricci/tensor/copy.h"
#include "tests/far_memory.h"

namespace ricci {
namespace {

using testing::far_memory;
using testing::kFar;

Tensor counting(const Shape& shape) {
  const Tensor t = empty(shape);
  for (std::int64_t i = 0; i < t.numel(); ++i) t.data<float>()[i] = static_cast<float>(i);
  return t;
}

class FarDevice : public ::testing::Test {
 protected:
  void SetUp() override { far_memory(); }
};

TEST_F(FarDevice, IsFoundByName) {
  EXPECT_EQ(parse_device("far"), kFar);
  EXPECT_EQ(name_of(kFar), "far");
  EXPECT_EQ(device_names(), "cpu, reference, far");
  EXPECT_THROW(parse_device("cuda"), DeviceError);
  EXPECT_THROW(memory_of({static_cast<DeviceType>(100), 1}), DeviceError);
  EXPECT_THROW(add_device({static_cast<DeviceType>(101), 0}, "far", far_memory()), DeviceError);
}

TEST_F(FarDevice, CountsItsOwnBytes) {
  const std::int64_t host = memory::live_bytes(), there = memory::live_bytes(kFar);
  {
    const Tensor small = empty({3}, {.device = kFar}), large = empty({1000}, {.device = kFar});
    EXPECT_EQ(memory::live_bytes(kFar) - there, 64 + 4032);
    EXPECT_GE(memory::peak_bytes(kFar), memory::live_bytes(kFar));
    EXPECT_EQ(memory::live_bytes(), host);
  }
  EXPECT_EQ(memory::live_bytes(kFar), there);
}

TEST_F(FarDevice, KeepsFreedBlocksApart) {
  memory::empty_cache(kFar);
  const std::int64_t host = memory::cached_bytes(), blocks = far_memory().blocks;
  const void* address = nullptr;
  {
    const Tensor t = empty({1000}, {.device = kFar});
    address = address_of(t);
  }
  EXPECT_GT(memory::cached_bytes(kFar), 0);
  EXPECT_EQ(memory::cached_bytes(), host);
  EXPECT_EQ(address_of(empty({1000}, {.device = kFar})), address);
  memory::empty_cache(kFar);
  EXPECT_EQ(memory::cached_bytes(kFar), 0);
  EXPECT_EQ(far_memory().blocks, blocks);
  EXPECT_THROW(empty({1 << 27}, {.device = kFar}), MemoryError) << "more than the device has";
}

TEST_F(FarDevice, AccountsCountOneDevice) {
  const auto host = make_ref<Account>(), there = make_ref<Account>(1000, kFar);
  const AccountScope outer(host), inner(there);
  const Tensor a = empty({100}), b = empty({100}, {.device = kFar});
  EXPECT_EQ(host->live_bytes(), 448);
  EXPECT_EQ(there->live_bytes(), 448);
  EXPECT_EQ(memory::available_bytes(kFar), 552);
  EXPECT_EQ(memory::available_bytes(), INT64_MAX);
  EXPECT_THROW(empty({200}, {.device = kFar}), BudgetError);
  EXPECT_NO_THROW(empty({200}));
}

TEST_F(FarDevice, CopiesKeepTheGeometry) {
  const Tensor dense = counting({4, 6});
  const Tensor views[] = {dense,
                          make_view(dense, {6, 4}, {1, 6}, 0),
                          make_view(dense, {2, 3}, {-12, -2}, 23),
                          make_view(dense, {3, 4}, {0, 1}, 5),
                          make_view(dense, {0, 4}, {4, 1}, 0),
                          make_view(dense, {}, {}, 7)};
  for (const Tensor& view : views) {
    const Tensor there = copy_to(view, kFar), back = copy_to(there, {});
    EXPECT_EQ(there.device(), kFar);
    EXPECT_EQ(there.shape(), view.shape());
    EXPECT_EQ(there.strides(), view.strides());
    EXPECT_EQ(to_string(back), to_string(view));
    EXPECT_EQ(to_string(there), to_string(view)) << "prints what is there";
  }
  EXPECT_TRUE(copy_to(dense, {}).impl() == dense.impl()) << "it is there already";
  EXPECT_FALSE(may_overlap(dense, copy_to(dense, kFar)));
}

TEST_F(FarDevice, IsNotReadInPlace) {
  const Tensor there = copy_to(counting({3}), kFar);
  EXPECT_THROW(there.raw_data(), DeviceError);
  EXPECT_THROW(there.data<float>(), DeviceError);
  EXPECT_EQ(make_view(there, {1}, {1}, 2).item<double>(), 2);
  EXPECT_EQ(on_host(there).data<float>()[1], 1);
  EXPECT_EQ(staging_device(kFar), Device{});
}

TEST(Device, OfTheHostShareItsMemory) {
  const Device reference{DeviceType::reference, 0};
  EXPECT_TRUE(share_memory({}, reference));
  EXPECT_EQ(memory::live_bytes(reference), memory::live_bytes());
  const Tensor t = empty({3}, {.device = reference});
  EXPECT_TRUE(on_host(t).impl() == t.impl());
  EXPECT_EQ(staging_device(reference), reference);
}

}  // namespace
}  // namespace ricci
