// Adding gradients, maps as a backend runs them, and whose elements may be written over.
#include "ricci/autograd/accumulate.h"

#include <gtest/gtest.h>

#include "ricci/autograd/dual.h"
#include "tests/autograd/operations.h"

namespace ricci {
namespace {

using testing::leaf;
using testing::product;
using testing::pulled_back;
using testing::Values;
using testing::values_of;
using testing::vector_of;

TEST(Accumulate, AnUndefinedTensorIsZero) {
  const Tensor a = vector_of({1, 2});
  EXPECT_TRUE(accumulate(a, {}).impl() == a.impl());
  EXPECT_TRUE(accumulate({}, a).impl() == a.impl());
  EXPECT_FALSE(accumulate({}, {}).defined());
  EXPECT_EQ(values_of(accumulate(a, vector_of({10, 20}))), (Values{11, 22}));
}

TEST(Accumulate, IsRecorded) {
  const Tensor a = leaf({1}), b = leaf({2});
  const Tensors gradients = pulled_back(accumulate(a, b), vector_of({5}));
  EXPECT_EQ(values_of(gradients[0]), Values{5});
  EXPECT_EQ(values_of(gradients[1]), Values{5});
  const Tensor dual = make_dual(2, vector_of({1}), vector_of({3}));
  EXPECT_EQ(values_of(dual_of(accumulate(dual, dual), 2)->tangent()), Values{6});
}

TEST(Maps, ReadTheirInputsBroadcast) {
  const Tensor row = vector_of({1, 2, 3});
  const Tensor column = make_view(vector_of({10, 20}), {2, 1}, {1, 1}, 0);
  const Tensor both[] = {row, column};
  EXPECT_EQ(values_of(run_map(Map::add, both, {2, 3}, DType::f64)), (Values{11, 12, 13, 21, 22, 23}));
}

TEST(Maps, TakeANumberAtAnyPlace) {
  const Tensor x = vector_of({1, 2, 4}), out = empty({3}, {.dtype = DType::f64});
  map_into(Map::divide, {&x, 1}, out, {0, 8});
  EXPECT_EQ(values_of(out), (Values{8, 4, 2}));
  map_into(Map::divide, {&x, 1}, out, {1, 8});
  EXPECT_EQ(values_of(out), (Values{0.125, 0.25, 0.5}));
  const Tensor holds = empty({3}, {.dtype = DType::b8});
  map_into(Map::less, {&x, 1}, holds, {1, 3});
  const Tensor both[] = {holds, x};
  map_into(Map::where, both, out, {1, -1});
  EXPECT_EQ(values_of(out), (Values{-1, -1, 4}));
  map_into(Map::where, both, out, {2, -1});
  EXPECT_EQ(values_of(out), (Values{1, 2, -1}));
}

TEST(Maps, WriteIntoViewsAndOverTheirInput) {
  const Tensor x = vector_of({1, 2, 3, 4}), odd = make_view(x, {2}, {2}, 1);
  map_into(Map::negative, {&odd, 1}, odd);
  EXPECT_EQ(values_of(x), (Values{1, -2, 3, -4}));
  fill_elements(make_view(x, {2}, {-1}, 3), 7);
  EXPECT_EQ(values_of(x), (Values{1, -2, 7, 7}));
}

TEST(Unshared, IsWhatNobodyElseCanSee) {
  const auto fresh = [] { return empty({2}, {.dtype = DType::f64}); };
  EXPECT_TRUE(is_unshared(fresh()));
  const Tensor x = fresh();
  EXPECT_TRUE(is_unshared(x));
  {
    const Tensor handle = x;
    EXPECT_FALSE(is_unshared(x)) << "another handle";
  }
  {
    const Tensor view = make_view(x, {1}, {1}, 0);
    EXPECT_FALSE(is_unshared(x)) << "a view of it";
    EXPECT_FALSE(is_unshared(view));
  }
  EXPECT_TRUE(is_unshared(x));
  double outside[2] = {};
  EXPECT_FALSE(is_unshared(from_memory(outside, {2}))) << "somebody's memory";
  EXPECT_FALSE(is_unshared(leaf({1})));
  EXPECT_FALSE(is_unshared(product(leaf({1}), leaf({1})))) << "the tape may read it";
  EXPECT_FALSE(is_unshared(metadata_of(x)));
  EXPECT_FALSE(is_unshared(make_dual(2, fresh(), fresh())));
}

}  // namespace
}  // namespace ricci
