// Layers and functions against naive loops and hand-made values; names, first values, wrong calls.
#include "ricci/nn/layers.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "ricci/autograd/record.h"
#include "ricci/nn/containers.h"
#include "ricci/nn/functional.h"
#include "ricci/nn/init.h"
#include "ricci/nn/losses.h"
#include "ricci/ops/create.h"
#include "ricci/ops/elementwise.h"
#include "ricci/ops/index.h"
#include "ricci/ops/random.h"
#include "ricci/ops/reduce.h"
#include "ricci/ops/shape.h"
#include "ricci/transform/backward.h"

namespace ricci::nn {
namespace {

namespace F = functional;

std::vector<std::pair<std::string, Shape>> state_of(const Module& m) {
  std::vector<std::pair<std::string, Shape>> out;
  for (const NamedTensor& item : m.state_dict()) out.emplace_back(item.name, item.tensor.shape());
  return out;
}

double difference(const Tensor& a, const Tensor& b) { return max(abs(a.detach() - b.detach())).item<double>(); }

TEST(Layers, NamesAndShapesAreTorchs) {
  using State = std::vector<std::pair<std::string, Shape>>;
  EXPECT_EQ(state_of(Linear(3, 2)), (State{{"weight", {2, 3}}, {"bias", {2}}}));
  EXPECT_EQ(state_of(Linear(3, 2, {.bias = false})), (State{{"weight", {2, 3}}}));
  EXPECT_EQ(state_of(Bilinear(3, 4, 2)), (State{{"weight", {2, 3, 4}}, {"bias", {2}}}));
  EXPECT_EQ(state_of(Embedding(5, 2)), (State{{"weight", {5, 2}}}));
  EXPECT_EQ(state_of(LayerNorm({4, 2})), (State{{"weight", {4, 2}}, {"bias", {4, 2}}}));
  EXPECT_EQ(state_of(LayerNorm({4}, {.bias = false})), (State{{"weight", {4}}}));
  EXPECT_EQ(state_of(LayerNorm({4}, {.affine = false})), (State{}));
  EXPECT_EQ(state_of(Einsum("btd,dhk->bthk", {8, 2, 4}, {.bias = Shape{2, 4}})),
            (State{{"weight", {8, 2, 4}}, {"bias", {2, 4}}}));
  EXPECT_EQ(
      state_of(Sequential(std::make_shared<Linear>(3, 2), std::make_shared<Tanh>(), std::make_shared<Linear>(2, 1))),
      (State{{"0.weight", {2, 3}}, {"0.bias", {2}}, {"2.weight", {1, 2}}, {"2.bias", {1}}}));
}

TEST(Layers, ProductsAsWrittenOut) {
  manual_seed(1);
  const LayerOptions f64{.dtype = DType::f64};
  Linear linear(3, 2, f64);
  Bilinear product(3, 4, 2, f64);
  const Tensor x = rand({5, 6, 3}, {.dtype = DType::f64}), z = rand({5, 6, 4}, {.dtype = DType::f64});
  const Tensor y = linear(x), q = product(x, z);
  const double *w = linear.get("weight").data<double>(), *b = linear.get("bias").data<double>();
  const double *v = product.get("weight").data<double>(), *c = product.get("bias").data<double>();
  for (std::int64_t r = 0; r < 30; ++r)
    for (std::int64_t o = 0; o < 2; ++o) {
      double flat = b[o], crossed = c[o];
      for (std::int64_t i = 0; i < 3; ++i) {
        flat += w[o * 3 + i] * x.data<double>()[r * 3 + i];
        for (std::int64_t j = 0; j < 4; ++j)
          crossed += v[(o * 3 + i) * 4 + j] * x.data<double>()[r * 3 + i] * z.data<double>()[r * 4 + j];
      }
      EXPECT_NEAR(y.data<double>()[r * 2 + o], flat, 1e-14);
      EXPECT_NEAR(q.data<double>()[r * 2 + o], crossed, 1e-14);
    }
  Einsum same("...i,oi->...o", {2, 3}, {.bias = Shape{2}, .dtype = DType::f64});
  same.load_state_dict(linear.state_dict());
  EXPECT_LT(difference(same(x), y), 1e-14);
  Einsum two("bti,btj,oij->bto", {2, 3, 4}, {.dtype = DType::f64});
  two.load_state_dict({{"weight", product.get("weight").detach()}});
  EXPECT_LT(difference(two(x, z) + product.get("bias"), q), 1e-14);
}

TEST(Layers, LayerNormHasMeanZeroAndVarianceOne) {
  manual_seed(2);
  const Tensor x = 3 + 2 * randn({7, 4, 5}, {.dtype = DType::f64});
  LayerNorm norm({4, 5}, {.eps = 0, .dtype = DType::f64});
  const Tensor y = norm(x);
  EXPECT_LT(max(abs(mean(y, {.axes = {1, 2}}))).item<double>(), 1e-14);
  EXPECT_LT(difference(mean(y * y, {.axes = {1, 2}}), ones({7}, {.dtype = DType::f64})), 1e-13);
  EXPECT_THROW(norm(rand({4})), ShapeError);
  EXPECT_THROW(norm(rand({7, 5, 4})), ShapeError);
}

TEST(Layers, EmbeddingReadsRowsAndSkipsThePadding) {
  Embedding table(4, 2, {.padding = -1});
  EXPECT_EQ(table.padding(), 3);
  const Tensor rows = table(tensor({{1, 3}, {1, 0}}));
  EXPECT_EQ(rows.shape(), (Shape{2, 2, 2}));
  backward(sum(rows));
  const Tensor expected = tensor({{1.f, 1.f}, {2.f, 2.f}, {0.f, 0.f}, {0.f, 0.f}});
  EXPECT_EQ(difference(table.get("weight").grad(), expected), 0);
  EXPECT_EQ(max(abs(slice(table.get("weight").detach(), {3}))).item<float>(), 0.f);
  EXPECT_THROW(table(tensor({4})), IndexError);
  EXPECT_THROW(table(tensor({-1})), IndexError);
  EXPECT_THROW(table(tensor({1.5})), DTypeError);
  EXPECT_THROW(Embedding(4, 2, {.padding = 4}), ShapeError);
}

TEST(Layers, DropoutKeepsTheMeanAndKnowsEvaluation) {
  manual_seed(4);
  Dropout drop(0.25);
  const Tensor x = ones({100000}), y = drop(x);
  EXPECT_NEAR(mean(y).item<double>(), 1, 0.01);
  EXPECT_NEAR(mean(to(equal(y, 0), DType::f64)).item<double>(), 0.25, 0.01);
  EXPECT_FLOAT_EQ(max(y).item<float>(), 1 / 0.75f);
  manual_seed(4);
  EXPECT_EQ(difference(drop(x), y), 0);
  EXPECT_EQ(max(abs(F::dropout(x, 1))).item<float>(), 0.f);
  drop.eval();
  EXPECT_EQ(difference(drop(x), x), 0);
  EXPECT_THROW(Dropout(1.5), Error);
  EXPECT_THROW(Dropout(NAN), Error);
}

TEST(Layers, ActivationsAreWhatTheySay) {
  const Tensor x = tensor({-1e4, -2.0, -0.5, 0.0, 0.5, 2.0, 1e4}, {.requires_grad = true});
  const auto expect = [&](const Tensor& y, const std::function<double(double)>& f) {
    for (std::int64_t i = 0; i < x.numel(); ++i)
      EXPECT_NEAR(y.data<double>()[i], f(x.data<double>()[i]), 1e-12 * std::max(1.0, std::abs(x.data<double>()[i])));
  };
  expect(F::gelu(x), [](double v) { return 0.5 * v * std::erfc(-v / std::sqrt(2.0)); });
  expect(F::gelu(x, true),
         [](double v) { return 0.5 * v * (1 + std::tanh(std::sqrt(2 / M_PI) * (v + 0.044715 * v * v * v))); });
  expect(F::silu(x), [](double v) { return v / (1 + std::exp(-v)); });
  expect(F::softplus(x), [](double v) { return v > 30 ? v : std::log1p(std::exp(v)); });
  expect(F::leaky_relu(x, 0.1), [](double v) { return v > 0 ? v : 0.1 * v; });
  expect(grad(sum(F::softplus(x)), {x})[0], [](double v) { return 1 / (1 + std::exp(-v)); });
}

TEST(Layers, FirstValuesHaveTheirDistributions) {
  manual_seed(5);
  Linear linear(400, 300);
  EXPECT_NEAR(max(abs(linear.get("weight").detach())).item<double>(), 0.05, 1e-4);
  EXPECT_LE(max(abs(linear.get("bias").detach())).item<double>(), 0.05);
  const auto deviation = [](const Tensor& t) { return std::sqrt(mean(t.detach() * t.detach()).item<double>()); };
  EXPECT_NEAR(deviation(linear.get("weight")), 0.05 / std::sqrt(3.0), 2e-4);
  Einsum heads("...d,hdk->...hk", {4, 100, 50});
  EXPECT_NEAR(max(abs(heads.get("weight").detach())).item<double>(), 0.1, 1e-4);
  Einsum implied("xd,dk", {25, 800});
  EXPECT_NEAR(max(abs(implied.get("weight").detach())).item<double>(), 0.2, 1e-4);
  const Tensor t = empty({300, 500});
  EXPECT_NEAR(deviation(init::xavier_normal_(t)), std::sqrt(2.0 / 800), 5e-4);
  EXPECT_NEAR(deviation(init::xavier_uniform_(t, 2)), 2 * std::sqrt(2.0 / 800), 1e-3);
  EXPECT_NEAR(deviation(init::kaiming_normal_(t, {.nonlinearity = "relu"})), std::sqrt(2.0 / 500), 6e-4);
  EXPECT_NEAR(deviation(init::kaiming_uniform_(t, {.fan_out = true, .nonlinearity = "linear"})), std::sqrt(1.0 / 300),
              2e-4);
  EXPECT_EQ(difference(init::normal_(empty({9}), 0, 1, 7), randn({9}, {.seed = 7})), 0);
  EXPECT_EQ(difference(init::eye_(empty({2, 3})), tensor({{1.f, 0.f, 0.f}, {0.f, 1.f, 0.f}})), 0);
  EXPECT_THROW(init::xavier_normal_(empty({3})), ShapeError);
  EXPECT_THROW(init::gain_of("softsign"), Error);
  const Tensor leaf = ones({2}, {.requires_grad = true});
  EXPECT_TRUE(init::zeros_(leaf).is_leaf());
  EXPECT_EQ(max(leaf).item<float>(), 0.f);
}

TEST(Layers, WrongShapesAreNamed) {
  try {
    Linear(3, 2)(rand({5, 4}));
    FAIL();
  } catch (const ShapeError& error) {
    const std::string text = error.what();
    EXPECT_NE(text.find("(5, 4)"), std::string::npos) << text;
    EXPECT_NE(text.find("extent 3"), std::string::npos) << text;
  }
  EXPECT_THROW(Linear(-1, 2), ShapeError);
  EXPECT_THROW(Linear(3, 2)(tensor(1.f)), ShapeError);
  EXPECT_THROW(Bilinear(3, 4, 2)(rand({5, 4}), rand({5, 4})), ShapeError);
  EXPECT_THROW(Einsum("ij,jk->ik", {3}), ShapeError);
  EXPECT_THROW(Einsum("ij->j", {3, 4}), EinsumError);
  EXPECT_THROW(Einsum("ij,jk->ik", {3, 4})(rand({2, 5})), EinsumError);
  EXPECT_THROW(Module()(rand({2})), Error);
}

TEST(Losses, WeightsIgnoredTargetsAndSmoothing) {
  const Tensor x = log(tensor({{0.5, 0.25, 0.25}, {0.125, 0.5, 0.375}, {0.2, 0.2, 0.6}}));
  const Tensor target = tensor({0, 2, -1});
  const F::ClassOptions options{.weight = tensor({1.0, 1.0, 3.0}), .ignore = -1};
  const double first = -std::log(0.5), second = -std::log(0.375);
  EXPECT_NEAR(F::nll_loss(x, target, options).item<double>(), (first + 3 * second) / 4, 1e-15);
  EXPECT_NEAR(F::cross_entropy(x, target, options).item<double>(), (first + 3 * second) / 4, 1e-15);
  const Tensor each = F::cross_entropy(x, target, {.ignore = -1, .reduction = F::Reduction::none});
  EXPECT_EQ(each.data<double>()[2], 0);
  const double spread = -(std::log(0.5) + 2 * std::log(0.25)) / 3;
  EXPECT_NEAR(F::cross_entropy(slice(x, {0}), tensor(0), {.smoothing = 0.1}).item<double>(), 0.9 * first + 0.1 * spread,
              1e-15);
  const Tensor distribution = tensor({{0.0, 0.5, 0.5}});
  EXPECT_NEAR(F::cross_entropy(slice(x, {Slice{0, 1}}), distribution).item<double>(), -std::log(0.25), 1e-15);
}

TEST(Losses, WrongTargetsAreRefused) {
  const Tensor x = rand({2, 3});
  EXPECT_THROW(F::cross_entropy(x, tensor({0, 3})), IndexError);
  EXPECT_THROW(F::cross_entropy(x, tensor({0, -1})), IndexError);
  EXPECT_THROW(F::cross_entropy(x, tensor({0.0, 1.0})), DTypeError);
  EXPECT_THROW(F::cross_entropy(x, tensor({0, 1, 2})), ShapeError);
  EXPECT_THROW(F::cross_entropy(x, tensor({0, 1}), {.weight = ones({2})}), ShapeError);
  EXPECT_THROW(F::mse_loss(x, rand({2, 1})), ShapeError);
  EXPECT_THROW(F::parse_reduction("average"), Error);
  EXPECT_THROW(F::one_hot(tensor({0, 5}), 3), IndexError);
}

TEST(Losses, LogitsDoNotOverflow) {
  const Tensor x = tensor({-1000.0, 1000.0, 0.0}, {.requires_grad = true}), y = tensor({1.0, 1.0, 1.0});
  const Tensor loss = F::binary_cross_entropy_with_logits(x, y, {.reduction = F::Reduction::none});
  EXPECT_EQ(loss.data<double>()[0], 1000);
  EXPECT_EQ(loss.data<double>()[1], 0);
  EXPECT_DOUBLE_EQ(loss.data<double>()[2], std::log(2.0));
  const Tensor slope = grad(sum(loss), {x})[0];
  EXPECT_EQ(slope.data<double>()[0], -1);
  EXPECT_EQ(slope.data<double>()[1], 0);
  EXPECT_EQ(slope.data<double>()[2], -0.5);
}

}  // namespace
}  // namespace ricci::nn
