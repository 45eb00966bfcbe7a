// Jacobians, Hessians, hvp, and every composition of them with vmap, checkpoint and each other.
#include "ricci/transform/functional.h"

#include <gtest/gtest.h>

#include "ricci/ops/einsum/einsum.h"
#include "ricci/ops/einsum/spellings.h"
#include "ricci/ops/index.h"
#include "ricci/ops/shape.h"
#include "ricci/transform/checkpoint.h"
#include "ricci/transform/vmap.h"
#include "tests/derivatives.h"
#include "tests/message.h"

namespace ricci {
namespace {

using testing::message;
using V = std::vector<Tensor>;

Tensor random(const Shape& shape, std::uint64_t seed) { return randn(shape, {.dtype = DType::f64, .seed = seed}); }

void expect_close(const Tensor& got, const Tensor& expected, double bound = 1e-12) {
  ASSERT_EQ(got.shape(), expected.shape());
  EXPECT_LE(max(abs(got - expected)).detach().item<double>(), bound);
}

// sum_ij sin(w_ij x_j)^2 x_i ...: coupled, of every order.
Tensor energy(const Tensor& x, const Tensor& w) { return sum(power(tanh(matmul(w, x)), 2)) * sum(sin(x)); }

// The Hessian by grad() of each element of the gradient.
Tensor hessian_by_tape(const TensorFunction& f, const Tensor& x) {
  const Tensor leaf = x.detach().set_requires_grad();
  const Tensor g = grad(f({leaf}), V{leaf}, {.create_graph = true})[0];
  V rows;
  for (std::int64_t i = 0; i < x.numel(); ++i)
    rows.push_back(grad(slice(reshape(g, {-1}), {i}), V{leaf}, {.retain_graph = true})[0]);
  Shape shape = x.shape();
  shape.append(x.shape().begin(), x.shape().end());
  return reshape(stack(rows), shape);
}

TEST(Jacobian, ByRowsAndByColumns) {
  const Tensor w = random({5, 3}, 1), x = random({3}, 2);
  const TensorFunction wide = [&](const V& in) { return tanh(matmul(w, in[0])); };  // 5 of 3: columns
  const TensorFunction tall = [&](const V& in) { return tanh(matmul(in[0], w)); };  // 3 of 5: rows
  const Tensor y = wide({x}), at = random({5}, 3), z = tall({at});
  expect_close(jacobian(wide, x), reshape(1 - y * y, {5, 1}) * w);
  expect_close(jacobian(tall, at), reshape(1 - z * z, {3, 1}) * transpose(w));
  const Tensor scalar = jacobian([](const V& in) { return sum(in[0] * in[0]); }, x);
  expect_close(scalar, 2 * x);
}

TEST(Jacobian, OfSeveralArgumentsHasTheirShapes) {
  const Tensor a = random({2, 3}, 1), b = random({3, 2}, 2);
  const V both = jacobian([](const V& in) { return matmul(in[0], in[1]); }, {a, b});
  EXPECT_EQ(both[0].shape(), (Shape{2, 2, 2, 3}));
  EXPECT_EQ(both[1].shape(), (Shape{2, 2, 3, 2}));
  expect_close(both[0], einsum("jk,ia->ikaj", b, eye(2, 2, {.dtype = DType::f64})));
  // An argument the value does not depend on.
  const V none = jacobian([](const V& in) { return in[0] * 2; }, {a, b});
  expect_close(none[1], zeros({2, 3, 3, 2}, {.dtype = DType::f64}));
}

TEST(Jacobian, OfAJacobianAndOfWhatIsRecorded) {
  const Tensor w = random({4, 3}, 1), x = random({3}, 2);
  const TensorFunction f = [&](const V& in) { return energy(in[0], w); };
  const TensorFunction inner = [&](const V& in) { return jacobian(f, in[0]); };
  expect_close(jacobian(inner, x), hessian_by_tape(f, x));
  // d/dw sum of the Jacobian, where w is a leaf that f captures.
  const Tensor leaf = w.detach().set_requires_grad();
  const TensorFunction captured = [&](const V& in) { return tanh(matmul(leaf, in[0])); };
  const Tensor by_capture = grad(sum(jacobian(captured, x)), V{leaf})[0];
  const TensorFunction of_w = [&](const V& in) {
    return sum(jacobian([&](const V& at) { return tanh(matmul(in[0], at[0])); }, x));
  };
  expect_close(by_capture, jacobian(of_w, w));
}

TEST(Hessian, EqualsTheTapesOwn) {
  const Tensor w = random({4, 3}, 1), x = random({3}, 2);
  const TensorFunction f = [&](const V& in) { return energy(in[0], w); };
  expect_close(hessian(f, x), hessian_by_tape(f, x));
  const Tensor m = random({2, 3}, 3);
  const TensorFunction g = [](const V& in) { return sum(power(einsum("ij,kj->ik", in[0], in[0]), 2)); };
  EXPECT_EQ(hessian(g, m).shape(), (Shape{2, 3, 2, 3}));
  expect_close(hessian(g, m), hessian_by_tape(g, m));
  // Of a function with several values: one Hessian each.
  const TensorFunction h = [](const V& in) { return stack({sum(power(in[0], 3)), sum(sin(in[0]))}); };
  const Tensor both = hessian(h, x);
  expect_close(both, stack({6 * x * eye(3, 3, {.dtype = DType::f64}), -sin(x) * eye(3, 3, {.dtype = DType::f64})}));
}

TEST(Hessian, OfAVmappedFunctionThroughACheckpoint) {
  const Tensor w = random({4, 3}, 1), rows = random({5, 3}, 2), x = random({3}, 3);
  const TensorFunction one = [&](const V& in) { return energy(in[0] * in[1], w); };
  const TensorFunction plainly = [&](const V& in) {
    return sum(vmap(one, {.in_axes = {std::nullopt, 0}})({in[0], rows}));
  };
  const TensorFunction through = [&](const V& in) {
    const TensorFunction kept = [&](const V& at) { return checkpoint(one, at); };
    return sum(vmap(kept, {.in_axes = {std::nullopt, 0}})({in[0], rows}));
  };
  const TensorFunction around = [&](const V& in) { return checkpoint(plainly, in); };
  const Tensor expected = hessian_by_tape(plainly, x);
  expect_close(hessian(plainly, x), expected);
  expect_close(hessian(through, x), expected);
  expect_close(hessian(around, x), expected);
  expect_close(hessian_by_tape(through, x), expected);
  expect_close(hessian_by_tape(around, x), expected);
  // vmap of the Hessian itself, through the checkpoint.
  const TensorFunction of_row = [&](const V& in) {
    return hessian([&](const V& at) { return checkpoint(one, {at[0], in[0]}); }, x);
  };
  expect_close(sum(vmap(of_row)({rows}), {.axes = {0}}), expected);
}

TEST(Hvp, IsTheHessianTimesTheDirections) {
  const Tensor w = random({4, 3}, 1), x = random({3}, 2), v = random({3}, 3), dw = random({4, 3}, 4);
  const TensorFunction f = [](const V& in) { return energy(in[0], in[1]); };
  const V got = hvp(f, {x, w}, {v, dw});
  const TensorFunction flat = [&](const V& in) {
    return energy(slice(in[0], {Slice{0, 3}}), reshape(slice(in[0], {Slice{3, {}}}), {4, 3}));
  };
  const Tensor whole = hessian(flat, cat({x, reshape(w, {-1})}));
  const Tensor product = matmul(whole, cat({v, reshape(dw, {-1})}));
  expect_close(cat({got[0], reshape(got[1], {-1})}), product);
  expect_close(hvp(f, {x, w}, {v, Tensor()})[0], matmul(hessian([&](const V& in) { return energy(in[0], w); }, x), v));
  // Linear functions have none.
  expect_close(hvp([](const V& in) { return sum(in[0]); }, {x}, {v})[0], zeros({3}, {.dtype = DType::f64}));
}

TEST(Composition, GradOfJvpAndJvpOfGradAndVmapOfEither) {
  const Tensor w = random({4, 3}, 1), x = random({3}, 2), v = random({3}, 3);
  const TensorFunction f = [&](const V& in) { return energy(in[0], w); };
  const Tensor expected = hvp(f, {x}, {v})[0];
  const Tensor leaf = x.detach().set_requires_grad();
  expect_close(grad(jvp(f, {leaf}, {v}).tangent, V{leaf})[0], expected);
  const TensorFunction gradient = [&](const V& in) { return vjp(f, in).pullback({})[0]; };
  expect_close(jvp(gradient, {x}, {v}).tangent, expected);
  const Tensor many = random({6, 3}, 4);
  const TensorFunction along = [&](const V& in) { return jvp(gradient, {x}, in).tangent; };
  expect_close(vmap(along)({many}), matmul(many, hessian(f, x)));
  const TensorFunction along_by_reverse = [&](const V& in) {
    return vjp([&](const V& at) { return jvp(f, at, in).tangent; }, {x}).pullback({})[0];
  };
  expect_close(vmap(along_by_reverse)({many}), matmul(many, hessian(f, x)));
  // jvp of vmap of grad of a captured, differentiated weight.
  const TensorFunction of_w = [&](const V& ws) {
    const TensorFunction inner = [&](const V& in) {
      return vjp([&](const V& at) { return energy(at[0], ws[0]); }, in).pullback({})[0];
    };
    return sum(vmap(inner)({many}));
  };
  const Tensor dw = random({4, 3}, 5);
  const Tensor slope = jvp(of_w, {w}, {dw}).tangent;
  const Tensor weight = w.detach().set_requires_grad();
  expect_close(slope, sum(grad(of_w({weight}), V{weight})[0] * dw));
}

TEST(Composition, PerturbationsStayApartInEveryMode) {
  // d/dx [ x * d/dy (x * y) ] = 2 x, where a confused one gives 3 x or x.
  const Tensor x = tensor({3.0}), one = tensor({1.0});
  const auto derivative = [&](bool forward, const TensorFunction& f) {
    return TensorFunction(
        [=](const V& in) { return forward ? jvp(f, in, {one}).tangent : vjp(f, in).pullback({})[0]; });
  };
  for (const bool outer : {false, true})
    for (const bool inner : {false, true})
      for (const bool batched : {false, true}) {
        const TensorFunction product = [&](const V& xs) {
          const TensorFunction f = derivative(inner, [&](const V& ys) { return xs[0] * ys[0]; });
          const TensorFunction each = vmap([&](const V& ys) { return f({reshape(ys[0], {1})}); });
          return xs[0] * (batched ? reshape(each({tensor({2.0})}), {1}) : f({tensor({2.0})}));
        };
        EXPECT_EQ(derivative(outer, product)({x}).detach().item<double>(), 6.0) << outer << inner << batched;
      }
}

TEST(ValueAndGrad, GivesBoth) {
  const auto [value, gradients] =
      value_and_grad([](const V& in) { return sum(in[0] * in[1]); })({tensor({1.0, 2.0}), tensor({3.0, 4.0})});
  EXPECT_EQ(value.item<double>(), 11.0);
  EXPECT_EQ(to_string(gradients[0]), "Tensor([3.0, 4.0], dtype=float64)");
  EXPECT_EQ(to_string(gradients[1]), "Tensor([1.0, 2.0], dtype=float64)");
}

TEST(Vjp, ItsValueAndGradientsDependOnWhatTheFunctionCaptures) {
  const Tensor w = tensor({2.0}, {.requires_grad = true}), x = tensor({3.0});
  const Vjp at = vjp([&](const V& in) { return w * in[0] * in[0]; }, {x});
  EXPECT_EQ(grad(at.value, V{w}, {.retain_graph = true})[0].item<double>(), 9.0);
  EXPECT_EQ(grad(at.pullback({})[0], V{w})[0].item<double>(), 6.0);
}

TEST(FunctionalErrors, SayWhatIsNeeded) {
  const TensorFunction f = [](const V& in) { return in[0] * 2; };
  const Tensor z = ones({2}, {.dtype = DType::c128}), n = ones({2}, {.dtype = DType::i64}), x = ones({2});
  EXPECT_NE(message([&] { jacobian(f, z); }).find("defined for real numbers"), std::string::npos);
  EXPECT_NE(message([&] { jacobian(f, n); }).find("has no derivatives"), std::string::npos);
  EXPECT_NE(message([&] { jacobian([](const V& in) { return to(in[0], DType::c64); }, x); }).find("the value is"),
            std::string::npos);
  EXPECT_NE(message([&] { hessian(f, z); }).find("hessian: the argument"), std::string::npos);
  EXPECT_NE(message([&] { hvp(f, {x}, {x}); }).find("one real value"), std::string::npos);
  EXPECT_NE(message([&] { hvp(f, {x}, {}); }).find("1 points but 0 directions"), std::string::npos);
  EXPECT_NE(message([&] { hvp(f, {x}, {ones({3})}); }).find("hvp: tangent 1"), std::string::npos);
  EXPECT_NE(message([&] { jvp(f, {n}, {n}); }).find("has no derivatives"), std::string::npos);
}

}  // namespace
}  // namespace ricci
