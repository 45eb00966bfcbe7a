// Optimisers: training, the formulas, resuming, wrong calls; the same bits for any number of threads.
#include "ricci/nn/optim.h"

#include <gtest/gtest.h>

#include "ricci/autograd/record.h"
#include "ricci/base/parallel.h"
#include "ricci/nn/containers.h"
#include "ricci/nn/layers.h"
#include "ricci/nn/losses.h"
#include "ricci/ops/create.h"
#include "ricci/ops/elementwise.h"
#include "ricci/ops/random.h"
#include "ricci/ops/reduce.h"
#include "ricci/ops/shape.h"
#include "ricci/transform/backward.h"

namespace ricci::optim {
namespace {

using nn::Linear;
using nn::Sequential;
using nn::Tanh;
namespace F = nn::functional;

std::vector<float> numbers(const std::vector<Tensor>& tensors) {
  std::vector<float> out;
  for (const Tensor& t : tensors) out.insert(out.end(), t.data<float>(), t.data<float>() + t.numel());
  return out;
}

// A curve to learn, and a network for it.
struct Task {
  Tensor x, y;
  std::shared_ptr<Sequential> model;
  explicit Task(int hidden = 40) {
    manual_seed(3);
    x = rand({64, 2}) * 2 - 1;
    y = sin(3 * sum(x, {.axes = {1}, .keepdims = true}));
    model = std::make_shared<Sequential>(std::make_shared<Linear>(2, hidden), std::make_shared<Tanh>(),
                                         std::make_shared<Linear>(hidden, 1));
  }
  double train(Optimizer& optimizer, int steps) const {
    Tensor loss;
    for (int i = 0; i < steps; ++i) {
      loss = F::mse_loss((*model)(x), y);
      optimizer.zero_grad();
      backward(loss);
      optimizer.step();
    }
    return loss.item<double>();
  }
};

std::unique_ptr<Optimizer> make(int kind, const std::vector<Tensor>& parameters) {
  if (kind == 0) return std::make_unique<SGD>(parameters, SGDOptions{.lr = 0.05, .momentum = 0.9, .nesterov = true});
  if (kind == 1) return std::make_unique<Adam>(parameters, AdamOptions{.lr = 0.01});
  return std::make_unique<AdamW>(parameters, AdamWOptions{.lr = 0.01});
}

TEST(Optim, EachLearnsACurve) {
  for (int kind = 0; kind < 3; ++kind) {
    const Task task;
    const auto optimizer = make(kind, task.model->parameters());
    const double first = task.train(*optimizer, 1), last = task.train(*optimizer, 300);
    EXPECT_GT(first, 0.1) << kind;
    EXPECT_LT(last, first / 5) << kind;
  }
}

TEST(Optim, TheBitsDoNotDependOnThreads) {
  const int before = num_threads();
  std::vector<std::vector<float>> trained;
  for (const int threads : {1, 2}) {
    set_num_threads(threads);
    const Task task(20000);
    const auto optimizer = make(1, task.model->parameters());
    task.train(*optimizer, 3);
    trained.push_back(numbers(task.model->parameters()));
  }
  set_num_threads(before);
  EXPECT_EQ(trained[0], trained[1]);
}

TEST(Optim, SavedAndResumedIsTheUninterruptedRun) {
  for (int kind = 0; kind < 3; ++kind) {
    const Task task;
    const auto optimizer = make(kind, task.model->parameters());
    task.train(*optimizer, 7);
    StateDict weights, state;
    for (const auto& [name, t] : task.model->state_dict()) weights.push_back({name, clone(t)});
    for (const auto& [name, t] : optimizer->state_dict()) state.push_back({name, clone(t)});
    task.train(*optimizer, 7);

    const Task again;
    again.model->load_state_dict(weights);
    const auto resumed = make(kind, again.model->parameters());
    resumed->set("lr", 0.7);  // the state has its own
    resumed->load_state_dict(state);
    again.train(*resumed, 7);
    EXPECT_EQ(numbers(again.model->parameters()), numbers(task.model->parameters())) << kind;
  }
}

// One parameter of one element, with the gradients 1 and 2: small enough to do by hand.
std::vector<double> two_steps(const std::function<std::unique_ptr<Optimizer>(const Tensor&)>& make_one) {
  const Tensor p = tensor({1.0}, {.requires_grad = true});
  const auto optimizer = make_one(p);
  std::vector<double> out;
  for (const double g : {1.0, 2.0}) {
    p.set_grad(tensor({g}));
    optimizer->step();
    out.push_back(p.item<double>());
  }
  return out;
}

TEST(Optim, StepsByHand) {
  const auto sgd = [](SGDOptions options) {
    return two_steps([=](const Tensor& p) { return std::make_unique<SGD>(std::vector{p}, options); });
  };
  EXPECT_EQ(sgd({.lr = 0.5}), (std::vector{0.5, -0.5}));
  EXPECT_EQ(sgd({.lr = 0.5, .momentum = 0.5}), (std::vector{0.5, -0.75}));                      // b = 1, 2.5
  EXPECT_EQ(sgd({.lr = 0.5, .momentum = 0.5, .dampening = 0.5}), (std::vector{0.5, -0.25}));    // b = 1, 1.5
  EXPECT_EQ(sgd({.lr = 0.5, .momentum = 0.5, .nesterov = true}), (std::vector{0.25, -1.375}));  // 1.5, 2 + 1.25
  EXPECT_EQ(sgd({.lr = 0.5, .weight_decay = 1}), (std::vector{0.0, -1.0}));
  const auto adam = two_steps([](const Tensor& p) {
    return std::make_unique<Adam>(std::vector{p}, AdamOptions{.lr = 0.25, .betas = {0.5, 0.75}, .eps = 0});
  });
  // m = 1/2, 5/4; v = 1/4, 19/16: both corrected by 1 - beta^t.
  EXPECT_DOUBLE_EQ(adam[0], 1 - 0.25 * 1);
  EXPECT_DOUBLE_EQ(adam[1], adam[0] - 0.25 * (1.25 / 0.75) / std::sqrt((19.0 / 16) / (7.0 / 16)));
  const auto adamw = two_steps([](const Tensor& p) {
    return std::make_unique<AdamW>(std::vector{p}, AdamWOptions{.lr = 0.25, .eps = 0, .weight_decay = 1});
  });
  EXPECT_DOUBLE_EQ(adamw[0], 0.75 - 0.25);
}

TEST(Optim, GroupsHaveTheirOwnSettings) {
  const Tensor a = ones({2}, {.requires_grad = true}), b = ones({2}, {.requires_grad = true});
  SGD optimizer({a}, {.lr = 1});
  optimizer.add_param_group({b}, {.lr = 0.5});
  a.set_grad(ones({2}));
  b.set_grad(ones({2}));
  optimizer.step();
  EXPECT_EQ(max(a).item<float>(), 0.f);
  EXPECT_EQ(max(b).item<float>(), 0.5f);
  optimizer.set(1, "lr", 0);
  optimizer.step();
  EXPECT_EQ(max(a).item<float>(), -1.f);
  EXPECT_EQ(max(b).item<float>(), 0.5f);
  EXPECT_THROW(optimizer.set("speed", 1), Error);
  EXPECT_THROW(optimizer.set("lr", -1), Error);
  EXPECT_THROW(optimizer.add_param_group({a}, {}), Error);
}

TEST(Optim, EveryDtypeAndLayout) {
  for (const DType dtype : {DType::f16, DType::bf16, DType::f64, DType::c64, DType::c128}) {
    Tensor p = to(tensor({{1.0, 2.0}, {3.0, 4.0}}), dtype);
    p.set_requires_grad();
    p.set_grad(ones_like(p));
    SGD({p}, {.lr = 0.5, .momentum = 0.5}).step();
    const Tensor expected = to(tensor({{0.5, 1.5}, {2.5, 3.5}}), dtype);
    EXPECT_EQ(max(to(abs(p.detach() - expected), DType::f64)).item<double>(), 0) << name_of(dtype);
  }
  std::vector<float> memory{1, 2, 3, 4, 5, 6};
  Tensor columns = from_memory(memory.data(), {3, 2}, {.strides = {1, 3}});
  columns.set_requires_grad();
  columns.set_grad(tensor({{1.f, 0.f}, {0.f, 0.f}, {0.f, 2.f}}));
  SGD({columns}, {.lr = 1}).step();
  EXPECT_EQ(memory, (std::vector<float>{0, 2, 3, 4, 5, 4}));
}

TEST(Optim, WrongParametersAreRefused) {
  const Tensor leaf = rand({2}, {.requires_grad = true});
  EXPECT_THROW(SGD({rand({2})}), GradError);
  EXPECT_THROW(SGD({leaf * 2}), GradError);
  EXPECT_THROW(SGD({Tensor()}), GradError);
  EXPECT_THROW(SGD({leaf, leaf}), Error);
  EXPECT_THROW(SGD(std::vector<Tensor>{}), Error);
  EXPECT_THROW(SGD({leaf}, {.lr = -1}), Error);
  EXPECT_THROW(SGD({leaf}, {.lr = NAN}), Error);
  EXPECT_THROW(SGD({leaf}, {.nesterov = true}), Error);
  EXPECT_THROW(Adam({leaf}, {.betas = {1, 0.9}}), Error);
}

TEST(Optim, AStepWithoutAGradientChangesNothing) {
  const Tensor a = ones({2}, {.requires_grad = true}), b = ones({3}, {.requires_grad = true});
  Adam optimizer({a, b});
  backward(sum(a));
  try {
    optimizer.step();
    FAIL();
  } catch (const GradError& error) {
    EXPECT_NE(std::string(error.what()).find("parameter 1 of shape (3,)"), std::string::npos) << error.what();
  }
  EXPECT_EQ(min(a).item<float>(), 1.f);
  EXPECT_EQ(optimizer.state_dict().size(), 6u);  // the settings
  optimizer.step({.allow_unused = true});
  EXPECT_LT(max(a).item<float>(), 1.f);
  EXPECT_EQ(min(b).item<float>(), 1.f);
}

TEST(Optim, AStepIsSeenByGraphsThatNeedTheOldValues) {
  const Tensor a = ones({2}, {.requires_grad = true});
  SGD optimizer({a}, {.lr = 1});
  const Tensor loss = sum(a * a);
  backward(loss, {.retain_graph = true});
  optimizer.step();
  EXPECT_THROW(backward(loss), GradError);
}

TEST(Optim, AnotherModelsStateIsRefusedWhole) {
  const Task task;
  Adam optimizer(task.model->parameters());
  task.train(optimizer, 2);
  const StateDict mine = optimizer.state_dict();
  const Tensor p = ones({2}, {.requires_grad = true});
  Adam other({p});
  try {
    other.load_state_dict(mine);
    FAIL();
  } catch (const DataError& error) {
    const std::string text = error.what();
    for (const char* part :
         {"groups.0.parameters: 4 of them in the state, 1 here",
          "misshapen: state.0.exp_avg is (40, 2) in the state, (2,) here", "unexpected: state.3.exp_avg_sq"})
      EXPECT_NE(text.find(part), std::string::npos) << text;
  }
  EXPECT_EQ(other.state_dict().size(), 6u);
  SGD third(task.model->parameters());
  EXPECT_THROW(third.load_state_dict(mine), DataError);
  EXPECT_THROW(optimizer.load_state_dict({}), DataError);
}

TEST(Optim, ClippingScalesAllGradientsTogether) {
  const Tensor a = ones({1}, {.requires_grad = true}), b = ones({1}, {.requires_grad = true});
  const auto set = [&](double x, double y) {
    a.set_grad(full({1}, x, {}));
    b.set_grad(full({1}, y, {}));
  };
  set(3, 4);
  EXPECT_FLOAT_EQ(clip_grad_norm({a, b}, 10).item<float>(), 5.f);
  EXPECT_FLOAT_EQ(a.grad().item<float>(), 3.f);
  EXPECT_FLOAT_EQ(clip_grad_norm({a, b}, 1).item<float>(), 5.f);
  EXPECT_NEAR(a.grad().item<float>(), 0.6f, 1e-6);
  EXPECT_NEAR(b.grad().item<float>(), 0.8f, 1e-6);
  set(3, -4);
  EXPECT_FLOAT_EQ(clip_grad_norm({a, b}, 100, {.norm_type = INFINITY}).item<float>(), 4.f);
  EXPECT_FLOAT_EQ(clip_grad_norm({a, b}, 100, {.norm_type = 1}).item<float>(), 7.f);
  EXPECT_FLOAT_EQ(clip_grad_norm({a, b}, 100, {.norm_type = 3}).item<float>(), std::cbrt(91.f));
  set(3, NAN);
  EXPECT_THROW(clip_grad_norm({a, b}, 1, {.error_if_nonfinite = true}), GradError);
  EXPECT_EQ(a.grad().item<float>(), 3.f);
  EXPECT_TRUE(std::isnan(clip_grad_norm({a, b}, 1).item<float>()));
  EXPECT_THROW(clip_grad_norm({a, b}, -1), Error);
}

}  // namespace
}  // namespace ricci::optim
