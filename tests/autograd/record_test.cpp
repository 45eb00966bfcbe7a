// The door: what is recorded, what it refuses, and what a run leaves for the rules.
#include "ricci/autograd/record.h"

#include <gtest/gtest.h>

#include <thread>

#include "ricci/autograd/dual.h"
#include "tests/autograd/operations.h"
#include "tests/message.h"

namespace ricci {
namespace {

using testing::exponential;
using testing::leaf;
using testing::message;
using testing::product;
using testing::pulled_back;
using testing::Values;
using testing::values_of;
using testing::vector_of;

TEST(Record, WhatRequiresGradAndNothingElse) {
  const Tensor a = leaf({2}), b = vector_of({3});
  EXPECT_TRUE(product(a, b).requires_grad());
  EXPECT_TRUE(product(b, a).requires_grad());
  EXPECT_FALSE(product(b, b).requires_grad());
  EXPECT_TRUE(exponential(product(a, b)).requires_grad());
  const Tensor both[] = {b, a};
  EXPECT_TRUE(is_recorded(both));
  EXPECT_FALSE(is_recorded({both, 1}));
}

TEST(Record, IsOffInAScopeAndThenAsBefore) {
  const Tensor a = leaf({2});
  EXPECT_TRUE(recording());
  {
    const NoGrad off;
    EXPECT_FALSE(recording());
    EXPECT_FALSE(exponential(a).requires_grad());
    {
      const RecordingScope on(true);
      EXPECT_TRUE(exponential(a).requires_grad());
      const NoGrad inner;
      EXPECT_FALSE(exponential(a).requires_grad());
    }
    EXPECT_FALSE(recording());
  }
  EXPECT_TRUE(recording());
}

TEST(Record, IsEachThreadsOwn) {
  const NoGrad off;
  bool there = false;
  std::thread([&] { there = recording(); }).join();
  EXPECT_TRUE(there);
}

TEST(Record, RefusesUndefinedOperandsAndTwoDevices) {
  const Tensor a = vector_of({1});
  EXPECT_EQ(message([&] { product(a, {}); }),
            "product: operand 2 is undefined (a default-constructed or moved-from Tensor)\n"
            "  give it a value first; a gradient has none before backward()");
  const Tensor there = empty({1}, {.dtype = DType::f64, .device = {DeviceType::reference, 0}});
  EXPECT_EQ(message([&] { product(a, there); }),
            "product: operand 1 is on cpu but operand 2 on reference\n  move them to one device with to()");
}

// Positions, as argmax gives them: no derivative.
class Rounded final : public Op {
 public:
  explicit Rounded(bool differentiable) : differentiable_(differentiable) {}
  std::string_view name() const override { return "rounded"; }
  TensorType output_type(Operands in) const override {
    return {in[0].shape(), differentiable_ ? DType::i64 : DType::f64};
  }
  void run_into(Operands in, const Tensor& out) const override { map_into(Map::copy, in, out); }
  LinearMap derivative(std::size_t, Operands, const Tensor&) const override { return {}; }
  Tensor batched(Operands in, const Batch&) const override { return call_new<Rounded>(in, differentiable_); }
  bool differentiable() const override { return differentiable_; }

 private:
  bool differentiable_;
};

TEST(Record, NoValuesWithoutDerivatives) {
  const Tensor a = leaf({2.5});
  EXPECT_FALSE(call_new<Rounded>({&a, 1}, true).requires_grad()) << "whole numbers have none";
  EXPECT_FALSE(call_new<Rounded>({&a, 1}, false).requires_grad()) << "the operation says that it has none";
  const Tensor dual = make_dual(1, a.detach(), vector_of({1}));
  EXPECT_FALSE(dual_of(call_new<Rounded>({&dual, 1}, true), 1));
}

// The very tensor that comes in: its handle must not become another's history.
class Same final : public Op {
 public:
  std::string_view name() const override { return "same"; }
  TensorType output_type(Operands in) const override { return {in[0].shape(), in[0].dtype()}; }
  Tensor run(Operands in) const override { return in[0]; }
  LinearMap derivative(std::size_t, Operands, const Tensor&) const override { return identity_map(); }
  Tensor batched(Operands in, const Batch&) const override { return call_new<Same>(in); }
};

TEST(Record, AnOutputThatSomebodyElseHasIsGivenAHandleOfItsOwn) {
  const Tensor a = leaf({2}), y = call_new<Same>({&a, 1});
  EXPECT_TRUE(a.is_leaf());
  EXPECT_FALSE(y.is_leaf());
  EXPECT_TRUE(a.storage() == y.storage());
}

TEST(Record, RunAndRunIntoAreMadeOfEachOther) {
  const Tensor x = vector_of({2, 3}), out = vector_of({0, 0});
  const auto same = make_ref<Same>();
  same->run_into({&x, 1}, out);
  EXPECT_EQ(values_of(out), (Values{2, 3}));
  const Tensor both[] = {x, x};
  EXPECT_EQ(values_of(make_ref<testing::Product>()->run(both)), (Values{4, 9}));
}

// x times a number that its run makes up: 1, 2, 3, ... Which it was, only the run can say.
class Counted final : public Op {
 public:
  explicit Counted(int* runs, double factor = 0) : runs_(runs), factor_(factor) {}
  std::string_view name() const override { return "counted"; }
  TensorType output_type(Operands in) const override { return {in[0].shape(), in[0].dtype()}; }
  Tensor run(Operands in) const override {
    Record record;
    return run_recorded(in, record);
  }
  Tensor run_recorded(Operands in, Record& record) const override {
    const double factor = ++*runs_;
    record.rules = make_ref<Counted>(runs_, factor);
    return scaled(in[0], factor);
  }
  LinearMap derivative(std::size_t, Operands, const Tensor&) const override {
    const auto map = [factor = factor_](const Tensor& t) { return scaled(t, factor); };
    return {map, map};
  }
  Tensor batched(Operands in, const Batch& batch) const override {
    Record record;
    return batched_recorded(in, batch, record);
  }
  Tensor batched_recorded(Operands in, const Batch&, Record& record) const override {
    return call_recorded(make_ref<Counted>(runs_), in, record.rules);
  }

 private:
  static Tensor scaled(const Tensor& x, double factor) {
    const Tensor all = empty(x.shape(), {.dtype = x.dtype()});
    fill_elements(all, factor);
    return product(x, all);
  }
  int* runs_;
  double factor_;
};

TEST(Record, TheRulesAreThoseOfTheRun) {
  int runs = 0;
  const auto op = make_ref<Counted>(&runs);
  const Tensor x = leaf({1}), seed = vector_of({1});
  const Tensor first = call(op, {&x, 1}), second = call(op, {&x, 1});
  EXPECT_EQ(values_of(first.detach()), Values{1});
  EXPECT_EQ(values_of(second.detach()), Values{2});
  EXPECT_EQ(values_of(pulled_back(first, seed)[0]), Values{1});
  EXPECT_EQ(values_of(pulled_back(second, seed)[0]), Values{2});
}

TEST(Record, AndSoTheyAreForDualsAndBatches) {
  int runs = 0;
  const auto op = make_ref<Counted>(&runs);
  const Tensor dual = make_dual(7, vector_of({1}), vector_of({10}));
  const Tensor y = call(op, {&dual, 1});
  ASSERT_TRUE(dual_of(y, 7));
  EXPECT_EQ(values_of(dual_of(y, 7)->tangent()), Values{10});
  EXPECT_EQ(runs, 1) << "the tangent is the same run's";

  // The history of many, outside what wraps them.
  const Tensor many = make_batched(8, make_view(vector_of({3, 4}), {2, 1}, {1, 1}, 0)).set_requires_grad();
  const Tensor z = call(op, {&many, 1});
  EXPECT_EQ(values_of(batched_of(z.detach(), 8)->value), (Values{6, 8}));
  const Tensor seed = make_batched(8, make_view(vector_of({1, 1}), {2, 1}, {1, 1}, 0));
  EXPECT_EQ(values_of(batched_of(pulled_back(z, seed)[0].detach(), 8)->value), (Values{2, 2}));
  EXPECT_EQ(runs, 2);
}

}  // namespace
}  // namespace ricci
