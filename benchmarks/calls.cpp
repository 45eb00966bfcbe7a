// What one small call costs in C++: einsum from the string, and a kept plan, on tensors of one element to 16 x 16.
// Run: calls [--benchmark_filter=...]; the number behind a name is the extent of each label.
#include <benchmark/benchmark.h>

#include "ricci/autograd/record.h"
#include "ricci/ops/create.h"
#include "ricci/ops/einsum/einsum.h"
#include "ricci/ops/einsum/plan.h"
#include "ricci/ops/random.h"
#include "ricci/transform/backward.h"

namespace ricci {
namespace {

Tensor matrix(benchmark::State& state) { return randn({state.range(0), state.range(0)}); }

void from_string(benchmark::State& state) {
  const Tensor a = matrix(state), b = matrix(state);
  for (auto _ : state) benchmark::DoNotOptimize(einsum("ij,jk->ik", a, b));
}
BENCHMARK(from_string)->Arg(1)->Arg(4)->Arg(16);

void from_plan(benchmark::State& state) {
  const Tensor a = matrix(state), b = matrix(state);
  const Plan kept = plan("ij,jk->ik", {a.shape(), b.shape()});
  for (auto _ : state) benchmark::DoNotOptimize(kept(a, b));
}
BENCHMARK(from_plan)->Arg(1)->Arg(4)->Arg(16);

void from_plan_into(benchmark::State& state) {
  const Tensor a = matrix(state), b = matrix(state);
  Tensor out = matrix(state);
  const Plan kept = plan("ij,jk->ik", {a.shape(), b.shape()});
  const Tensor operands[] = {a, b};
  const RunOptions into{.out = &out};
  for (auto _ : state) benchmark::DoNotOptimize(kept(operands, into));
}
BENCHMARK(from_plan_into)->Arg(4);

void chain_from_plan(benchmark::State& state) {
  const Tensor a = matrix(state), b = matrix(state), c = matrix(state), d = matrix(state);
  const Plan kept = plan("ij,jk,kl,lm->im", {a.shape(), b.shape(), c.shape(), d.shape()});
  for (auto _ : state) benchmark::DoNotOptimize(kept(a, b, c, d));
}
BENCHMARK(chain_from_plan)->Arg(4);

// Forward and backward: a node on the tape, and the gradients of all operands.
template <std::size_t N>
void backward_of_plan(benchmark::State& state) {
  std::vector<Tensor> operands;
  for (std::size_t i = 0; i < N; ++i) operands.push_back(matrix(state).set_requires_grad());
  const std::vector<Shape> shapes(N, operands[0].shape());
  const Plan kept = plan(N == 2 ? "ij,jk->ik" : "ij,jk,kl->il", shapes);
  const Tensor seed = matrix(state);
  for (auto _ : state) benchmark::DoNotOptimize(grad(kept(operands), operands, {.gradient = seed}));
}
BENCHMARK(backward_of_plan<2>)->Arg(4)->Arg(16);
BENCHMARK(backward_of_plan<3>)->Arg(4)->Arg(16);

}  // namespace
}  // namespace ricci

BENCHMARK_MAIN();
