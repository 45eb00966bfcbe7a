// Checks of derivatives, for any function of real or complex tensors: the adjoint identity, central
// differences, second derivatives in every mix of forward and reverse mode.
#pragma once

#include <gtest/gtest.h>

#include <cmath>

#include "ricci/autograd/saved.h"
#include "ricci/ops/create.h"
#include "ricci/ops/elementwise.h"
#include "ricci/ops/random.h"
#include "ricci/ops/reduce.h"
#include "ricci/transform/backward.h"
#include "ricci/transform/forward.h"

namespace ricci::testing {

/// Re<a, b>, in double.
inline double inner(const Tensor& a, const Tensor& b) { return sum(real(conj(a) * b)).item<double>(); }

inline std::vector<Tensor> directions(const std::vector<Tensor>& xs, std::uint64_t seed) {
  std::vector<Tensor> out;
  for (const Tensor& x : xs) out.push_back(randn(x.shape(), {.dtype = x.dtype(), .seed = ++seed}));
  return out;
}

inline std::vector<Tensor> leaves(const std::vector<Tensor>& xs) {
  std::vector<Tensor> out;
  for (const Tensor& x : xs) out.push_back(x.detach().set_requires_grad());
  return out;
}

inline std::vector<Tensor> moved(const std::vector<Tensor>& xs, const std::vector<Tensor>& vs, double step) {
  std::vector<Tensor> out;
  for (std::size_t i = 0; i < xs.size(); ++i) out.push_back((xs[i] + step * vs[i]).detach());
  return out;
}

inline double inner(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
  double out = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (a[i].defined()) out += inner(a[i], b[i]);
  return out;
}

/// f at double precision around xs, away from kinks. `smooth_scale` bounds how fast derivatives grow.
inline void check_derivatives(const TensorFunction& f, const std::vector<Tensor>& xs, std::uint64_t seed,
                              bool second = true) {
  const std::vector<Tensor> vs = directions(xs, seed), ws = directions(xs, seed + 100);
  const std::vector<Tensor> at = leaves(xs);
  const Tensor y = f(at);
  if (y.numel() == 0) return;
  const Tensor u = randn(y.shape(), {.dtype = y.dtype(), .seed = seed + 200});
  ASSERT_TRUE(y.requires_grad());

  // <u, J v> = <J^T u, v>, forward against reverse.
  const Jvp forward = jvp(f, xs, vs);
  const std::vector<Tensor> gs = grad(y, at, {.gradient = u, .create_graph = true, .allow_unused = true});
  for (std::size_t i = 0; i < gs.size(); ++i) {
    if (!gs[i].defined()) continue;
    ASSERT_EQ(gs[i].shape(), xs[i].shape());
    ASSERT_EQ(gs[i].dtype(), xs[i].dtype());
  }
  const double by_forward = inner(u, forward.tangent), by_reverse = inner(gs, vs);
  double scale = 1e-3;
  for (std::size_t i = 0; i < gs.size(); ++i)
    if (gs[i].defined()) scale += sum(abs(gs[i]) * abs(vs[i])).item<double>();
  EXPECT_NEAR(by_forward, by_reverse, 1e-11 * scale);

  // The same by central differences.
  const double step = 1e-5;
  const double difference = (inner(u, f(moved(xs, vs, step))) - inner(u, f(moved(xs, vs, -step)))) / (2 * step);
  const double size = scale + std::abs(inner(u, y.detach())) + sum(abs(u) * abs(y.detach())).item<double>();
  EXPECT_NEAR(by_reverse, difference, 3e-8 * size);
  if (!second) return;

  // Second derivatives: of psi(x) = <grad phi(x), v> along w, reverse over reverse and forward over reverse.
  const auto gradient_along = [&](const std::vector<Tensor>& points, bool create) {
    const std::vector<Tensor> all =
        grad(f(points), points, {.gradient = u, .create_graph = create, .allow_unused = true});
    Tensor total = zeros({}, {.dtype = DType::f64});
    for (std::size_t i = 0; i < all.size(); ++i)
      if (all[i].defined()) total = total + sum(real(conj(vs[i]) * all[i]));
    return total;
  };
  const double numeric = (gradient_along(leaves(moved(xs, ws, step)), false).item<double>() -
                          gradient_along(leaves(moved(xs, ws, -step)), false).item<double>()) /
                         (2 * step);
  const std::vector<Tensor> again = leaves(xs);
  const Tensor psi = gradient_along(again, true);
  double reverse_twice = 0;
  if (psi.requires_grad()) reverse_twice = inner(grad(psi, again, {.allow_unused = true}), ws);
  EXPECT_NEAR(reverse_twice, numeric, 1e-6 * (size + std::abs(numeric)));

  const Jvp over = jvp(
      [&](const std::vector<Tensor>& points) {
        std::vector<Tensor> inside;
        for (const Tensor& p : points) inside.push_back(with_history(p, nullptr).set_requires_grad());
        return gradient_along(inside, false);
      },
      xs, ws);
  EXPECT_NEAR(over.tangent.item<double>(), reverse_twice, 1e-10 * (size + std::abs(reverse_twice)));

  // The same forward over forward, and reverse over forward.
  const TensorFunction along = [&](const std::vector<Tensor>& points) { return jvp(f, points, vs).tangent; };
  EXPECT_NEAR(inner(u, jvp(along, xs, ws).tangent), reverse_twice, 1e-10 * (size + std::abs(reverse_twice)));
  const std::vector<Tensor> back = vjp(along, xs).pullback(u);
  EXPECT_NEAR(inner(back, ws), reverse_twice, 1e-10 * (size + std::abs(reverse_twice)));
}

}  // namespace ricci::testing
