// Values kept for a rule: as they were, or not at all.
#include "ricci/autograd/saved.h"

#include <gtest/gtest.h>

#include "ricci/autograd/dual.h"
#include "ricci/autograd/region.h"
#include "tests/autograd/operations.h"
#include "tests/message.h"

namespace ricci {
namespace {

using testing::leaf;
using testing::message;
using testing::product;
using testing::Values;
using testing::values_of;
using testing::vector_of;

TEST(Saved, IsTheValueAsItWas) {
  const Tensor x = vector_of({1, 2});
  const Saved saved = save(x);
  EXPECT_TRUE(unpack(saved, "somebody").impl() == x.impl());
  x.storage()->bump_version();
  EXPECT_EQ(message([&] { unpack(saved, "somebody"); }),
            "somebody: a value of shape (2,) that its gradient needs was changed in place after it was used\n"
            "  change a clone() instead, or call backward() before the change");
  EXPECT_NO_THROW(unpack(save(x), "somebody")) << "from now on it is another value";
}

TEST(Saved, OfAViewSeesAChangeOfTheWhole) {
  const Tensor x = vector_of({1, 2}), part = make_view(x, {1}, {1}, 0);
  const Saved saved = save(part);
  x.storage()->bump_version();
  EXPECT_THROW(unpack(saved, "somebody"), GradError);
}

TEST(Saved, InARegionIsASlot) {
  int runs = 0;
  const Tensor x = vector_of({2});
  Ref<Region> region;
  region = make_ref<Region>([&](const std::vector<Tensor>& in) { ++runs, save(product(in[0], in[0])); },
                            std::vector<Tensor>{x});
  Saved saved;
  Ref<Storage> storage;
  {
    const Region::Scope scope(*region);
    const Tensor y = product(x, x);
    storage = y.storage();
    saved = save(y);
    EXPECT_TRUE(unpack(saved, "inside").storage() == storage) << "there while the first run lasts";
    EXPECT_TRUE(save(leaf({1})).value.storage()) << "a leaf lives on anyway";
  }
  EXPECT_EQ(storage->owners(), 1u) << "no slot keeps the value";
  EXPECT_EQ(runs, 0);
}

TEST(WithHistory, KeepsAllButTheHistory) {
  const Tensor x = leaf({1, 2, 3}), y = product(x, x);
  const Tensor bare = with_history(y, nullptr);
  EXPECT_FALSE(bare.requires_grad());
  EXPECT_TRUE(bare.storage() == y.storage());
  EXPECT_TRUE(with_history(bare, y.impl()->history).requires_grad());
  const Tensor view = make_view(x, {2}, {-1}, 2), again = with_history(view, nullptr);
  EXPECT_EQ(values_of(again), (Values{3, 2}));
  EXPECT_TRUE(again.impl()->is_view);
  const Tensor dual = make_dual(2, vector_of({1}), vector_of({1}));
  EXPECT_TRUE(dual_of(with_history(dual, nullptr), 2));
}

}  // namespace
}  // namespace ricci
