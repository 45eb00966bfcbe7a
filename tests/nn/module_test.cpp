// Parameters, buffers and the state dict.
#include "ricci/nn/module.h"

#include <gtest/gtest.h>

#include "ricci/ops/create.h"
#include "ricci/ops/einsum/einsum.h"
#include "ricci/ops/elementwise.h"
#include "ricci/ops/random.h"
#include "ricci/ops/reduce.h"
#include "ricci/transform/backward.h"

namespace ricci::nn {
namespace {

std::vector<std::string> names(const std::vector<NamedTensor>& named) {
  std::vector<std::string> out;
  for (const NamedTensor& item : named) out.push_back(item.name);
  return out;
}

struct Scaler : Module {
  Tensor plain = ones({3});
  Scaler() {
    register_parameter("weight", rand({2, 3}, {.seed = 1}));
    register_buffer("mean", zeros({3}));
    register_buffer("scratch", zeros({3}), false);
  }
};

struct Net : Module {
  Net() {
    register_module("first", std::make_shared<Scaler>());
    register_module("second", std::make_shared<Scaler>());
    register_parameter("bias", zeros({2}));
  }
};

TEST(Module, PlainAttributeBufferAndParameterDiffer) {
  Scaler s;
  EXPECT_EQ(names(s.named_parameters()), (std::vector<std::string>{"weight"}));
  EXPECT_EQ(names(s.named_buffers()), (std::vector<std::string>{"mean", "scratch"}));
  EXPECT_EQ(names(s.state_dict()), (std::vector<std::string>{"weight", "mean"}));
  EXPECT_TRUE(s.get("weight").requires_grad());
  EXPECT_FALSE(s.get("mean").requires_grad());
  s.to(DType::f64);
  EXPECT_EQ(s.get("weight").dtype(), DType::f64);
  EXPECT_TRUE(s.get("weight").requires_grad());
  EXPECT_EQ(s.get("scratch").dtype(), DType::f64);
  EXPECT_EQ(s.plain.dtype(), DType::f32);
}

TEST(Module, NamesJoinChildrenAndSharedTensorsCountOnce) {
  Net net;
  EXPECT_EQ(names(net.named_parameters()), (std::vector<std::string>{"bias", "first.weight", "second.weight"}));
  Module shared;
  const Tensor w = rand({2});
  shared.register_parameter("a", w);
  shared.register_parameter("b", w);
  EXPECT_EQ(shared.parameters().size(), 1u);
  EXPECT_EQ(shared.state_dict().size(), 2u);
}

TEST(Module, StateGoesRoundAndListsWhatDoesNotFit) {
  Net one, two;
  fill(two.get("bias").detach(), 7);
  one.load_state_dict(two.state_dict());
  EXPECT_EQ(max(one.get("bias")).item<float>(), 7.f);

  StateDict wrong = two.state_dict();
  wrong.erase(wrong.begin());
  wrong.push_back({"extra", zeros({1})});
  wrong[0].tensor = full({2, 4}, 9);
  fill(two.get("bias").detach(), 1);
  try {
    two.load_state_dict(wrong);
    FAIL();
  } catch (const DataError& error) {
    const std::string text = error.what();
    EXPECT_NE(text.find("missing: bias"), std::string::npos) << text;
    EXPECT_NE(text.find("unexpected: extra"), std::string::npos);
    EXPECT_NE(text.find("misshapen: first.weight is (2, 4) in the state, (2, 3) in the module"), std::string::npos);
  }
  EXPECT_EQ(max(two.get("bias")).item<float>(), 1.f);
  wrong[0].tensor = full({2, 3}, 9);
  const LoadReport report = two.load_state_dict(wrong, false);
  EXPECT_EQ(report.missing, (std::vector<std::string>{"bias"}));
  EXPECT_EQ(report.unexpected, (std::vector<std::string>{"extra"}));
}

TEST(Module, OnlyParametersAreTrained) {
  Scaler s;
  const Tensor x = rand({4, 3}, {.seed = 2});
  const Tensor y = einsum("bi,oi->bo", {x - s.get("mean"), s.get("weight")});
  backward(sum(y));
  EXPECT_TRUE(s.get("weight").grad().defined());
  EXPECT_FALSE(s.get("mean").grad().defined());
  s.zero_grad();
  EXPECT_FALSE(s.get("weight").grad().defined());
}

TEST(Module, WrongNamesAreRefused) {
  Scaler s;
  EXPECT_THROW(s.register_parameter("weight", zeros({1})), Error);
  EXPECT_THROW(s.register_parameter("", zeros({1})), Error);
  EXPECT_THROW(s.register_buffer("a.b", zeros({1})), Error);
  EXPECT_THROW(s.register_parameter("count", arange(3)), GradError);
  EXPECT_THROW(s.get("nobody"), Error);
  const Tensor leaf = rand({2}, {.requires_grad = true});
  EXPECT_THROW(s.register_parameter("made", leaf * 2), GradError);
}

TEST(Module, CantHoldItself) {
  const auto outer = std::make_shared<Net>(), inner = std::make_shared<Net>();
  outer->register_module("third", inner);
  EXPECT_THROW(outer->register_module("self", outer), Error);
  EXPECT_THROW(inner->register_module("back", outer), Error);
  EXPECT_EQ(outer->named_children().size(), 3u);
  EXPECT_EQ(outer->parameters().size(), 6u);
}

TEST(Module, TrainingModeReachesChildren) {
  Net net;
  net.eval();
  EXPECT_FALSE(net.training());
  for (const auto& [name, child] : net.named_children()) EXPECT_FALSE(child->training());
}

}  // namespace
}  // namespace ricci::nn
