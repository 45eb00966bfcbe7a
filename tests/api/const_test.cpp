// Memory that is lent as const: read by every function, written by none.
#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <string>

#include "ricci/ricci.h"

namespace ricci {
namespace {

std::string message(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing";
}

const std::array<float, 4> kLent{1, 2, 3, 4};
Tensor lent() { return from_memory(kLent.data(), {2, 2}); }

TEST(Const, ElementsAreReadAsConst) {
  const Tensor t = ones({2});
  static_assert(std::is_same_v<decltype(t.data<const float>()), const float*>);
  static_assert(std::is_same_v<decltype(t.data<float>()), float*>);
  EXPECT_EQ(t.data<const float>()[1], 1);
  EXPECT_EQ(static_cast<const void*>(t.data<const float>()), t.const_raw_data());
  EXPECT_THROW(t.data<const double>(), DTypeError);
  EXPECT_FALSE(t.is_read_only());
}

TEST(Const, LentMemoryIsReadByEveryFunction) {
  const Tensor t = lent();
  EXPECT_TRUE(t.is_read_only());
  EXPECT_EQ(t.data<const float>(), kLent.data());
  EXPECT_EQ(sum(t).item<float>(), 10);
  EXPECT_EQ(einsum("ij,jk->", t, t).item<float>(), 4 * 3 + 6 * 7);
  EXPECT_EQ(to_string(t), "Tensor([[1.0, 2.0], [3.0, 4.0]])");
  EXPECT_EQ(t.detach().data<const float>(), kLent.data());
  EXPECT_TRUE(transpose(t).is_read_only()) << "a view";
  EXPECT_TRUE(slice(t, {0}).is_read_only()) << "a view";
  EXPECT_FALSE(clone(t).is_read_only());
  EXPECT_FALSE((t + 1).is_read_only());
  EXPECT_EQ(select(t, greater(t, 2)).numel(), 2);
  EXPECT_TRUE(all_finite(t));
  const std::array<bool, 2> mask{true, false};
  EXPECT_EQ(select(t, from_memory(mask.data(), {2})).shape(), Shape({1, 2}));
  const std::array<std::int64_t, 2> rows{1, 0};
  EXPECT_EQ(nn::functional::one_hot(from_memory(rows.data(), {2})).shape(), Shape({2, 2}));
}

TEST(Const, LentMemoryIsWrittenByNone) {
  Tensor t = lent();
  const auto refused = [](const std::string& function, const std::function<void()>& call) {
    EXPECT_EQ(message(call), function +
                                 ": the tensor lies in memory that was lent as const, so it can't be changed\n"
                                 "  clone() it first, or lend the memory as one that may be written; "
                                 "data<const T>() reads it");
  };
  refused("data", [&] { t.data<float>(); });
  refused("data", [&] { t.raw_data(); });
  refused("fill", [&] { fill(t, 0); });
  refused("fill", [&] { nn::init::zeros_(t); });
  refused("copy_into", [&] { copy_into(t, ones({2, 2})); });
  refused("copy_into", [&] { copy_into(transpose(t), ones({2, 2})); });
  refused("copy_into", [&] { assign(t, {0}, ones({2})); });
  refused("copy_into", [&] { nn::init::normal_(t); });
  refused("out", [&] { einsum("ij,jk->ik", {ones({2, 2}), ones({2, 2})}, {.out = &t}); });
  refused("out", [&] {
    const Tensor xs[] = {ones({2, 2}), ones({2, 2})};
    plan("ij,jk->ik", {{2, 2}, {2, 2}})(xs, {.out = &t});
  });
  Tensor weight = lent();
  weight.set_requires_grad();
  refused("SGD", [&] { optim::SGD({weight}); });
  weight.set_grad(lent());
  refused("clip_grad_norm", [&] { optim::clip_grad_norm({weight}, 0.1); });
  nn::Module module;
  Tensor& first = module.register_buffer("a", zeros({2, 2}));
  module.register_buffer("b", t);
  refused("load_state_dict", [&] { module.load_state_dict({{"a", ones({2, 2})}, {"b", ones({2, 2})}}); });
  EXPECT_EQ(sum(first).item<float>(), 0) << "all or nothing";
  EXPECT_EQ(kLent, (std::array<float, 4>{1, 2, 3, 4}));
}

TEST(Const, LentMemoryIsDifferentiated) {
  Tensor x = lent();
  x.set_requires_grad();
  backward(sum(x * x));
  EXPECT_EQ(x.grad().data<float>()[3], 8);
  assign(x = x * 1, {0, 0}, tensor(5.f));  // rebound to a changed copy
  EXPECT_EQ(x.data<float>()[0], 5);
}

TEST(Const, TheOwnerIsToldWhenTheLastViewIsGone) {
  bool released = false;
  {
    const Tensor t = from_memory(static_cast<const void*>(kLent.data()), DType::f32, {4}, {}, [&] { released = true; });
    EXPECT_TRUE(t.is_read_only());
    EXPECT_FALSE(released);
  }
  EXPECT_TRUE(released);
}

}  // namespace
}  // namespace ricci
