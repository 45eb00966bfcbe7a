// The tape as its users meet it: what is recorded, freed, refused; where gradients go.
#include "ricci/transform/backward.h"

#include <gtest/gtest.h>

#include <thread>

#include "ricci/autograd/hooks.h"
#include "ricci/autograd/record.h"
#include "ricci/ops/create.h"
#include "ricci/ops/einsum/einsum.h"
#include "ricci/ops/einsum/spellings.h"
#include "ricci/ops/elementwise.h"
#include "ricci/ops/index.h"
#include "ricci/ops/random.h"
#include "ricci/ops/reduce.h"
#include "ricci/ops/shape.h"
#include "tests/message.h"

namespace ricci {
namespace {

using testing::message;

TEST(Backward, OuterProductOfTheDocumentation) {
  Tensor a = tensor({1.f, 2.f}, {.requires_grad = true}), b = tensor({3.f, 4.f}, {.requires_grad = true});
  const Tensor out = outer(a, b);
  EXPECT_EQ(to_string(out), "Tensor([[3.0, 4.0], [6.0, 8.0]], grad=None)");
  backward(out);
  EXPECT_EQ(to_string(a.grad()), "Tensor([7.0, 7.0])");
  EXPECT_EQ(to_string(b.grad()), "Tensor([3.0, 3.0])");
  EXPECT_EQ(to_string(a), "Tensor([1.0, 2.0], grad=[7.0, 7.0])");

  Tensor m = tensor({{1.f, 2.f}, {3.f, 4.f}}, {.requires_grad = true}),
         n = tensor({{5.f, 6.f}, {7.f, 8.f}}, {.requires_grad = true});
  backward(outer(m, n));
  EXPECT_EQ(to_string(m.grad()), "Tensor([[26.0, 26.0], [26.0, 26.0]])");
  EXPECT_EQ(to_string(n.grad()), "Tensor([[10.0, 10.0], [10.0, 10.0]])");
}

TEST(Backward, GradientsAddUpOverCallsAndUses) {
  Tensor x = tensor({2.0}, {.requires_grad = true});
  backward(x * x + x);
  EXPECT_EQ(x.grad().item<double>(), 5.0);
  backward(3 * x);
  EXPECT_EQ(x.grad().item<double>(), 8.0);
  x.set_grad({});
  EXPECT_FALSE(x.grad().defined());
}

TEST(Backward, GradOwnsItsElements) {
  Tensor x = ones({2, 3}, {.requires_grad = true}), y = ones({3}, {.requires_grad = true});
  const Tensor seed = ones({2, 3});
  backward(x + y, {.gradient = seed});
  fill(seed, 5);
  EXPECT_EQ(max(x.grad()).item<float>(), 1.f);
  EXPECT_TRUE(x.grad().is_contiguous());
  Tensor z = ones({4}, {.requires_grad = true});
  backward(sum(z));
  EXPECT_TRUE(z.grad().is_contiguous());
  EXPECT_EQ(z.grad().storage()->bytes(), 16);
}

TEST(Backward, RequiresGradPropagatesInEveryCombination) {
  for (int mask = 0; mask < 8; ++mask) {
    for (const bool on : {true, false}) {
      const RecordingScope scope(on);
      const Tensor a = rand({2, 3}, {.requires_grad = (mask & 1) != 0}),
                   b = rand({3, 4}, {.requires_grad = (mask & 2) != 0}),
                   c = rand({4, 2}, {.requires_grad = (mask & 4) != 0});
      const bool expected = on && mask != 0;
      EXPECT_EQ(einsum("ij,jk,kl->il", a, b, c).requires_grad(), expected);
      EXPECT_EQ(matmul(a, b).requires_grad(), on && (mask & 3) != 0);
      EXPECT_EQ(sum(a).requires_grad(), on && (mask & 1) != 0);
      EXPECT_FALSE(greater(a, 0).requires_grad());
      EXPECT_FALSE(argmax(a).requires_grad());
      EXPECT_FALSE(a.detach().requires_grad());
    }
  }
}

TEST(Backward, LeavesThatNeedNoGradientGetNone) {
  const Tensor a = rand({2, 3}, {.requires_grad = true}), b = rand({3, 4});
  backward(matmul(a, b));
  EXPECT_TRUE(a.grad().defined());
  EXPECT_FALSE(b.grad().defined());
}

TEST(Backward, ASecondPassThroughAFreedGraphIsNamed) {
  const Tensor x = rand({3}, {.requires_grad = true});
  const Tensor y = sum(exp(x));
  backward(y);
  EXPECT_NE(message([&] { backward(y); }).find("backward a second time"), std::string::npos);
  const Tensor z = sum(exp(x));
  backward(z, {.retain_graph = true});
  EXPECT_NO_THROW(backward(z));
}

TEST(Backward, AFailedPassLeavesNoGradientBehind) {
  const Tensor x = rand({3}, {.requires_grad = true});
  const Tensor inner = exp(x), y = sum(inner + x);
  copy_into(inner.detach(), zeros({3}));  // exp saved its output
  const std::string what = message([&] { backward(y); });
  EXPECT_NE(what.find("exp: a value of shape (3,)"), std::string::npos) << what;
  EXPECT_NE(what.find("changed in place"), std::string::npos);
  EXPECT_FALSE(x.grad().defined());
}

TEST(Backward, WrongSeedsAndTargetsAreRefused) {
  const Tensor x = rand({3}, {.requires_grad = true});
  EXPECT_THROW(backward(exp(x), {.gradient = ones({2})}), GradError);
  EXPECT_THROW(backward(exp(x), {.gradient = ones({3}, {.dtype = DType::f64})}), GradError);
  EXPECT_THROW(backward(rand({3})), GradError);
  EXPECT_THROW(backward(Tensor()), GradError);
  EXPECT_THROW(backward(to(x, DType::c64)), GradError);
  EXPECT_THROW(grad(exp(x), std::vector<Tensor>{rand({3})}), GradError);
  const Tensor other = rand({3}, {.requires_grad = true});
  EXPECT_THROW(grad(exp(x), std::vector<Tensor>{other}), GradError);
  EXPECT_FALSE(grad(exp(x), std::vector<Tensor>{other}, {.allow_unused = true})[0].defined());
  EXPECT_THROW(arange(3).set_requires_grad(), GradError);
  Tensor y = exp(x);
  EXPECT_THROW(y.set_requires_grad(false), GradError);
}

TEST(Backward, GradOfIntermediatesAndInputsSelection) {
  const Tensor x = tensor({2.0}, {.requires_grad = true}), w = tensor({5.0}, {.requires_grad = true});
  const Tensor h = x * x, y = h * w;
  const auto [gh, gx] = grad(y, {h, x}, {.retain_graph = true});
  EXPECT_EQ(gh.item<double>(), 5.0);
  EXPECT_EQ(gx.item<double>(), 20.0);
  EXPECT_FALSE(x.grad().defined());
  backward(y, {.inputs = {w}});
  EXPECT_TRUE(w.grad().defined());
  EXPECT_FALSE(x.grad().defined());
  backward(x, {.inputs = {w}});  // a leaf itself, and not asked for
  EXPECT_FALSE(x.grad().defined());
  backward(x, {.inputs = {w, x}});
  EXPECT_EQ(x.grad().item<double>(), 1.0);
  EXPECT_EQ(w.grad().item<double>(), 4.0);
}

TEST(Backward, OneNodeForManyOperandsKeepsTheirSharedIntermediates) {
  std::vector<Tensor> xs;
  for (std::uint64_t i = 0; i < 6; ++i)
    xs.push_back(randn({4, 4}, {.dtype = DType::f64, .requires_grad = true, .seed = i}));
  const Tensor y = einsum("ab,bc,cd,de,ef,fg->ag", xs);
  backward(sum(y));
  for (const Tensor& x : xs)
    EXPECT_NEAR(sum(x * x.grad()).detach().item<double>(), sum(y).detach().item<double>(), 1e-10);
}

TEST(Backward, OneOfManyOperandsMayBeTheOnlyOneWanted) {
  for (int wanted = 0; wanted < 4; ++wanted) {
    std::vector<Tensor> xs;
    for (int i = 0; i < 4; ++i)
      xs.push_back(
          randn({4, 4}, {.dtype = DType::f64, .requires_grad = i == wanted, .seed = static_cast<std::uint64_t>(i)}));
    const Tensor y = sum(power(einsum("ab,bc,cd,de->ae", xs), 2)), x = xs[static_cast<std::size_t>(wanted)];
    const auto [g] = grad(y, {x}, {.retain_graph = true, .create_graph = true});
    const auto [once] = grad(y, {x}, {.retain_graph = true});
    EXPECT_LT(max(abs(g - once)).detach().item<double>(), 1e-12);
    // y is a quadratic form in x: <grad y, x> = 2 y, and its gradient along x is grad y again, twice.
    EXPECT_NEAR(sum(g * x).detach().item<double>(), 2 * y.detach().item<double>(), 1e-9);
    const auto [h] = grad(sum(g * x.detach()), {x});
    EXPECT_LT(max(abs(h - once)).detach().item<double>(), 1e-9 * max(abs(once)).item<double>());
  }
}

TEST(Backward, ADeepGraphNeedsNoStack) {
  Tensor x = tensor({1.0}, {.requires_grad = true});
  Tensor y = x;
  for (int i = 0; i < 100'000; ++i) y = y + 1;
  backward(y);
  EXPECT_EQ(x.grad().item<double>(), 1.0);
  Tensor z = x;
  for (int i = 0; i < 100'000; ++i) z = z * 1.0;
  z = Tensor();  // taken down unused
}

TEST(Backward, FreesWhatItNoLongerNeedsWhileItRuns) {
  const Tensor x = rand({1000}, {.requires_grad = true, .seed = 1});
  Tensor y = x;
  std::vector<std::int64_t> live;
  for (int i = 0; i < 20; ++i) {
    y = exp(y * 0.1);
    register_hook(y, [&](const Tensor&) {
      live.push_back(memory::live_bytes());
      return Tensor();
    });
  }
  backward(sum(y));
  ASSERT_EQ(live.size(), 20u);
  for (std::size_t i = 2; i < live.size(); ++i) EXPECT_LE(live[i], live[i - 1] - x.nbytes()) << i;
}

TEST(Backward, AssigningToANonLeafKeepsItsGradientRight) {
  Tensor x = tensor({1.0, 2.0, 3.0}, {.requires_grad = true});
  EXPECT_THROW(assign(x, {std::int64_t{0}}, tensor(5.0)), GradError);
  Tensor y = x * 2;
  const Tensor v = tensor({7.0}, {.requires_grad = true});
  assign(y, {Slice{.start = 1, .stop = 2}}, v * v);
  EXPECT_EQ(to_string(y.detach()), "Tensor([2.0, 49.0, 6.0], dtype=float64)");
  backward(y);
  EXPECT_EQ(to_string(x.grad()), "Tensor([2.0, 0.0, 2.0], dtype=float64)");
  EXPECT_EQ(v.grad().item<double>(), 14.0);
  Tensor view = slice(x * 2, {Slice{.start = 0, .stop = 2}});
  EXPECT_THROW(assign(view, {std::int64_t{0}}, tensor(5.0)), GradError);
}

TEST(Backward, ThreadsMayAddIntoTheSameLeaf) {
  const Tensor x = ones({64}, {.dtype = DType::f64, .requires_grad = true});
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 25; ++i) backward(sum(x * x));
    });
  for (std::thread& t : threads) t.join();
  EXPECT_EQ(max(x.grad()).item<double>(), 400.0);
  EXPECT_EQ(min(x.grad()).item<double>(), 400.0);
}

TEST(Backward, ReducedPrecisionGradientsHaveTheOperandsDtype) {
  for (const DType dtype : {DType::f16, DType::bf16}) {
    const Tensor a = randn({3, 4}, {.dtype = dtype, .requires_grad = true, .seed = 1}),
                 b = randn({4, 5}, {.dtype = dtype, .requires_grad = true, .seed = 2}),
                 c = randn({5, 2}, {.dtype = dtype, .requires_grad = true, .seed = 3});
    const Tensor y = einsum("ij,jk,kl->il", a, b, c);
    EXPECT_EQ(y.dtype(), dtype);
    backward(y);
    EXPECT_EQ(a.grad().dtype(), dtype);
    const Tensor wide = einsum("jk,kl->j", to(b.detach(), DType::f64), to(c.detach(), DType::f64));
    const double unit = dtype == DType::f16 ? 0x1p-11 : 0x1p-8;
    for (std::int64_t j = 0; j < 4; ++j) {
      const double exact = slice(wide, {j}).item<double>();
      EXPECT_NEAR(slice(to(a.grad(), DType::f64), {std::int64_t{0}, j}).item<double>(), exact,
                  1.01 * unit * std::abs(exact) + 1e-5);
    }
  }
}

}  // namespace
}  // namespace ricci
