// Hooks on gradients and anomaly mode, as backward meets them.
#include "ricci/autograd/hooks.h"

#include <gtest/gtest.h>

#include "ricci/autograd/anomaly.h"
#include "ricci/ops/create.h"
#include "ricci/ops/einsum/spellings.h"
#include "ricci/ops/elementwise.h"
#include "ricci/transform/backward.h"
#include "tests/message.h"

namespace ricci {
namespace {

using testing::message;

TEST(Hooks, SeeTheWholeGradientOnceAndMayReplaceIt) {
  const Tensor x = tensor({2.0, 3.0}, {.requires_grad = true});
  const Tensor h = x * x, y = sum(h * h + h);
  std::vector<std::string> seen;
  register_hook(h, [&](const Tensor& g) {
    seen.push_back("h " + to_string(g));
    return 10 * g;
  });
  register_hook(x, [&](const Tensor& g) {
    seen.push_back("x " + to_string(g));
    return Tensor();
  });
  backward(y);
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_EQ(seen[0], "h Tensor([9.0, 19.0], dtype=float64)");  // 2h + 1, both uses added up
  EXPECT_EQ(seen[1], "x Tensor([360.0, 1140.0], dtype=float64)");
  EXPECT_EQ(to_string(x.grad()), "Tensor([360.0, 1140.0], dtype=float64)");
}

TEST(Hooks, AreRecordedForHigherDerivatives) {
  const Tensor x = tensor({2.0}, {.requires_grad = true});
  const Tensor y = x * x * x;
  register_hook(y, [&](const Tensor& g) { return g * x; });
  const Tensor first = grad(y, std::vector<Tensor>{x}, {.create_graph = true})[0];  // x * 3x^2
  EXPECT_EQ(first.detach().item<double>(), 24.0);
  EXPECT_EQ(grad(first, std::vector<Tensor>{x})[0].item<double>(), 36.0);
}

TEST(Hooks, FailuresAreToldAndLeaveNoGradient) {
  const Tensor x = tensor({1.0}, {.requires_grad = true}), w = tensor({1.0}, {.requires_grad = true});
  register_hook(x, [](const Tensor&) { return ones({2}); });
  EXPECT_NE(message([&] { backward(x * w); }).find("a hook got a float64 gradient of shape (1,) and returned"),
            std::string::npos);
  EXPECT_FALSE(w.grad().defined());
  EXPECT_NE(message([] { register_hook(ones({2}), [](const Tensor& g) { return g; }); }).find("does not require grad"),
            std::string::npos);
}

TEST(Anomaly, NamesTheOperationThatMadeIt) {
  const Tensor x = tensor({0.0, 4.0}, {.requires_grad = true});
  const DetectAnomaly scope([] { return std::string("here"); });
  const Tensor y = sum(sqrt(x));
  EXPECT_EQ(message([&] { backward(y); }),
            "backward: the gradient that sqrt gives its operand 1 has a NaN or an infinity\n  made at here");
  EXPECT_FALSE(x.grad().defined());
}

TEST(Anomaly, NamesTheFirstOperationBehindAValueThatIsNone) {
  const Tensor x = tensor({-1.0, 4.0}, {.requires_grad = true});
  const DetectAnomaly scope;
  const Tensor y = sum(exp(log(x)) * 2);
  EXPECT_EQ(message([&] { backward(y); }), "backward: the value has a NaN or an infinity; the first was made by log");
}

TEST(Anomaly, IsOffOutsideItsScopeAndSaysWhenItCameTooLate) {
  const Tensor x = tensor({0.0}, {.requires_grad = true});
  const Tensor y = sqrt(x);
  {
    const DetectAnomaly scope;
    const DetectAnomaly inner;
    EXPECT_NE(message([&] { backward(y); }).find("outside anomaly mode"), std::string::npos);
  }
  EXPECT_FALSE(detecting_anomalies());
  backward(sqrt(x));
  EXPECT_TRUE(x.grad().defined());
}

}  // namespace
}  // namespace ricci
