// checkpoint: the same derivatives for less memory; what it refuses.
#include "ricci/transform/checkpoint.h"

#include <gtest/gtest.h>

#include "ricci/autograd/record.h"
#include "ricci/ops/einsum/einsum.h"
#include "ricci/ops/einsum/spellings.h"
#include "ricci/ops/index.h"
#include "tests/derivatives.h"
#include "tests/functions.h"
#include "tests/message.h"

namespace ricci {
namespace {

using testing::message;
using V = std::vector<Tensor>;

TEST(Checkpoint, EveryPublicFunctionThroughIt) {
  std::uint64_t seed = 1;
  for (const testing::Named& item : testing::functions()) {
    SCOPED_TRACE(item.name);
    V xs;
    for (const Shape& shape : item.shapes) {
      const Tensor x = randn(shape, {.dtype = DType::f64, .seed = ++seed});
      xs.push_back(item.positive ? abs(x) + 0.5 : x);
    }
    const TensorFunction squared = [&](const V& in) { return item.f(in) * item.f(in); };
    testing::check_derivatives([&](const V& in) { return checkpoint(squared, in); }, xs, seed += 1000);
    const TensorFunction nested = [&](const V& in) {
      const Tensor y = checkpoint(item.f, in);
      return checkpoint([](const V& at) { return at[0] * at[0]; }, {y});
    };
    testing::check_derivatives([&](const V& in) { return checkpoint(nested, in); }, xs, seed += 1000);
    if (HasFailure()) return;
  }
}

TEST(Checkpoint, OfManyOperandsAndOfGradientsTakenInside) {
  const auto random = [](const Shape& shape, std::uint64_t seed) {
    return randn(shape, {.dtype = DType::f64, .seed = seed});
  };
  const V xs{random({3, 4}, 1), random({4, 5}, 2), random({5, 2}, 3)};
  testing::check_derivatives(
      [](const V& in) { return checkpoint([](const V& at) { return einsum("ij,jk,kl->il", at); }, in); }, xs, 4);
  testing::check_derivatives(
      [](const V& in) {
        return checkpoint(
            [](const V& at) { return vjp([](const V& p) { return sum(power(tanh(p[0]), 2)); }, at).pullback({})[0]; },
            in);
      },
      {random({3}, 5)}, 6);
}

// Runs of f, counted, and the bytes that its value keeps alive.
struct Counted {
  mutable int runs = 0;
  Tensor operator()(const V& in) const {
    ++runs;
    Tensor y = in[0];
    for (int i = 0; i < 10; ++i) y = tanh(y) * y;
    return y;
  }
};

TEST(Checkpoint, KeepsNoIntermediatesAndRunsOnceMore) {
  const Tensor x = rand({100, 100}, {.requires_grad = true, .seed = 1});
  const Counted f;
  const std::int64_t before = memory::live_bytes();
  const Tensor plainly = f({x});
  const std::int64_t all = memory::live_bytes() - before;
  const Tensor kept = checkpoint(std::cref(f), {x});
  const std::int64_t little = memory::live_bytes() - before - all;
  EXPECT_GT(all, 15 * x.nbytes());
  EXPECT_LE(little, x.nbytes());  // the value alone
  EXPECT_EQ(f.runs, 2);
  const Tensor expected = grad(sum(plainly), V{x})[0], got = grad(sum(kept), V{x})[0];
  EXPECT_EQ(f.runs, 3);
  EXPECT_EQ(max(abs(got - expected)).item<float>(), 0.f);
}

TEST(Checkpoint, AChainOfThemPeaksAtOneOfThem) {
  const Tensor x = rand({100, 100}, {.requires_grad = true, .seed = 1});
  const Counted f;
  const auto peak_of = [&](bool checkpoints) {
    const auto account = make_ref<Account>();
    const AccountScope scope(account);
    Tensor y = x;
    for (int i = 0; i < 8; ++i) y = checkpoints ? checkpoint(std::cref(f), {y}) : f({y});
    grad(sum(y), V{x});
    return account->peak_bytes();
  };
  EXPECT_LT(peak_of(true), peak_of(false) / 3);
}

TEST(Checkpoint, GivesTheSameRandomNumbersAgain) {
  manual_seed(7);
  const Tensor x = ones({50}, {.dtype = DType::f64, .requires_grad = true});
  Tensor mask;
  const Tensor y = checkpoint(
      [&](const V& in) {
        const Tensor drawn = to(greater(rand({50}), 0.5), DType::f64);
        if (!mask.defined()) mask = drawn;
        return exp(in[0]) * drawn;
      },
      {x});
  const Tensor next = rand({3});
  backward(y);
  EXPECT_LT(max(abs(x.grad() - y.detach())).item<double>(), 1e-15);
  manual_seed(7);
  rand({50});
  EXPECT_EQ(to_string(rand({3})), to_string(next));
}

TEST(Checkpoint, ChangesAndDifferencesAreTold) {
  const Tensor x = ones({2}, {.requires_grad = true}), w = ones({2});
  const TensorFunction f = [&](const V& in) { return exp(in[0] * w) * in[0]; };
  const Tensor a = checkpoint(f, {x});
  fill(w, 3);
  EXPECT_NE(message([&] { backward(a); }).find("changed in place"), std::string::npos);
  const Tensor b = checkpoint(f, {x});
  fill(x.detach(), 3);
  EXPECT_NE(message([&] { backward(b); }).find("changed in place"), std::string::npos);
  bool again = false;
  const Tensor c = checkpoint(
      [&](const V& in) {
        const Tensor y = exp(in[0]);
        return std::exchange(again, true) ? y : y * y;
      },
      {x});
  EXPECT_NE(message([&] { backward(c); }).find("did not do the same"), std::string::npos);
  EXPECT_FALSE(x.grad().defined());
  // Not recorded: an ordinary call.
  const NoGrad off;
  EXPECT_FALSE(checkpoint(f, {x}).requires_grad());
}

TEST(Checkpoint, BackwardTwiceNeedsTheGraphKept) {
  const Tensor x = ones({2}, {.requires_grad = true});
  const Tensor y = checkpoint([](const V& in) { return exp(in[0]); }, {x});
  backward(y, {.retain_graph = true});
  backward(y);
  EXPECT_NE(message([&] { backward(y); }).find("a second time"), std::string::npos);
}

}  // namespace
}  // namespace ricci
