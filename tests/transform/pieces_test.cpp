// Gradients that are not recorded and take their work piece by piece: the same as those that are recorded, less memory.
#include <gtest/gtest.h>

#include "ricci/autograd/hooks.h"
#include "ricci/ops/create.h"
#include "ricci/ops/einsum/einsum.h"
#include "ricci/ops/einsum/spellings.h"
#include "ricci/ops/elementwise.h"
#include "ricci/ops/random.h"
#include "ricci/ops/reduce.h"
#include "ricci/ops/shape.h"
#include "ricci/transform/backward.h"
#include "ricci/transform/forward.h"

namespace ricci {
namespace {

double distance(const Tensor& a, const Tensor& b) { return max(abs(a - b)).detach().item<double>(); }

// Gradients with and without a record of them; the first takes every rule's whole, the second its pieces.
void expect_same_gradients(const Tensor& y, const std::vector<Tensor>& xs, const Tensor& seed, double bound) {
  const auto recorded = grad(y, xs, {.gradient = seed, .retain_graph = true, .create_graph = true});
  const auto plain = grad(y, xs, {.gradient = seed});
  for (std::size_t i = 0; i < xs.size(); ++i) EXPECT_LE(distance(recorded[i], plain[i]), bound) << i;
}

std::vector<Tensor> uniform(const std::vector<Shape>& shapes) {
  std::vector<Tensor> out;
  for (const Shape& shape : shapes)
    out.push_back(rand(shape, {.dtype = DType::f64, .requires_grad = true, .seed = out.size() + 1}));
  return out;
}

// Peak of what `run` allocates beyond what is live before it.
template <class F>
std::int64_t extra_bytes(F run) {
  memory::reset_peak();
  const std::int64_t before = memory::live_bytes();
  run();
  return memory::peak_bytes() - before;
}

TEST(Pieces, EverySemiring) {
  const std::pair<const char*, std::vector<Shape>> cases[] = {
      {"ij,jk->ik", {{90, 70}, {70, 80}}},
      {"bij,bk->kib", {{5, 60, 40}, {5, 30}}},
      {"ij,kj->iik", {{60, 90}, {70, 90}}},
      {"ii,ij->j", {{600, 600}, {600, 700}}},
      {"i,j->", {{700}, {600}}},  // no output label to cut: taken whole
  };
  for (const Semiring semiring :
       {Semiring::max_plus, Semiring::min_plus, Semiring::max_product, Semiring::log_sum_exp}) {
    for (const auto& [equation, shapes] : cases) {
      SCOPED_TRACE(concat(equation, " ", name_of(semiring)));
      const std::vector<Tensor> xs = uniform(shapes);
      const Tensor y = einsum(equation, xs, {.semiring = semiring});
      expect_same_gradients(y, xs, randn(y.shape(), {.dtype = DType::f64, .seed = 9}), 1e-12);
    }
  }
}

TEST(Pieces, SemiringsNeedNoMemoryForAllLabelsAtOnce) {
  const std::vector<Tensor> xs = uniform({{200, 200}, {200, 200}});
  for (const Semiring semiring : {Semiring::min_plus, Semiring::log_sum_exp}) {
    const Tensor y = einsum("ij,jk->ik", xs, {.semiring = semiring});
    EXPECT_LT(extra_bytes([&] { grad(y, xs); }), std::int64_t{200} * 200 * 200 * 8 / 4) << name_of(semiring);
  }
}

TEST(Pieces, NorDoHigherAndForwardDerivativesOfSemirings) {
  const std::vector<Tensor> xs = uniform({{150, 150}, {150, 150}});
  constexpr std::int64_t kMatrix = 150 * 150 * 8;
  for (const Semiring semiring : {Semiring::max_plus, Semiring::max_product, Semiring::log_sum_exp}) {
    const auto function = [&](const std::vector<Tensor>& in) {
      return einsum("ij,jk->ik", in, {.semiring = semiring});
    };
    const std::int64_t recorded = extra_bytes([&] {
      const Tensor first = grad(sum(function(xs)), {xs[0]}, {.create_graph = true})[0];
      if (first.requires_grad()) grad(sum(first * first), {xs[1]});
    });
    EXPECT_LT(recorded, 40 * kMatrix) << name_of(semiring);  // of the 150 that all labels take
    const std::int64_t forward = extra_bytes([&] { jvp(function, xs, {xs[1].detach(), xs[0].detach()}); });
    EXPECT_LT(forward, 40 * kMatrix) << name_of(semiring);
  }
}

TEST(Pieces, OfEqualTermsTheFirstInLabelOrderHasTheGradient) {
  const Tensor a = tensor({{1.0, 5.0}, {1.0, 4.0}, {1.0, 5.0}}, {.requires_grad = true});
  const Tensor b = tensor({{2.0, 2.0}, {2.0, 2.0}, {2.0, 2.0}});
  const auto [of_max] = grad(einsum("ji,jk->ik", {a, b}, {.semiring = Semiring::max_plus}), {a});
  EXPECT_EQ(distance(of_max, tensor({{2.0, 2.0}, {0.0, 0.0}, {0.0, 0.0}})), 0);
  const auto [of_all] = grad(einsum("ij->", {a}, {.semiring = Semiring::max_plus}), {a});
  EXPECT_EQ(distance(of_all, tensor({{0.0, 1.0}, {0.0, 0.0}, {0.0, 0.0}})), 0);
  const auto best = [](const std::vector<Tensor>& in) {
    return einsum("ij,jk->ik", in, {.semiring = Semiring::max_plus});
  };
  const std::vector<Tensor> nothing{zeros({2, 0}), zeros({0, 3})};
  EXPECT_EQ(distance(jvp(best, nothing, nothing).tangent, zeros({2, 3})), 0);
}

TEST(Pieces, SoftmaxAlongEveryAxis) {
  const Tensor w = randn({70, 9, 80}, {.dtype = DType::f64, .seed = 3});
  constexpr double kBound = 4e-15;  // gradients are up to 2 |w| = 9, sums of 80 terms in two orders: a few roundings
  for (const int axis : {0, 1, 2}) {
    const Tensor x = randn({70, 9, 80}, {.dtype = DType::f64, .requires_grad = true, .seed = 2});
    const Tensor y = softmax(x * 2.0, axis);
    const Tensor whole = exp(x * 2.0) / sum(exp(x * 2.0), {.axes = {axis}, .keepdims = true});
    EXPECT_LT(distance(y, whole), 1e-15);
    expect_same_gradients(y, {x}, w, kBound);
    const auto [by_parts] = grad(whole, {x}, {.gradient = w});
    expect_same_gradients(softmax(x * 2.0, axis), {x}, w, kBound);
    EXPECT_LT(distance(grad(softmax(x * 2.0, axis), {x}, {.gradient = w})[0], by_parts), 1e-13);
  }
  const Tensor turned = softmax(permute(w, {2, 0, 1}), 0);
  EXPECT_LT(distance(permute(turned, {1, 2, 0}), softmax(w, 2)), 1e-15);
  EXPECT_EQ(softmax(zeros({0, 3})).shape(), (Shape{0, 3}));
  EXPECT_EQ(softmax(zeros({3, 0})).shape(), (Shape{3, 0}));
}

TEST(Pieces, ASeedThatSomebodyElseSeesIsLeftAlone) {
  const Tensor x = randn({3, 4}, {.requires_grad = true, .seed = 1}), ones_seed = ones({3, 4});
  const Tensor w = randn({3, 4}, {.seed = 2});
  grad(softmax(x), {x}, {.gradient = ones_seed});
  EXPECT_EQ(distance(ones_seed, ones({3, 4})), 0);
  const Tensor y = softmax(x);
  Tensor seen;
  register_hook(y, [&](const Tensor& g) {
    seen = g;
    return Tensor();
  });
  const auto [first] = grad(sum(y * w), {x}, {.retain_graph = true});
  EXPECT_EQ(distance(seen, w), 0);
  const auto [second] = grad(sum(y * w), {x}, {.retain_graph = true});
  EXPECT_EQ(distance(first, second), 0);
  const auto both = grad(sum(y * w), {y, x});  // the gradient that arrives at y is asked for
  EXPECT_EQ(distance(both[0], w), 0);
  EXPECT_EQ(distance(both[1], first), 0);
}

TEST(Pieces, IntermediatesOfAContractionGoWithTheLastGradientThatReadsThem) {
  constexpr std::int64_t kMatrix = 128 * 128 * 8;
  std::vector<Tensor> xs;
  for (std::uint64_t i = 0; i < 8; ++i)
    xs.push_back(randn({128, 128}, {.dtype = DType::f64, .requires_grad = true, .seed = i}));
  Tensor y = einsum("ab,bc,cd,de,ef,fg,gh,hi->ai", xs);
  const Tensor seed = ones_like(y);
  // Beyond the 8 gradients: two at work, and scratch; the 6 intermediates kept go one by one.
  const std::int64_t freed = extra_bytes([&] { grad(y, xs, {.gradient = seed}); });
  EXPECT_LE(freed, 8 * kMatrix);
  y = einsum("ab,bc,cd,de,ef,fg,gh,hi->ai", xs);
  const std::int64_t kept = extra_bytes([&] { grad(y, xs, {.gradient = seed, .retain_graph = true}); });
  EXPECT_GE(kept, freed + 4 * kMatrix);
  const std::vector<Tensor> first = grad(y, xs, {.gradient = seed, .retain_graph = true});
  const std::vector<Tensor> last = grad(y, xs, {.gradient = seed});
  for (std::size_t i = 0; i < xs.size(); ++i) EXPECT_EQ(distance(first[i], last[i]), 0);
}

TEST(Pieces, GradientsOfManyBytesGoPastTheCaches) {
  const std::vector<Tensor> xs{randn({1501, 1499}, {.dtype = DType::f64, .requires_grad = true, .seed = 1}),
                               randn({1499, 1501}, {.dtype = DType::f64, .requires_grad = true, .seed = 2}),
                               randn({1501}, {.dtype = DType::f64, .requires_grad = true, .seed = 3})};
  const Tensor seed = randn({1501}, {.dtype = DType::f64, .seed = 4});
  const auto all = grad(einsum("ij,jk,k->i", xs), xs, {.gradient = seed});
  const Tensor inner = einsum("jk,k->j", {xs[1].detach(), xs[2].detach()});
  EXPECT_LT(distance(all[0], einsum("i,j->ij", {seed, inner})), 1e-10);
  const Tensor outer = einsum("ij,i->j", {xs[0].detach(), seed});
  EXPECT_LT(distance(all[1], einsum("j,k->jk", {outer, xs[2].detach()})), 1e-10);
}

}  // namespace
}  // namespace ricci
