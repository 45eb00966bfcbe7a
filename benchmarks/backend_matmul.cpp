// The host backend's product, memory-bound steps and semirings by themselves, without planning.
// Run: backend_matmul [--benchmark_filter=...]; "flop/s" counts a complex multiplication as 8.
#include <benchmark/benchmark.h>

#include <random>

#include "ricci/backend/backend.h"
#include "ricci/base/parallel.h"
#include "ricci/tensor/tensor.h"

namespace ricci {
namespace {

template <class T>
Tensor random_tensor(const Shape& shape) {
  static std::mt19937 random(1);
  Tensor tensor = empty(shape, {.dtype = dtype_of<T>()});
  std::uniform_real_distribution<float> uniform(-1, 1);
  for (std::int64_t i = 0; i < tensor.numel(); ++i) tensor.data<T>()[i] = static_cast<T>(uniform(random));
  return tensor;
}

// c[batch, m, n] = a[batch, m, k] b[batch, k, n], row-major.
ContractStep product_step(const Tensor& a, const Tensor& b, const Tensor& c) {
  const std::int64_t batch = a.extent(0), m = a.extent(1), k = a.extent(2), n = b.extent(2);
  ContractStep step;
  step.loops.batch = {{batch, m * k, k * n, m * n}};
  step.loops.left = {{m, k, 0, n}};
  step.loops.right = {{n, 0, 1, 1}};
  step.loops.contracted = {{k, 1, n, 0}};
  for (Axes* axes : {&step.loops.batch, &step.loops.left, &step.loops.right, &step.loops.contracted}) fold(*axes);
  step.a = {a.raw_data(), a.dtype()};
  step.b = {b.raw_data(), b.dtype()};
  step.c = {c.raw_data(), c.dtype()};
  return step;
}

template <class T>
void run_product(benchmark::State& state, std::int64_t batch, std::int64_t m, std::int64_t n, std::int64_t k,
                 Semiring semiring = Semiring::sum_product) {
  set_num_threads(static_cast<int>(state.range(0)));
  const Tensor a = random_tensor<T>({batch, m, k}), b = random_tensor<T>({batch, k, n});
  const Tensor c = empty({batch, m, n}, {.dtype = dtype_of<T>()});
  ContractStep step = product_step(a, b, c);
  step.semiring = semiring;
  for (auto _ : state) cpu_backend().contract(step);
  const double flops = static_cast<double>(batch * m * n) * static_cast<double>(k) * (is_complex_type<T> ? 8 : 2);
  state.counters["flop/s"] = benchmark::Counter(flops, benchmark::Counter::kIsIterationInvariantRate);
}

template <class T>
void square(benchmark::State& state) {
  run_product<T>(state, 1, state.range(1), state.range(1), state.range(1));
}
template <class T>
void max_plus(benchmark::State& state) {
  run_product<T>(state, 1, state.range(1), state.range(1), state.range(1), Semiring::max_plus);
}
template <class T>
void batched(benchmark::State& state) {
  run_product<T>(state, state.range(2), state.range(1), state.range(1), state.range(1));
}
template <class T>
void thin(benchmark::State& state) {
  run_product<T>(state, 1, state.range(1), state.range(2), state.range(3));
}

void squares(benchmark::internal::Benchmark* b) {
  b->ArgNames({"threads", "n"})->ArgsProduct({{1, 2}, {64, 128, 256, 384, 512, 768, 1024}})->UseRealTime();
}
void batches(benchmark::internal::Benchmark* b) {
  b->ArgNames({"threads", "n", "batch"})->ArgsProduct({{1, 2}, {4, 8, 16, 32}, {10000}})->UseRealTime();
}
void thins(benchmark::internal::Benchmark* b) {
  b->ArgNames({"threads", "m", "n", "k"})->UseRealTime();
  for (const int threads : {1, 2})
    for (const auto& [m, n, k] :
         {std::tuple{2048, 2048, 8}, {4096, 8, 1024}, {16, 16, 262144}, {4096, 1, 4096}, {1, 4096, 4096}})
      b->Args({threads, m, n, k});
}
BENCHMARK(square<float>)->Apply(squares);
BENCHMARK(square<double>)->Apply(squares);
BENCHMARK(square<std::complex<float>>)->Apply(squares);
BENCHMARK(square<std::complex<double>>)->Apply(squares);
BENCHMARK(square<float16>)->Apply(squares);
BENCHMARK(max_plus<float>)->Apply(squares);
BENCHMARK(batched<float>)->Apply(batches);
BENCHMARK(thin<float>)->Apply(thins);

// Bytes read and written by a step that does no more than move them.
template <class F>
void run_moving(benchmark::State& state, double bytes, F&& f) {
  set_num_threads(static_cast<int>(state.range(0)));
  for (auto _ : state) f();
  state.counters["B/s"] = benchmark::Counter(bytes, benchmark::Counter::kIsIterationInvariantRate);
}

void outer(benchmark::State& state) {
  const std::int64_t n = 4096;
  const Tensor a = random_tensor<float>({1, n, 1}), b = random_tensor<float>({1, 1, n}), c = empty({1, n, n});
  const ContractStep step = product_step(a, b, c);
  run_moving(state, 4.0 * n * n, [&] { cpu_backend().contract(step); });
}

// "ijkl->lkji" and sums along the last and the first axis.
void permute(benchmark::State& state) {
  const Tensor a = random_tensor<float>({64, 32, 64, 32}), c = empty({32, 64, 32, 64});
  ReduceStep step;
  for (std::size_t i = 0; i < 4; ++i) step.loops.left.push_back({a.shape()[i], a.strides()[i], 0, c.strides()[3 - i]});
  fold(step.loops.left);
  step.a = {a.raw_data(), DType::f32};
  step.c = {c.raw_data(), DType::f32};
  run_moving(state, 2.0 * static_cast<double>(a.nbytes()), [&] { cpu_backend().reduce(step); });
}
void sum_along(benchmark::State& state, std::size_t axis) {
  const Tensor a = random_tensor<float>({2048, 2048}), c = empty({2048});
  ReduceStep step;
  step.loops.left = {{2048, a.strides()[1 - axis], 0, 1}};
  step.loops.contracted = {{2048, a.strides()[axis], 0, 0}};
  step.a = {a.raw_data(), DType::f32};
  step.c = {c.raw_data(), DType::f32};
  run_moving(state, static_cast<double>(a.nbytes()), [&] { cpu_backend().reduce(step); });
}
void map_of(benchmark::State& state, Map map) {
  Tensor a = random_tensor<float>({1 << 20});
  for (std::int64_t i = 0; i < a.numel(); ++i) a.data<float>()[i] += 1.5f;  // where log is defined
  const Tensor c = empty({1 << 20});
  MapStep step;
  step.map = map;
  step.shape = {1 << 20};
  step.inputs = {{a.raw_data(), DType::f32, {1}}};
  step.out = {c.raw_data(), DType::f32};
  step.out_strides = {1};
  run_moving(state, 2.0 * static_cast<double>(a.nbytes()), [&] { cpu_backend().map(step); });
}
void threads(benchmark::internal::Benchmark* b) { b->ArgName("threads")->Arg(1)->Arg(2)->UseRealTime(); }
BENCHMARK(outer)->Apply(threads);
BENCHMARK(permute)->Apply(threads);
BENCHMARK_CAPTURE(sum_along, last_axis, 1)->Apply(threads);
BENCHMARK_CAPTURE(sum_along, first_axis, 0)->Apply(threads);
BENCHMARK_CAPTURE(map_of, copy, Map::copy)->Apply(threads);
BENCHMARK_CAPTURE(map_of, exp, Map::exp)->Apply(threads);
BENCHMARK_CAPTURE(map_of, tanh, Map::tanh)->Apply(threads);
BENCHMARK_CAPTURE(map_of, log, Map::log)->Apply(threads);

}  // namespace
}  // namespace ricci

BENCHMARK_MAIN();
