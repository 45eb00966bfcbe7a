// Many threads at once on the same tensors, plans, graphs and leaves: the bits of one thread, and nothing for the
// thread sanitizer. What is expected is worked out last, so that what is made at its first use is first used by many.
#include <gtest/gtest.h>

#include <atomic>
#include <cstring>
#include <latch>
#include <set>
#include <thread>

#include "ricci/autograd/hooks.h"
#include "ricci/base/parallel.h"
#include "ricci/execute/plan_cache.h"
#include "ricci/ops/einsum/einsum.h"
#include "ricci/ops/einsum/plan.h"
#include "ricci/transform/backward.h"
#include "ricci/transform/checkpoint.h"
#include "ricci/transform/functional.h"
#include "ricci/transform/vmap.h"
#include "tests/functions.h"
#include "tests/random_operands.h"

namespace ricci {
namespace {

using V = std::vector<Tensor>;
constexpr std::size_t kThreads = 8;

/// f(0), f(1), ... on threads that start together.
template <class F>
void at_once(F&& f) {
  std::latch start(kThreads);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < kThreads; ++t)
    threads.emplace_back([&, t] {
      start.arrive_and_wait();
      f(t);
    });
  for (std::thread& thread : threads) thread.join();
}

bool same_bits(const Tensor& a, const Tensor& b) {
  if (!a.defined() || !b.defined()) return a.defined() == b.defined();
  const Tensor x = contiguous(a), y = contiguous(b);
  return x.shape() == y.shape() && x.dtype() == y.dtype() &&
         std::memcmp(x.raw_data(), y.raw_data(), static_cast<std::size_t>(x.nbytes())) == 0;
}

bool same_bits(const V& a, const V& b) {
  bool same = a.size() == b.size();
  for (std::size_t i = 0; same && i < a.size(); ++i) same = same_bits(a[i], b[i]);
  return same;
}

Tensor random(const Shape& shape, std::uint64_t seed, DType dtype = DType::f64) {
  return testing::random_tensor(shape, dtype, seed);
}

/// Several threads for every kernel too.
class Threads : public ::testing::Test {
 protected:
  void SetUp() override { set_num_threads(4); }
  void TearDown() override { set_num_threads(before_); }

 private:
  int before_ = num_threads();
};

struct Work {
  std::string name;
  std::function<V()> run;
};

/// Each thread does all of the work, from another place on; afterwards this one does.
void expect_the_same_of_all(const std::vector<Work>& work) {
  std::vector<std::vector<V>> got(kThreads, std::vector<V>(work.size()));
  at_once([&](std::size_t t) {
    for (std::size_t i = 0; i < work.size(); ++i) {
      const std::size_t at = (i + t / 2 * work.size() / kThreads) % work.size();
      got[t][at] = work[at].run();
    }
  });
  for (std::size_t i = 0; i < work.size(); ++i) {
    const V want = work[i].run();
    for (std::size_t t = 0; t < kThreads; ++t)
      EXPECT_TRUE(same_bits(got[t][i], want)) << work[i].name << " on thread " << t;
  }
}

TEST_F(Threads, ContractionsOfSharedTensors) {
  struct Case {
    const char* equation;
    std::vector<Shape> shapes;
    DType dtype;
    Semiring semiring = Semiring::sum_product;
  };
  std::vector<Work> work;
  for (const Case& c : std::vector<Case>{
           {"ij,jk->ik", {{130, 150}, {150, 170}}, DType::f32},
           {"ij,jk->ik", {{67, 150}, {150, 70}}, DType::c128},
           {"ij,jk->ik", {{70, 90}, {90, 80}}, DType::f16},
           {"ij,jk->ik", {{70, 90}, {90, 80}}, DType::i64},
           {"ij,jk->ik", {{60, 70}, {70, 80}}, DType::f64, Semiring::max_plus},
           {"ij,jk->ik", {{60, 70}, {70, 80}}, DType::i32, Semiring::min_plus},
           {"ij,jk->ik", {{60, 70}, {70, 80}}, DType::f32, Semiring::log_sum_exp},
           {"bij,bjk->bik", {{300, 4, 5}, {300, 5, 6}}, DType::f32},
           {"ijb,jkb->ikb", {{4, 5, 300}, {5, 6, 300}}, DType::f64},
           {"ij,j->i", {{700, 300}, {300}}, DType::f32},
           {"aij,bij->ab", {{3, 200, 300}, {5, 200, 300}}, DType::f64},
           {"i,j->ij", {{400}, {500}}, DType::f32},
           {"ijk->kij", {{40, 50, 60}}, DType::f32},
           {"ij,ik->jk", {{200, 90}, {200, 90}}, DType::f64},
           {"ijk->j", {{40, 50, 60}}, DType::f16},
           {"ab,bc,cd,da->", {{30, 40}, {40, 50}, {50, 60}, {60, 30}}, DType::f64},
       }) {
    V operands;
    for (std::size_t i = 0; i < c.shapes.size(); ++i) operands.push_back(random(c.shapes[i], i + 1, c.dtype));
    work.push_back(
        {concat(c.equation, " ", c.dtype, " ", name_of(c.semiring)),
         [=, equation = c.equation, s = c.semiring] { return V{einsum(equation, operands, {.semiring = s})}; }});
  }
  const Tensor rows = random({90, 700}, 9, DType::f32);
  work.push_back({"softmax", [=] { return V{softmax(rows, 1), logsumexp(rows, {.axes = {0}}), max(rows)}; }});
  work.push_back({"forgetting", [] {
                    execute::clear_cache();
                    memory::empty_cache();
                    return V{};
                  }});
  expect_the_same_of_all(work);
}

TEST_F(Threads, EveryPublicFunctionAndItsDerivatives) {
  std::vector<Work> work;
  std::uint64_t seed = 1;
  for (const testing::Named& item : testing::functions()) {
    V xs;
    for (const Shape& shape : item.shapes) {
      const Tensor x = random(shape, ++seed);
      xs.push_back((item.positive ? abs(x) + 0.5 : x).detach().set_requires_grad());
    }
    work.push_back({item.name, [=] {
                      V out = grad(sum(item.f(xs)), xs, {.create_graph = true, .allow_unused = true});
                      out.push_back(jvp(item.f, xs, xs).tangent);
                      return out;
                    }});
  }
  const Tensor x = random({3, 4}, ++seed), many = random({50, 3, 4}, ++seed);
  const TensorFunction f = [](const V& in) { return sum(tanh(einsum("ij,kj->ik", in[0], in[0]))); };
  work.push_back({"vmap", [=] { return V{vmap(f)({many})}; }});
  work.push_back({"hessian", [=] { return V{hessian(f, x)}; }});
  work.push_back(
      {"jacobian of a checkpoint", [=] { return V{jacobian([&](const V& in) { return checkpoint(f, in); }, x)}; }});
  expect_the_same_of_all(work);
}

// More geometries than a plan keeps replays for.
TEST_F(Threads, OnePlanOfManyGeometries) {
  const std::vector<Shape> shapes{{20, 30}, {30, 40}, {40, 50}};
  const Plan p = plan("ab,bc,cd->ad", shapes, {.dtype = DType::f64});
  const Plan within = plan("ab,bc,cd->ad", shapes, {.dtype = DType::f64, .max_bytes = 18000});
  std::vector<Work> work;
  for (std::size_t i = 0; i < 8; ++i) {
    V operands;
    for (std::size_t k = 0; k < shapes.size(); ++k) {
      const Tensor x = random(shapes[k], k + 1);
      operands.push_back(i >> k & 1 ? testing::laid_out(x, testing::Layout::reversed_axes) : x);
    }
    work.push_back({concat("geometry ", i), [=] {
                      const Plan::Gradients g = p.gradients(operands);
                      V out{p(operands), within(operands), g.value};
                      out.insert(out.end(), g.gradients.begin(), g.gradients.end());
                      return out;
                    }});
  }
  expect_the_same_of_all(work);
}

TEST_F(Threads, EachCallKeepsToItsOwnBudget) {
  const V operands{random({20, 30}, 1), random({30, 40}, 2), random({40, 50}, 3), random({50, 20}, 4)};
  const std::int64_t before = memory::live_bytes();
  at_once([&](std::size_t t) {
    for (std::int64_t round = 0; round < 6; ++round) {
      const std::int64_t most = 6000 + 4000 * ((static_cast<std::int64_t>(t) + round) % 4);
      const Tensor y = einsum("ab,bc,cd,da->a", operands, {.max_bytes = most});
      EXPECT_LT(max(abs(y - einsum("ab,bc,cd,da->a", operands))).item<double>(), 1e-9) << most << " bytes";
      EXPECT_THROW(einsum("ab,bc,cd,da->a", operands, {.max_bytes = 8}), BudgetError);
    }
  });
  EXPECT_EQ(memory::live_bytes(), before);
}

TEST_F(Threads, TheirNumberChangesMeanwhile) {
  const V operands{random({90, 150}, 1), random({150, 170}, 2)};
  std::vector<V> got(kThreads);
  at_once([&](std::size_t t) {
    for (int round = 0; round < 12; ++round) {
      if (t == 0) set_num_threads(1 + round % 4);
      got[t].push_back(einsum("ij,jk->ik", operands));
    }
  });
  const Tensor want = einsum("ij,jk->ik", operands);
  for (const V& all : got)
    for (const Tensor& y : all) EXPECT_TRUE(same_bits(y, want));
}

// The value of a function of two leaves, by a contraction of many operands, a checkpoint and what lies between.
Tensor value_of(const Tensor& a, const Tensor& b) {
  const Tensor y = tanh(einsum("ij,jk,kl,lm->im", a, b, a, b));
  const Tensor z = checkpoint([](const V& in) { return exp(0.1 * einsum("ij,kj->ik", in[0], in[0])); }, {a});
  return sum(y * y) + mean(z);
}

TEST_F(Threads, GradientsThroughOneGraph) {
  const Tensor a = random({7, 8}, 1).set_requires_grad(), b = random({8, 7}, 2).set_requires_grad();
  for (int round = 0; round < 10; ++round) {
    const Tensor y = value_of(a, b);
    const auto derivatives = [&](std::size_t t) {
      V out = grad(y, V{a, b}, {.retain_graph = true, .create_graph = t % 2 == 1});
      if (t % 2 == 1)
        for (const Tensor& second : grad(sum(out[0] * out[0]), V{a, b}, {.retain_graph = true})) out.push_back(second);
      return out;
    };
    std::vector<V> got(kThreads);
    at_once([&](std::size_t t) { got[t] = derivatives(t); });
    for (std::size_t t = 0; t < kThreads; ++t) EXPECT_TRUE(same_bits(got[t], derivatives(t))) << "thread " << t;
  }
}

TEST_F(Threads, OneOfThemFreesTheGraph) {
  const Tensor a = random({7, 8}, 1).set_requires_grad(), b = random({8, 7}, 2).set_requires_grad();
  for (int round = 0; round < 20; ++round) {
    const Tensor y = value_of(a, b) * 1.0;
    std::atomic<int> seen{0}, done{0}, refused{0};
    register_hook(y, [&](const Tensor&) {
      ++seen;
      return Tensor();
    });
    at_once([&](std::size_t) {
      try {
        backward(y);
        ++done;
      } catch (const GradError&) {
        ++refused;
      }
    });
    EXPECT_EQ(done, 1);
    EXPECT_EQ(refused, static_cast<int>(kThreads) - 1);
    EXPECT_GE(seen, 1);
  }
  const V one = grad(value_of(a, b), V{a, b});
  EXPECT_LT(max(abs(a.grad() / 20 - one[0])).item<double>(), 1e-12);
  EXPECT_LT(max(abs(b.grad() / 20 - one[1])).item<double>(), 1e-12);
}

TEST_F(Threads, HooksComeAndGoMeanwhile) {
  const Tensor x = random({5}, 1).set_requires_grad();
  for (int round = 0; round < 20; ++round) {
    const Tensor inner = x * x, y = sum(inner * inner);
    std::atomic<int> seen{0};
    const GradientHook look = [&](const Tensor& g) {
      seen += static_cast<int>(g.numel());
      return Tensor();
    };
    at_once([&](std::size_t t) {
      const Tensor& where = t % 4 < 2 ? x : inner;
      for (int again = 0; again < 5; ++again) {
        if (t % 2 == 0) {
          HookHandle handle = register_hook(where, look);
          grad(y, V{x}, {.retain_graph = true});
          handle.remove();
        } else {
          EXPECT_LT(max(abs(grad(y, V{x}, {.retain_graph = true})[0] - 4 * x * x * x)).item<double>(), 1e-12);
        }
      }
    });
    EXPECT_GE(seen, static_cast<int>(kThreads / 2) * 5 * 5) << "each thread's own hooks";
  }
}

TEST_F(Threads, LeavesAddUpWhatAllSend) {
  const Tensor x = ones({33, 5}, {.dtype = DType::f64, .requires_grad = true}), w = random({5, 7}, 1, DType::i64);
  const Tensor weights = to(w, DType::f64);
  at_once([&](std::size_t) {
    for (int i = 0; i < 10; ++i) {
      backward(sum(einsum("ij,jk->ik", x, weights)));
      EXPECT_TRUE(x.grad().defined());
    }
  });
  const Tensor want = expand(sum(weights, {.axes = {1}}) * static_cast<double>(kThreads * 10), {33, 5});
  EXPECT_TRUE(same_bits(x.grad(), want)) << "whole numbers are exact";
}

TEST_F(Threads, CheckpointsDrawTheirOwnRandomNumbersAgain) {
  at_once([&](std::size_t t) {
    const Tensor x = ones({40}, {.dtype = DType::f64, .requires_grad = true});
    const TensorFunction noisy = [](const V& in) { return exp(in[0]) * rand({40}, {.dtype = DType::f64}); };
    for (int round = 0; round < 200; ++round) {
      const Tensor y = checkpoint([&](const V& in) { return noisy(in) + checkpoint(noisy, in); }, {x});
      EXPECT_TRUE(same_bits(grad(sum(y), V{x})[0], y.detach())) << "thread " << t << " round " << round;
    }
  });
}

TEST_F(Threads, NoTwoDrawTheSameRandomNumbers) {
  std::vector<std::vector<double>> drawn(kThreads);
  at_once([&](std::size_t t) {
    for (int i = 0; i < 50; ++i) drawn[t].push_back(slice(rand({2}, {.dtype = DType::f64}), {0}).item<double>());
  });
  std::set<double> all;
  for (const std::vector<double>& some : drawn) all.insert(some.begin(), some.end());
  EXPECT_EQ(all.size(), kThreads * 50);
}

}  // namespace
}  // namespace ricci
