// Every equation of the table and every public function: adjoint identity, central differences,
// second derivatives, forward against reverse.
#include "tests/derivatives.h"

#include <gtest/gtest.h>

#include "ricci/ops/einsum.h"
#include "tests/equations.h"
#include "tests/random_operands.h"

namespace ricci {
namespace {

using testing::check_derivatives;

TEST(EquationDerivatives, WholeTableRealAndComplex) {
  std::uint64_t seed = 50'000;
  for (const testing::Row& row : testing::equations()) {
    for (const DType dtype : {DType::f64, DType::c128}) {
      SCOPED_TRACE(concat(row.equation, " ", dtype));
      std::vector<Tensor> xs;
      for (const Shape& shape : row.shapes) xs.push_back(randn(shape, {.dtype = dtype, .seed = ++seed}));
      check_derivatives([&](const std::vector<Tensor>& in) { return einsum(row.equation, in, {.sizes = row.sizes}); },
                        xs, seed += 1000);
      if (HasFailure()) return;
    }
  }
}

TEST(EquationDerivatives, MixedRealAndComplexOperands) {
  const std::vector<Tensor> xs{randn({3, 4}, {.dtype = DType::f64, .seed = 1}),
                               randn({4, 5}, {.dtype = DType::c128, .seed = 2}),
                               randn({5, 2}, {.dtype = DType::f64, .seed = 3})};
  check_derivatives([](const std::vector<Tensor>& in) { return einsum("ij,jk*,kl->il", in); }, xs, 4);
}

TEST(EquationDerivatives, AllFiveSemirings) {
  for (const Semiring semiring :
       {Semiring::max_plus, Semiring::min_plus, Semiring::max_product, Semiring::log_sum_exp}) {
    for (const testing::Row& row : testing::equations()) {
      SCOPED_TRACE(concat(row.equation, " ", name_of(semiring)));
      std::vector<Tensor> xs;
      bool empty = false;
      std::uint64_t seed = 90;
      for (const Shape& shape : row.shapes) {
        xs.push_back(rand(shape, {.dtype = DType::f64, .seed = ++seed}) + 0.1);
        empty = empty || xs.back().numel() == 0;
      }
      if (empty) continue;
      const Tensor y = einsum(row.equation, xs, {.semiring = semiring, .sizes = row.sizes});
      if (y.numel() > 0 && !isfinite(sum(abs(y))).item<bool>()) continue;  // i->ii: -inf off the diagonal
      check_derivatives(
          [&](const std::vector<Tensor>& in) {
            return einsum(row.equation, in, {.semiring = semiring, .sizes = row.sizes});
          },
          xs, seed, semiring == Semiring::log_sum_exp || semiring == Semiring::max_product);
      if (HasFailure()) return;
    }
  }
}

struct Named {
  const char* name;
  Function f;
  std::vector<Shape> shapes;
  bool positive = false;
};

// Points are kept away from the kinks of abs, relu, maximum and from log's pole by `positive`.
std::vector<Named> functions() {
  using V = std::vector<Tensor>;
  const Tensor rows = tensor(std::vector<std::int64_t>{2, 0, 2, 1});
  return {
      {"add", [](const V& x) { return x[0] + x[1]; }, {{3, 4}, {4}}},
      {"subtract", [](const V& x) { return x[0] - x[1]; }, {{3, 1}, {2, 1, 4}}},
      {"multiply", [](const V& x) { return x[0] * x[1]; }, {{3, 4}, {3, 1}}},
      {"divide", [](const V& x) { return x[0] / x[1]; }, {{3, 4}, {4}}, true},
      {"power", [](const V& x) { return power(x[0], x[1]); }, {{3, 4}, {4}}, true},
      {"power of a number", [](const V& x) { return power(x[0], 3); }, {{3, 4}}},
      {"number to a power", [](const V& x) { return power(2.0, x[0]); }, {{3, 4}}},
      {"numbers", [](const V& x) { return 2 - 3 * x[0] + 1 / x[0]; }, {{3, 4}}, true},
      {"floor_divide", [](const V& x) { return floor_divide(x[0], x[1]) * x[0]; }, {{3, 4}, {4}}, true},
      {"remainder", [](const V& x) { return remainder(3 * x[0], x[1]) * x[1]; }, {{3, 4}, {4}}, true},
      {"maximum", [](const V& x) { return maximum(x[0], x[1]); }, {{3, 4}, {3, 4}}},
      {"minimum", [](const V& x) { return minimum(x[0], x[1]); }, {{3, 4}, {4}}},
      {"where", [](const V& x) { return where(greater(x[0].detach(), 0.2), x[0] * x[1], x[1]); }, {{3, 4}, {4}}},
      {"negative", [](const V& x) { return -x[0]; }, {{5}}},
      {"exp", [](const V& x) { return exp(x[0]); }, {{3, 4}}},
      {"log", [](const V& x) { return log(x[0]); }, {{3, 4}}, true},
      {"sqrt", [](const V& x) { return sqrt(x[0]); }, {{3, 4}}, true},
      {"tanh", [](const V& x) { return tanh(x[0]); }, {{3, 4}}},
      {"sigmoid", [](const V& x) { return sigmoid(x[0]); }, {{3, 4}}},
      {"relu", [](const V& x) { return relu(x[0] * x[0] - 0.3) * x[0]; }, {{3, 4}}},
      {"abs", [](const V& x) { return abs(x[0]) * x[0]; }, {{3, 4}}},
      {"sin", [](const V& x) { return sin(x[0]); }, {{3, 4}}},
      {"cos", [](const V& x) { return cos(x[0]); }, {{3, 4}}},
      {"erf", [](const V& x) { return erf(x[0]); }, {{3, 4}}},
      {"log1p", [](const V& x) { return log1p(x[0]); }, {{3, 4}}, true},
      {"reciprocal", [](const V& x) { return reciprocal(x[0]); }, {{3, 4}}, true},
      {"sum", [](const V& x) { return sum(x[0] * x[0]); }, {{3, 4}}},
      {"sum over axes",
       [](const V& x) {
         return sum(x[0] * x[0], {.axes = {0, -1}, .keepdims = true});
       },
       {{3, 4, 2}}},
      {"mean", [](const V& x) { return mean(x[0] * x[0], {.axes = {1}}); }, {{3, 4}}},
      {"max",
       [](const V& x) {
         return max(x[0] * x[0], {.axes = {0, 2}});
       },
       {{3, 4, 2}}},
      {"min", [](const V& x) { return min(x[0] * x[0]); }, {{3, 4}}},
      {"logsumexp", [](const V& x) { return logsumexp(x[0], {.axes = {1}}); }, {{3, 4}}},
      {"logsumexp of all", [](const V& x) { return logsumexp(x[0] * x[0], {.keepdims = true}); }, {{3, 4}}},
      {"softmax", [](const V& x) { return softmax(x[0], 0); }, {{3, 4}}},
      {"log_softmax", [](const V& x) { return log_softmax(x[0]); }, {{3, 4}}},
      {"reshape",
       [](const V& x) {
         return reshape(x[0] * x[0], {6, -1});
       },
       {{3, 4, 2}}},
      {"flatten", [](const V& x) { return flatten(transpose(x[0], 0, 2), 0, 1) * 2; }, {{3, 4, 2}}},
      {"reshape with a copy",
       [](const V& x) {
         return reshape(permute(x[0], {2, 0, 1}), {6, -1}) * 2;
       },
       {{3, 4, 2}}},
      {"contiguous", [](const V& x) { return contiguous(transpose(x[0])) * x[1]; }, {{3, 4}, {4, 3}}},
      {"clone", [](const V& x) { return clone(x[0]) * x[0]; }, {{3, 4}}},
      {"to", [](const V& x) { return real(to(x[0], DType::c128) * std::complex<double>(1, 2)); }, {{3, 4}}},
      {"to a device",
       [](const V& x) { return to(to(x[0] * x[0], Device{DeviceType::reference}), Device{}); },
       {{3, 4}}},
      {"squeeze, unsqueeze", [](const V& x) { return unsqueeze(squeeze(x[0]), 1) * x[1]; }, {{1, 3, 1, 4}, {3, 1, 4}}},
      {"slice",
       [](const V& x) {
         return slice(x[0], {Slice{.start = 2, .stop = {}, .step = -2}, NewAxis{}, AllAxes{}, std::int64_t{-1}}) * 3;
       },
       {{3, 4, 2}}},
      {"embed",
       [](const V& x) {
         return embed(x[0] * x[0], {5, 4}, {Slice{.start = 1, .stop = 4}});
       },
       {{3, 4}}},
      {"take", [rows](const V& x) { return take(x[0] * x[0], rows, 0); }, {{3, 4}}},
      {"take along the last axis",
       [rows](const V& x) {
         return take(x[0], reshape(rows, {2, 2}), -1);
       },
       {{4, 3}}},
      {"select",
       [](const V& x) {
         return select(x[0] * x[0], tensor({{true, false, true}, {false, false, true}}));
       },
       {{2, 3, 4}}},
      {"gather",
       [](const V& x) {
         return gather(x[0], tensor({{0, 0, 2, 1}}), 0) * x[1];
       },
       {{3, 4}, {4}}},
      {"scatter_add",
       [](const V& x) {
         return scatter_add(x[0] * x[0], tensor({{0, 4, 4}, {1, 1, 1}}), 1, 5);
       },
       {{2, 3}}},
      {"cat",
       [](const V& x) {
         return cat({x[0], x[1] * x[1], x[0]}, 1);
       },
       {{3, 4}, {3, 2}}},
      {"stack",
       [](const V& x) {
         return stack({x[0], x[1] * x[0]}, -1);
       },
       {{3, 4}, {3, 4}}},
      {"outer", [](const V& x) { return outer(x[0], x[1]); }, {{3, 2}, {4}}},
      {"dot", [](const V& x) { return dot(x[0], x[1]); }, {{5}, {5}}},
      {"matmul", [](const V& x) { return matmul(x[0], x[1]); }, {{2, 1, 3, 4}, {5, 4, 2}}},
      {"matmul of vectors", [](const V& x) { return matmul(x[0], matmul(x[1], x[0])); }, {{4}, {4, 4}}},
      {"bmm", [](const V& x) { return bmm(x[0], x[1]); }, {{2, 3, 4}, {2, 4, 5}}},
      {"tensordot",
       [](const V& x) {
         return tensordot(x[0], x[1], AxisList{0, 2}, AxisList{1, 0});
       },
       {{3, 4, 2}, {2, 3, 5}}},
      {"bilinear", [](const V& x) { return bilinear(x[0], x[1], x[2], x[3]); }, {{6, 3}, {6, 4}, {5, 3, 4}, {5}}},
      {"trace", [](const V& x) { return trace(x[0] * x[0]); }, {{4, 3, 2}}},
      {"diagonal", [](const V& x) { return diagonal(x[0], 1, 0, 2) * 2; }, {{4, 3, 5}}},
      {"permute, transpose",
       [](const V& x) {
         return transpose(permute(x[0], {1, 2, 0})) * x[1];
       },
       {{3, 4, 2}, {4}}},
      {"matrix_transpose", [](const V& x) { return matrix_transpose(x[0]) * 2; }, {{2, 3, 4}}},
      {"expand",
       [](const V& x) {
         return expand(x[0], {5, 3, -1}) * x[1];
       },
       {{3, 1}, {5, 1, 1}}},
  };
}

TEST(FunctionDerivatives, EveryPublicFunction) {
  std::uint64_t seed = 1;
  for (const Named& item : functions()) {
    SCOPED_TRACE(item.name);
    std::vector<Tensor> xs;
    for (const Shape& shape : item.shapes) {
      const Tensor x = randn(shape, {.dtype = DType::f64, .seed = ++seed});
      xs.push_back(item.positive ? abs(x) + 0.5 : x);
    }
    check_derivatives(item.f, xs, seed += 1000);
  }
}

TEST(FunctionDerivatives, OfComplexNumbers) {
  using V = std::vector<Tensor>;
  const std::vector<Named> complex_functions{
      {"multiply", [](const V& z) { return z[0] * z[1]; }, {{3, 4}, {4}}},
      {"divide", [](const V& z) { return z[0] / z[1]; }, {{3, 4}, {4}}},
      {"power", [](const V& z) { return power(z[0], 3); }, {{3}}},
      {"exp", [](const V& z) { return exp(z[0]); }, {{3, 4}}},
      {"log", [](const V& z) { return log(z[0] * z[0] + 4.0); }, {{3, 4}}},
      {"sqrt", [](const V& z) { return sqrt(z[0] * z[0] + 9.0); }, {{3, 4}}},
      {"tanh", [](const V& z) { return tanh(z[0]); }, {{3}}},
      {"sin", [](const V& z) { return sin(z[0]); }, {{3, 4}}},
      {"cos", [](const V& z) { return cos(z[0]); }, {{3, 4}}},
      {"conj", [](const V& z) { return conj(z[0]) * z[0]; }, {{3, 4}}},
      {"real", [](const V& z) { return real(z[0] * z[0]); }, {{3, 4}}},
      {"imag", [](const V& z) { return imag(z[0] * z[0]); }, {{3, 4}}},
      {"abs", [](const V& z) { return abs(z[0]); }, {{3, 4}}},
      {"mean", [](const V& z) { return mean(z[0] * conj(z[0]), {.axes = {0}}); }, {{3, 4}}},
  };
  std::uint64_t seed = 70'000;
  for (const Named& item : complex_functions) {
    SCOPED_TRACE(item.name);
    std::vector<Tensor> xs;
    for (const Shape& shape : item.shapes) xs.push_back(randn(shape, {.dtype = DType::c128, .seed = ++seed}));
    check_derivatives(item.f, xs, seed += 1000);
  }
}

TEST(Convention, GradientOfModulusSquaredIsTwiceTheNumber) {
  Tensor z = tensor({std::complex<double>(3, 4)}, {.requires_grad = true});
  backward(sum(real(z * conj(z))));
  EXPECT_EQ(z.grad().data<std::complex<double>>()[0], std::complex<double>(6, 8));
}

TEST(Rulings, Ties) {
  Tensor a = tensor({2.0, 2.0, 1.0}, {.requires_grad = true}), b = tensor({2.0, 0.0, 3.0}, {.requires_grad = true});
  backward(sum(maximum(a, b)));
  EXPECT_EQ(to_string(a.grad()), "Tensor([0.5, 1.0, 0.0], dtype=float64)");
  EXPECT_EQ(to_string(b.grad()), "Tensor([0.5, 0.0, 1.0], dtype=float64)");
  a.set_grad({});
  backward(max(a));
  EXPECT_EQ(to_string(a.grad()), "Tensor([1.0, 0.0, 0.0], dtype=float64)");
  Tensor zero = tensor({0.0}, {.requires_grad = true});
  backward(relu(zero) + abs(zero));
  EXPECT_EQ(zero.grad().item<double>(), 0.0);
  const double inf = std::numeric_limits<double>::infinity();
  Tensor none = tensor({-inf, -inf}, {.requires_grad = true});
  backward(logsumexp(none));
  EXPECT_EQ(to_string(none.grad()), "Tensor([0.0, 0.0], dtype=float64)");
}

TEST(Nesting, PerturbationsAreNotConfused) {
  // d/dx [ x * d/dy (x + y) ] = 1, where a confused inner derivative would give 2.
  const Tensor one = tensor({1.0}), x = tensor({3.0});
  const Jvp outer = jvp(
      [&](const std::vector<Tensor>& xs) {
        const Jvp inner = jvp([&](const std::vector<Tensor>& ys) { return xs[0] + ys[0]; }, {tensor({2.0})}, {one});
        return xs[0] * inner.tangent;
      },
      {x}, {one});
  EXPECT_EQ(outer.tangent.item<double>(), 1.0);
}

TEST(Nesting, ThirdDerivativesByEveryMixOfModes) {
  const Function cube = [](const std::vector<Tensor>& x) { return sum(power(x[0], 4) * sin(x[0])); };
  const Tensor x = tensor({0.7}), one = tensor({1.0});
  const double t = 0.7;
  const double exact =
      24 * t * std::sin(t) + 36 * t * t * std::cos(t) - 12 * t * t * t * std::sin(t) - t * t * t * t * std::cos(t);
  const auto forward = [&](const Function& f) {
    return Function([f, one](const std::vector<Tensor>& v) { return jvp(f, v, {one}).tangent; });
  };
  const auto reverse = [](const Function& f) {
    return Function([f](const std::vector<Tensor>& v) { return vjp(f, v).pullback({})[0]; });
  };
  for (int mix = 0; mix < 8; ++mix) {
    Function f = cube;
    for (int order = 0; order < 3; ++order) {
      f = (mix >> order & 1) ? forward(f) : reverse(f);
      const Function inner = f;
      f = [inner](const std::vector<Tensor>& v) { return sum(inner(v)); };
    }
    EXPECT_NEAR(f({x}).item<double>(), exact, 1e-12) << "mix " << mix;
  }
}

}  // namespace
}  // namespace ricci
