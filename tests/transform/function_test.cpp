// Operations with the user's own rule: every order, every mode, vmap; wrong rules; gradcheck finding them.
#include "ricci/transform/function.h"

#include <gtest/gtest.h>

#include "ricci/ops/einsum/einsum.h"
#include "ricci/ops/einsum/spellings.h"
#include "ricci/ops/shape.h"
#include "ricci/transform/checkpoint.h"
#include "ricci/transform/functional.h"
#include "ricci/transform/gradcheck.h"
#include "ricci/transform/vmap.h"
#include "tests/derivatives.h"
#include "tests/message.h"

namespace ricci {
namespace {

using testing::message;
using V = std::vector<Tensor>;

// a^2 b, and its rule with a factor to make it wrong.
struct SquareTimes : Function {
  explicit SquareTimes(double f = 1) : factor(f) {}
  std::string_view name() const override { return "square_times"; }
  Tensor forward(Context& context, const V& xs) const override {
    context.save_for_backward(xs);
    return xs[0] * xs[0] * xs[1];
  }
  V backward(const Context& context, const Tensor& g) const override {
    const V& xs = context.saved_tensors();
    return {sum_like(2 * factor * conj(xs[0] * xs[1]) * g, xs[0]), sum_like(conj(xs[0] * xs[0]) * g, xs[1])};
  }
  Tensor jvp(const Context& context, const V& tangents) const override {
    const V& xs = context.saved_tensors();
    return 2 * xs[0] * xs[1] * tangents[0] + xs[0] * xs[0] * tangents[1];
  }
  static Tensor sum_like(const Tensor& g, const Tensor& x) { return g.shape() == x.shape() ? g : sum(g); }
  double factor;
};

// exp, by its saved value.
struct Exponential : Function {
  Tensor forward(Context& context, const V& xs) const override {
    const Tensor y = exp(xs[0]);
    context.save_for_backward({y});
    return y;
  }
  V backward(const Context& context, const Tensor& g) const override { return {conj(context.saved_tensors()[0]) * g}; }
};

TEST(Function, EveryDerivativeOfAUsersRule) {
  const TensorFunction f = [](const V& in) { return Function::apply<SquareTimes>({in[0], in[1]}); };
  for (const DType dtype : {DType::f64, DType::c128}) {
    const V xs{randn({3, 4}, {.dtype = dtype, .seed = 1}), randn({3, 4}, {.dtype = dtype, .seed = 2})};
    testing::check_derivatives(f, xs, 3);
    EXPECT_TRUE(gradcheck(f, xs));
  }
  const V small{randn({2}, {.dtype = DType::f64, .seed = 1}), randn({2}, {.dtype = DType::f64, .seed = 2})};
  EXPECT_TRUE(gradgradcheck(f, small));
  EXPECT_TRUE(gradgradcheck([&](const V& in) { return checkpoint(f, in); }, small));
}

TEST(Function, ItsValueMayBeSaved) {
  const TensorFunction f = [](const V& in) { return Function::apply<Exponential>(in); };
  const Tensor x = tensor({0.5}, {.requires_grad = true});
  Tensor d = f({x});
  for (int order = 0; order < 4; ++order) {
    EXPECT_NEAR(d.detach().item<double>(), std::exp(0.5), 1e-15);
    d = grad(d, V{x}, {.create_graph = true})[0];
  }
}

TEST(Function, UnderVmapAndThroughEveryDerivativeOfIt) {
  const Tensor a = randn({4, 3}, {.dtype = DType::f64, .seed = 1}), b = randn({3}, {.dtype = DType::f64, .seed = 2}),
               c = randn({5, 4, 3}, {.dtype = DType::f64, .seed = 3});
  const auto same = [](const TensorFunction& f, const TensorFunction& g, const V& xs) {
    EXPECT_LT(max(abs(f(xs) - g(xs))).item<double>(), 1e-13);
    const V left = jacobian(f, xs), right = jacobian(g, xs);
    for (std::size_t i = 0; i < xs.size(); ++i) EXPECT_LT(max(abs(left[i] - right[i])).item<double>(), 1e-12);
    const auto squared = [](const TensorFunction& h, const V& at) {
      return hvp([&](const V& in) { return sum(power(h(in), 2)); }, at, at)[0];
    };
    EXPECT_LT(max(abs(squared(f, xs) - squared(g, xs))).item<double>(), 1e-11);
  };
  const TensorFunction rule = [](const V& in) { return Function::apply<SquareTimes>({in[0], in[1]}); };
  const TensorFunction plainly = [](const V& in) { return in[0] * in[0] * in[1]; };
  const VmapOptions first{.in_axes = {0, std::nullopt}};
  same(vmap(rule, first), vmap(plainly, first), {a, b});
  same(vmap(vmap(rule, first), first), vmap(vmap(plainly, first), first), {c, b});
  // The gradient of each example by itself.
  const auto each = [&](const TensorFunction& f) {
    return vmap([f](const V& in) { return vjp(f, in).pullback({})[1]; }, first);
  };
  same(each(rule), each(plainly), {a, b});
  const TensorFunction exponential = vmap([](const V& in) { return Function::apply<Exponential>(in); });
  EXPECT_LT(max(abs(vjp(exponential, {a}).pullback({})[0] - exp(a))).item<double>(), 1e-14);
}

struct Wrong : Exponential {
  explicit Wrong(int k) : kind(k) {}
  V backward(const Context&, const Tensor& g) const override {
    return kind == 0 ? V{} : kind == 1 ? V{sum(g)} : V{to(g, DType::f32)};
  }
  int kind;
};

TEST(Function, WrongRulesAreTold) {
  const Tensor x = ones({2}, {.dtype = DType::f64, .requires_grad = true});
  const auto told = [&](int kind) { return message([&] { backward(Function::apply<Wrong>({x}, kind)); }); };
  EXPECT_NE(told(0).find("gave 0 gradients for 1 arguments"), std::string::npos);
  EXPECT_NE(told(1).find("gave float64 of shape () where float64 of shape (2,) is needed"), std::string::npos);
  EXPECT_NE(told(2).find("gave float32"), std::string::npos);
  EXPECT_NE(message([&] {
              jvp([](const V& in) { return Function::apply<Exponential>(in); }, {x}, {x});
            }).find("has no jvp()"),
            std::string::npos);
  const Tensor y = Function::apply<Exponential>({x});
  fill(y.detach(), 0);
  EXPECT_NE(message([&] { backward(y); }).find("changed in place"), std::string::npos);
}

TEST(Gradcheck, SaysWhereAndWhat) {
  const V xs{tensor({1.0, 2.0}), tensor({3.0, 4.0})};
  EXPECT_EQ(message([&] {
              gradcheck([](const V& in) { return Function::apply<SquareTimes>({in[0], in[1]}, 1.5); }, xs);
            }).substr(0, 98),
            "gradcheck: input 1, element (0,), of output element (0,): the derivative is 9 in reverse mode but ");
  EXPECT_NE(
      message([&] { gradgradcheck([](const V& in) { return in[0] * in[1].detach(); }, xs); }).find("gradcheck: input"),
      std::string::npos);
  EXPECT_NE(message([&] { gradcheck([](const V& in) { return in[0]; }, {ones({2})}); }).find("float64 or complex128"),
            std::string::npos);
  EXPECT_NE(message([&] { gradcheck([](const V& in) { return greater(in[0], 0); }, xs); }).find("returned bool"),
            std::string::npos);
  EXPECT_TRUE(
      gradcheck([](const V& in) { return einsum("ij,j*->i", in); },
                {randn({2, 3}, {.dtype = DType::c128, .seed = 1}), randn({3}, {.dtype = DType::c128, .seed = 2})}));
}

}  // namespace
}  // namespace ricci
