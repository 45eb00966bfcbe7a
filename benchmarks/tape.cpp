// What the tape costs: recording a node, a backward pass over a deep graph, the memory on the way.
// Run: tape [--benchmark_filter=...]. A node costs the recorded time less the unrecorded one.
#include <benchmark/benchmark.h>

#include "ricci/ops/create.h"
#include "ricci/ops/einsum/spellings.h"
#include "ricci/ops/elementwise.h"
#include "ricci/transform/backward.h"

namespace ricci {
namespace {

// y = f(a, b) of one element each; state.range(0): whether it is recorded.
template <Tensor (*f)(const Value&, const Value&)>
void node(benchmark::State& state) {
  const Tensor a = full({1}, 2, {.requires_grad = state.range(0) != 0}), b = full({1}, 3);
  for (auto _ : state) benchmark::DoNotOptimize(f(a, b));
}
BENCHMARK(node<add>)->ArgName("recorded")->Arg(0)->Arg(1)->Name("add");
BENCHMARK(node<multiply>)->ArgName("recorded")->Arg(0)->Arg(1)->Name("multiply");

void product(benchmark::State& state) {
  const Tensor a = ones({1, 1}, {.requires_grad = state.range(0) != 0}), b = ones({1, 1});
  for (auto _ : state) benchmark::DoNotOptimize(matmul(a, b));
}
BENCHMARK(product)->ArgName("recorded")->Arg(0)->Arg(1)->Name("matmul");

// A chain of state.range(0) nodes: made, gone back through, and taken down.
void chain(benchmark::State& state) {
  const Tensor x = ones({1}, {.requires_grad = true}), b = ones({1});
  for (auto _ : state) {
    Tensor y = x;
    for (std::int64_t i = 0; i < state.range(0); ++i) y = y + b;
    backward(y);
  }
  state.counters["time/node"] = benchmark::Counter(
      static_cast<double>(state.range(0)), benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}
BENCHMARK(chain)->Arg(1000)->Arg(100'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace ricci

BENCHMARK_MAIN();
