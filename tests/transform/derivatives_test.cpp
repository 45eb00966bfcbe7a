// Every equation of the table and every public function: adjoint identity, central differences,
// second derivatives, forward against reverse.
#include "tests/derivatives.h"

#include <gtest/gtest.h>

#include "ricci/ops/einsum/einsum.h"
#include "tests/equations.h"
#include "tests/functions.h"
#include "tests/random_operands.h"

namespace ricci {
namespace {

using testing::check_derivatives;
using testing::Named;

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

TEST(FunctionDerivatives, EveryPublicFunction) {
  std::uint64_t seed = 1;
  for (const Named& item : testing::functions()) {
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
  const TensorFunction cube = [](const std::vector<Tensor>& x) { return sum(power(x[0], 4) * sin(x[0])); };
  const Tensor x = tensor({0.7}), one = tensor({1.0});
  const double t = 0.7;
  const double exact =
      24 * t * std::sin(t) + 36 * t * t * std::cos(t) - 12 * t * t * t * std::sin(t) - t * t * t * t * std::cos(t);
  const auto forward = [&](const TensorFunction& f) {
    return TensorFunction([f, one](const std::vector<Tensor>& v) { return jvp(f, v, {one}).tangent; });
  };
  const auto reverse = [](const TensorFunction& f) {
    return TensorFunction([f](const std::vector<Tensor>& v) { return vjp(f, v).pullback({})[0]; });
  };
  for (int mix = 0; mix < 8; ++mix) {
    TensorFunction f = cube;
    for (int order = 0; order < 3; ++order) {
      f = (mix >> order & 1) ? forward(f) : reverse(f);
      const TensorFunction inner = f;
      f = [inner](const std::vector<Tensor>& v) { return sum(inner(v)); };
    }
    EXPECT_NEAR(f({x}).item<double>(), exact, 1e-12) << "mix " << mix;
  }
}

}  // namespace
}  // namespace ricci
