// vmap against a loop over the batch: every equation, every public function, every mix with derivatives.
#include "ricci/transform/vmap.h"

#include <gtest/gtest.h>

#include "ricci/ops/einsum/einsum.h"
#include "ricci/ops/index.h"
#include "ricci/ops/shape.h"
#include "ricci/transform/functional.h"
#include "tests/derivatives.h"
#include "tests/equations.h"
#include "tests/functions.h"
#include "tests/message.h"

namespace ricci {
namespace {

using testing::message;
using V = std::vector<Tensor>;

constexpr std::int64_t kBatch = 3;

Tensor example(const Tensor& batch, std::int64_t i) { return slice(batch, {i}); }

// f on each example by itself, stacked.
Tensor looped(const TensorFunction& f, const V& xs, unsigned mask) {
  V rows;
  for (std::int64_t b = 0; b < kBatch; ++b) {
    V one;
    for (std::size_t i = 0; i < xs.size(); ++i) one.push_back(mask >> i & 1 ? example(xs[i], b) : xs[i]);
    rows.push_back(f(one));
  }
  return stack(rows);
}

TensorFunction batched(const TensorFunction& f, std::size_t count, unsigned mask) {
  VmapOptions options;
  for (std::size_t i = 0; i < count; ++i)
    options.in_axes.push_back(mask >> i & 1 ? std::optional<std::int64_t>(0) : std::nullopt);
  return vmap(f, options);
}

Shape with_batch(const Shape& shape) {
  Shape out{kBatch};
  out.append(shape.begin(), shape.end());
  return out;
}

void expect_close(const Tensor& got, const Tensor& expected, double bound) {
  ASSERT_EQ(got.shape(), expected.shape());
  ASSERT_EQ(got.dtype(), expected.dtype());
  if (expected.numel() == 0) return;
  const Tensor a = got.detach(), b = expected.detach();
  const Tensor same = where(equal(a, b), 0, 1);  // infinities of the semirings
  if (sum(same).item<std::int64_t>() == 0) return;
  EXPECT_LE(max(abs(where(equal(a, b), 0, a - b))).item<double>(), bound * (1 + max(abs(b)).item<double>()));
}

// The value, its gradients and its tangents, for every choice of which arguments have the batch.
void check_vmap(const TensorFunction& f, const V& singles, const V& batches, bool derivatives = true) {
  for (unsigned mask = 1; mask < 1u << singles.size(); ++mask) {
    SCOPED_TRACE(mask);
    V xs, vs;
    for (std::size_t i = 0; i < singles.size(); ++i) xs.push_back(mask >> i & 1 ? batches[i] : singles[i]);
    const TensorFunction mapped = batched(f, xs.size(), mask);
    expect_close(mapped(xs), looped(f, xs, mask), 1e-12);
    if (!derivatives || ::testing::Test::HasFailure()) continue;
    vs = testing::directions(xs, 31);
    const TensorFunction loop = [&](const V& points) { return looped(f, points, mask); };
    expect_close(jvp(mapped, xs, vs).tangent, jvp(loop, xs, vs).tangent, 1e-10);
    const Tensor y = loop(xs), seed = randn(y.shape(), {.dtype = y.dtype(), .seed = 5});
    const V got = vjp(mapped, xs).pullback(seed), expected = vjp(loop, xs).pullback(seed);
    for (std::size_t i = 0; i < xs.size(); ++i) expect_close(got[i], expected[i], 1e-10);
  }
}

TEST(Vmap, EveryEquationOfTheTable) {
  std::uint64_t seed = 1;
  for (const testing::Row& row : testing::equations()) {
    for (const DType dtype : {DType::f64, DType::c128}) {
      SCOPED_TRACE(concat(row.equation, " ", dtype));
      if (row.shapes.size() > 4) continue;
      V singles, batches;
      for (const Shape& shape : row.shapes) {
        singles.push_back(randn(shape, {.dtype = dtype, .seed = ++seed}));
        batches.push_back(randn(with_batch(shape), {.dtype = dtype, .seed = ++seed}));
      }
      check_vmap([&](const V& in) { return einsum(row.equation, in, {.sizes = row.sizes}); }, singles, batches,
                 dtype == DType::f64);
      if (HasFailure()) return;
    }
  }
}

TEST(Vmap, EverySemiring) {
  for (const Semiring semiring :
       {Semiring::max_plus, Semiring::min_plus, Semiring::max_product, Semiring::log_sum_exp}) {
    const V singles{rand({4, 3}, {.dtype = DType::f64, .seed = 1}), rand({3, 5}, {.dtype = DType::f64, .seed = 2})};
    const V batches{rand({kBatch, 4, 3}, {.dtype = DType::f64, .seed = 3}),
                    rand({kBatch, 3, 5}, {.dtype = DType::f64, .seed = 4})};
    SCOPED_TRACE(name_of(semiring));
    check_vmap([&](const V& in) { return einsum("ij,jk->ik", in, {.semiring = semiring}); }, singles, batches);
  }
}

TEST(Vmap, EveryPublicFunction) {
  std::uint64_t seed = 1;
  for (const testing::Named& item : testing::functions()) {
    SCOPED_TRACE(item.name);
    V singles, batches;
    for (const Shape& shape : item.shapes) {
      const Tensor x = randn(shape, {.dtype = DType::f64, .seed = ++seed}),
                   many = randn(with_batch(shape), {.dtype = DType::f64, .seed = ++seed});
      singles.push_back(item.positive ? abs(x) + 0.5 : x);
      batches.push_back(item.positive ? abs(many) + 0.5 : many);
    }
    check_vmap(item.f, singles, batches);
    if (HasFailure()) return;
  }
}

TEST(Vmap, FunctionsWithoutDerivative) {
  const Tensor x = randn({kBatch, 4, 5}, {.seed = 1});
  const std::vector<std::pair<const char*, TensorFunction>> functions{
      {"argmax", [](const V& in) { return argmax(in[0], 1); }},
      {"argmin of all", [](const V& in) { return argmin(in[0], {}, true); }},
      {"greater", [](const V& in) { return greater(in[0], 0); }},
      {"isfinite", [](const V& in) { return isfinite(in[0]); }},
      {"to", [](const V& in) { return to(in[0] * 10, DType::i32); }},
      {"take at its own argmax", [](const V& in) { return take(in[0], argmax(in[0], 1), 1); }},
      {"take of what is the same for all",
       [table = randn({5, 2}, {.seed = 2})](const V& in) { return take(table, argmax(in[0], 1), 0); }},
      {"assign",
       [](const V& in) {
         Tensor y = in[0] * 2;
         assign(y, {std::int64_t{1}}, sum(in[0], {.axes = {0}}));
         return y;
       }},
      {"nothing of the batch", [](const V&) { return ones({2}); }},
  };
  for (const auto& [name, f] : functions) {
    SCOPED_TRACE(name);
    expect_close(vmap(f)({x}), looped(f, {x}, 1), 0);
  }
}

TEST(Vmap, AxesInAndOut) {
  const Tensor x = randn({2, 3, 4}, {.seed = 1}), y = randn({3}, {.seed = 2});
  const TensorFunction f = [](const V& in) { return in[0] * in[1]; };
  for (const std::int64_t axis : {0, 1, 2, -1, -2}) {
    const Tensor at1 = permute(x, {1, 0, 2});
    const VmapOptions options{.in_axes = {1, 0}, .out_axes = axis};
    const Tensor got = vmap(f, options)({x, y});
    const int place = axis < 0 ? static_cast<int>(axis) + 3 : static_cast<int>(axis);
    AxisList order{1, 2};
    order.insert(order.begin() + place, 0);
    expect_close(got, permute(at1 * reshape(y, {3, 1, 1}), order), 1e-7);
  }
  const VmapOptions none{.in_axes = {1, std::nullopt}};
  expect_close(vmap(f, none)({x, ones({4})}), permute(x, {1, 0, 2}), 0);
  EXPECT_EQ(vmap([](const V& in) { return sum(in[0]); })({zeros({0, 3})}).shape(), Shape{0});
}

TEST(Vmap, NestsInItself) {
  const Tensor a = randn({2, 5}, {.dtype = DType::f64, .seed = 1}), b = randn({3, 5}, {.dtype = DType::f64, .seed = 2});
  const TensorFunction dots = [](const V& in) { return dot(in[0], in[1]); };
  const TensorFunction inner = vmap(dots, {.in_axes = {std::nullopt, 0}});
  const TensorFunction outer = vmap(inner, {.in_axes = {0, std::nullopt}});
  expect_close(outer({a, b}), matmul(a, transpose(b)), 1e-14);
  // An inner vmap inside an outer one that captures its example.
  const TensorFunction closing =
      vmap([&](const V& in) { return vmap([&](const V& other) { return dot(in[0], other[0]); })({b}); });
  expect_close(closing({a}), matmul(a, transpose(b)), 1e-14);
}

TEST(Vmap, GradientsOfEachExampleByItself) {
  const Tensor x = randn({4, 3}, {.dtype = DType::f64, .seed = 1}), w = randn({3}, {.dtype = DType::f64, .seed = 2});
  const TensorFunction loss = [](const V& in) { return power(dot(in[0], in[1]), 2); };
  const TensorFunction gradient = [&](const V& in) { return vjp(loss, in).pullback({})[1]; };
  const Tensor got = vmap(gradient, {.in_axes = {0, std::nullopt}})({x, w});
  expect_close(got, 2 * reshape(matmul(x, w), {4, 1}) * x, 1e-13);
  // The same by the tape, with a leaf from outside.
  const Tensor leaf = w.detach().set_requires_grad();
  const TensorFunction by_grad = [&](const V& in) { return grad(loss({in[0], leaf}), std::vector<Tensor>{leaf})[0]; };
  expect_close(vmap(by_grad)({x}), got, 1e-13);
}

TEST(Vmap, WhatReadsAValueIsTold) {
  const Tensor x = randn({kBatch, 2}, {.seed = 1});
  const auto told = [&](const TensorFunction& f) { return message([&] { vmap(f)({x}); }); };
  EXPECT_NE(told([](const V& in) { return full({}, sum(in[0]).item<float>()); }).find("stands for 3"),
            std::string::npos);
  EXPECT_NE(told([](const V& in) {
              fill(in[0], 1);
              return in[0];
            }).find("change in place"),
            std::string::npos);
  EXPECT_NE(told([](const V& in) {
              Tensor out = zeros({2});
              einsum("i->i", {in[0]}, {.out = &out});
              return out;
            }).find("out= and beta="),
            std::string::npos);
  const Tensor leaf = ones({2}, {.requires_grad = true});
  EXPECT_NE(told([&](const V& in) {
              backward(sum(in[0] * leaf));
              return in[0];
            }).find("take it with grad()"),
            std::string::npos);
  EXPECT_FALSE(leaf.grad().defined());
  vmap([](const V& in) {
    EXPECT_EQ(to_string(in[0]), "Tensor(3 under vmap, shape=(2,))");
    return in[0];
  })({x});
}

TEST(Vmap, WrongAxesAreTold) {
  const TensorFunction f = [](const V& in) { return in[0] + in[1]; };
  const Tensor x = zeros({2, 3});
  EXPECT_EQ(message([&] {
              vmap(f, {.in_axes = {0, 2}})({x, x});
            }),
            "vmap: in_axes says axis 2 for argument 2 of shape (2, 3)\n  give an axis it has, or None where it is the "
            "same for the whole batch");
  EXPECT_EQ(message([&] {
              vmap(f, {.in_axes = {0, 1}})({x, x});
            }),
            "vmap: argument 2 of shape (2, 3) has 3 along axis 1, but argument 1 has 2\n  all batches must be equally "
            "large");
  EXPECT_NE(message([&] {
              vmap(f, {.in_axes = {0}})({x, x});
            }).find("names 1 arguments, but there are 2"),
            std::string::npos);
  EXPECT_NE(message([&] {
              vmap(f, {.in_axes = {std::nullopt, std::nullopt}})({x, x});
            }).find("no argument has"),
            std::string::npos);
  EXPECT_NE(message([&] { vmap(f, {.out_axes = 2})({x, x}); }).find("out_axes"), std::string::npos);
  EXPECT_NE(message([&] { vmap(f)({x, zeros({})}); }).find("which has no axes"), std::string::npos);
}

}  // namespace
}  // namespace ricci
