// The calls that are made while allocations fail: what each reads, what it gives, and what it writes.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "ricci/ricci.h"
#include "ricci/tensor/copy.h"

namespace ricci::testing {

using Tensors = std::vector<Tensor>;

struct Result {
  Tensors tensors{};
  std::string text{};
};

// `untouched`: what the call reads. `file`: what it writes, "old" before; `targets`: what it writes, ones before.
struct Case {
  Tensors untouched;
  std::function<Result()> run;
  std::string file{};
  Tensors targets{};

  // On a thread of its own, where what it frees is not kept.
  void reset() const {
    std::thread([this] {
      if (!file.empty()) std::ofstream(file) << "old";
      const NoGrad inside;
      for (const Tensor& t : targets) {
        fill(t, 1);
        t.impl()->grad.reset();
      }
    }).join();
  }
};

struct Scenario {
  std::string name;
  std::function<Case()> make;
};

inline void PrintTo(const Scenario& scenario, std::ostream* out) { *out << scenario.name; }

inline std::string bytes_of(const Tensors& tensors) {
  std::string all;
  for (const Tensor& t : tensors) {
    if (!t.defined()) continue;
    const Tensor packed = contiguous(t.impl()->requires_grad ? t.detach() : t);
    all.append(static_cast<const char*>(packed.raw_data()), static_cast<std::size_t>(packed.nbytes()));
  }
  return all;
}

inline std::string bytes_of(const Result& result) { return bytes_of(result.tensors) + result.text; }

inline std::string file_bytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline Tensor random(const Shape& shape, DType dtype = DType::f32) { return randn(shape, {.dtype = dtype, .seed = 7}); }

inline Tensor leaf(const Shape& shape, std::uint64_t seed = 7) {
  return randn(shape, {.dtype = DType::f64, .requires_grad = true, .seed = seed});
}

// A call on fresh operands of these shapes.
inline Scenario on(std::string name, std::vector<Shape> shapes, std::function<Tensors(const Tensors&)> f,
                   DType dtype = DType::f32) {
  return {std::move(name), [shapes = std::move(shapes), f = std::move(f), dtype] {
            Tensors in;
            for (const Shape& shape : shapes) in.push_back(random(shape, dtype));
            return Case{in, [in, f] { return Result{f(in)}; }};
          }};
}

inline Scenario contraction(const std::string& equation, std::vector<Shape> shapes, EinsumOptions options = {},
                            DType dtype = DType::f32) {
  return on(
      equation + " " + std::string(name_of(options.semiring)) + " " + std::string(name_of(dtype)), shapes,
      [equation, options](const Tensors& in) -> Tensors { return {einsum(equation, in, options)}; }, dtype);
}

// Leaves that a call is differentiated for: their gradients are what must not be half-written.
inline Scenario differentiated(std::string name, std::vector<Shape> shapes, std::function<Tensor(const Tensors&)> f) {
  return {std::move(name), [shapes = std::move(shapes), f = std::move(f)] {
            Tensors in;
            for (const Shape& shape : shapes) in.push_back(leaf(shape, in.size()));
            return Case{in, [in, f] { return Result{grad(sum(f(in)), in)}; }};
          }};
}

inline Tensor chain(const Tensors& in) { return einsum("ij,jk,kl->il", in); }

inline std::string scratch_file(const std::string& name) {
  return (std::filesystem::temp_directory_path() / ("ricci_out_of_memory_" + std::to_string(getpid()) + name)).string();
}

inline Scenario saved(std::string name, const std::string& suffix,
                      std::function<void(const std::string&, const Tensor&)> save) {
  return {std::move(name), [suffix, save = std::move(save)] {
            const std::string path = scratch_file(suffix);
            const Tensor x = random({5, 3});
            return Case{{x},
                        [path, x, save] {
                          save(path, x);
                          return Result{};
                        },
                        path};
          }};
}

inline Scenario loaded(std::string name, const std::string& suffix,
                       std::function<void(const std::string&, const Tensor&)> save) {
  return {std::move(name), [suffix, save = std::move(save)] {
            const std::string path = scratch_file("_read" + suffix);
            save(path, random({5, 3}));
            return Case{{}, [path] { return Result{{load(path).at(0).tensor}}; }};
          }};
}

// A step on two parameters: both are as they were, or both are done.
template <class Optimizer, class Options>
Scenario optimised(std::string name, Options options) {
  return {std::move(name), [options] {
            const Tensors in{leaf({4, 3}), leaf({3}, 9)};
            return Case{{},
                        [in, options] {
                          Optimizer optimizer(in, options);
                          optimizer.zero_grad();
                          backward(sum(matmul(in[0], in[1])));
                          optimizer.step();
                          return Result{};
                        },
                        {},
                        in};
          }};
}

inline Scenario into(std::string name, EinsumOptions options) {
  return {std::move(name), [options] {
            const Tensors in{random({12, 12}), random({12, 12}), random({12, 12})};
            const Tensor target = ones({12, 12});
            return Case{in,
                        [in, target, options] {
                          Tensor out = target;
                          EinsumOptions all = options;
                          all.out = &out;
                          einsum("ij,jk,kl->il", in, all);
                          return Result{};
                        },
                        {},
                        {target}};
          }};
}

inline void write_text(const std::string& path, std::string_view text) { std::ofstream(path) << text; }

inline Scenario network(std::string name, const std::string& suffix, std::string_view text) {
  return {std::move(name), [suffix, text = std::string(text)] {
            const std::string path = scratch_file(suffix);
            write_text(path, text);
            return Case{{}, [path] {
                          const Network n = load_network(path);
                          return Result{{einsum(n.equation, n.operands, {.semiring = n.semiring})}};
                        }};
          }};
}

inline std::vector<Scenario> scenarios() {
  const Shape m{12, 12}, large{300, 300};
  std::vector<Scenario> all = {
      contraction("ij,jk->ik", {m, m}),
      contraction("ij,jk->ik", {large, large}),
      contraction("ij,jk->ik", {large, large}, {}, DType::f64),
      contraction("ij,jk->ik", {m, m}, {}, DType::c64),
      contraction("ij,jk->ik", {large, large}, {}, DType::f16),
      contraction("bij,bjk->bik", {{40, 9, 9}, {40, 9, 9}}),
      contraction("ij,kj->", {m, m}),
      contraction("ijj->i", {{4, 5, 5}}),
      contraction("ij->ji", {m}),
      contraction("ij->j", {large}),
      contraction("ij,jk,kl,lm->im", {m, m, m, m}),
      contraction("abcd,cdef,efgh,gh->ab", {{3, 3, 3, 3}, {3, 3, 3, 3}, {3, 3, 3, 3}, {3, 3}}),
      contraction("ij,jk,kl->il", {large, large, large}),
      contraction("ij,jk,kl->il", {m, m, m}, {.optimize = std::string("greedy")}),
      contraction("ij,jk,kl->il", {m, m, m}, {.optimize = Path{{0, 1}, {0, 1}}}),
      contraction("ij,jk->ik", {m, m}, {.semiring = Semiring::max_plus}),
      contraction("ij,jk,kl->il", {m, m, m}, {.semiring = Semiring::log_sum_exp}),
      contraction("ij,jk,kl->il", {{20, 20}, {20, 20}, {20, 20}}, {.max_bytes = 1 << 15}),
      contraction("ij,jk->ik", {m, m}, {.alpha = 3}),
      on("sublists", {m, m},
         [](const Tensors& in) -> Tensors {
           return {einsum({{in[0], {0, 1}}, {in[1], {1, 2}}})};
         }),
      on("matmul", {large, large}, [](const Tensors& in) -> Tensors { return {matmul(in[0], in[1])}; }),
      on("tensordot", {m, m}, [](const Tensors& in) -> Tensors { return {tensordot(in[0], in[1], 1)}; }),
      on("arithmetic", {m, {12}}, [](const Tensors& in) -> Tensors { return {in[0] * 2 + in[1] / in[0] - 1}; }),
      on("functions", {large},
         [](const Tensors& in) -> Tensors {
           return {exp(in[0]), relu(tanh(in[0])), erf(in[0])};
         }),
      on("comparisons", {m, m}, [](const Tensors& in) -> Tensors { return {where(less(in[0], in[1]), in[0], 0)}; }),
      on("reductions", {large},
         [](const Tensors& in) -> Tensors {
           return {sum(in[0], {.axes = {{0}}}), max(in[0]), argmax(in[0], 1)};
         }),
      on("softmax", {large},
         [](const Tensors& in) -> Tensors {
           return {softmax(in[0]), log_softmax(in[0], 0)};
         }),
      on("joins", {m, m},
         [](const Tensors& in) -> Tensors {
           return {cat(in), stack(in, 1)};
         }),
      on("shapes", {m},
         [](const Tensors& in) -> Tensors {
           return {reshape(transpose(in[0]), {144}), unsqueeze(in[0], 1)};
         }),
      on("indices", {m},
         [](const Tensors& in) -> Tensors {
           const Tensor at = tensor({1, 5, 2});
           return {slice(in[0], {Slice{1, 7, 2}, std::int64_t{3}}), take(in[0], at, 1),
                   select(in[0], greater(in[0], 0))};
         }),
      on("conversions", {m},
         [](const Tensors& in) -> Tensors {
           return {to(in[0], DType::f16), to(in[0], DType::i32)};
         }),
      on("printing", {m}, [](const Tensors& in) -> Tensors { return {to_string(in[0]).empty() ? Tensor{} : in[0]}; }),
      on("vmap", {{5, 4}, {5, 4}},
         [](const Tensors& in) -> Tensors {
           return {vmap([](const Tensors& x) { return exp(einsum("i,i->", x)); })(in)};
         }),
      on("jvp", {m, m},
         [](const Tensors& in) -> Tensors {
           const Jvp out = jvp([](const Tensors& x) { return sum(exp(x[0])); }, {in[0]}, {in[1]});
           return {out.value, out.tangent};
         }),
      on(
          "jacobian", {{4}},
          [](const Tensors& in) -> Tensors { return {jacobian([](const Tensors& x) { return x[0] * x[0]; }, in[0])}; },
          DType::f64),
      on(
          "hessian", {{3}},
          [](const Tensors& in) -> Tensors {
            return {hessian([](const Tensors& x) { return sum(x[0] * x[0] * x[0]); }, in[0])};
          },
          DType::f64),
      on("kept plan", {m, m, m},
         [](const Tensors& in) -> Tensors {
           const Plan p = plan("ij,jk,kl->il", {in[0].shape(), in[1].shape(), in[2].shape()});
           return {p(in), p(in)};
         }),
      on("gradients of a plan", {m, m, m},
         [](const Tensors& in) -> Tensors {
           return plan("ij,jk,kl->", {in[0].shape(), in[1].shape(), in[2].shape()}, {.gradients = true})
               .gradients(in)
               .gradients;
         }),
      on("gradients of max_plus", {m, m},
         [](const Tensors& in) -> Tensors {
           return plan("ij,jk->", {in[0].shape(), in[1].shape()}, {.semiring = Semiring::max_plus, .gradients = true})
               .gradients(in)
               .gradients;
         }),
      on("gradients within a cap", {m, m, m},
         [](const Tensors& in) -> Tensors {
           return plan("ij,jk,kl->", {in[0].shape(), in[1].shape(), in[2].shape()},
                       {.max_bytes = 1 << 14, .gradients = true})
               .gradients(in)
               .gradients;
         }),
      differentiated("grad of a chain", {m, m, m}, chain),
      differentiated("grad of log_sum_exp", {m, m},
                     [](const Tensors& in) { return einsum("ij,jk->ik", in, {.semiring = Semiring::log_sum_exp}); }),
      differentiated("grad of functions", {m, m}, [](const Tensors& in) { return softmax(in[0] * tanh(in[1])); }),
      differentiated("grad of indices", {m},
                     [](const Tensors& in) {
                       return take(in[0], tensor({1, 1, 3}), 0) + slice(in[0], {Slice{0, 3}});
                     }),
      differentiated(
          "grad of a grad", {{4, 4}, {4}},
          [](const Tensors& in) { return grad(sum(exp(matmul(in[0], in[1]))), {in[1]}, {.create_graph = true})[0]; }),
      differentiated(
          "checkpoint", {m, m},
          [](const Tensors& in) { return checkpoint([](const Tensors& x) { return exp(matmul(x[0], x[1])); }, in); }),
      differentiated("losses", {{6, 4}, {6, 4}},
                     [](const Tensors& in) { return nn::functional::mse_loss(in[0], in[1]); }),
      // Of files with JSON only npz and npy are here: nlohmann::json allocates as it destroys a tree, and ends the
      // process where that fails.
      saved("save npy", ".npy", [](const std::string& path, const Tensor& x) { save(path, x); }),
      loaded("load npy", ".npy", [](const std::string& path, const Tensor& x) { save(path, x); }),
      saved("save npz", ".npz", [](const std::string& path, const Tensor& x) { save(path, x); }),
      loaded("load npz", ".npz", [](const std::string& path, const Tensor& x) { save(path, x); }),
      optimised<optim::SGD>("SGD", optim::SGDOptions{.momentum = 0.9}),
      optimised<optim::AdamW>("AdamW", optim::AdamWOptions{}),
      into("out", {}),
      into("out with alpha and beta", {.alpha = 2, .beta = 3}),
      into("out within a cap", {.alpha = 2, .beta = 3, .max_bytes = 1 << 12}),
      into("out in a semiring", {.semiring = Semiring::min_plus}),
      network("formula", ".cnf", "p cnf 3 2\n1 -2 0\n2 3 0\n"),
      network("model", ".uai", "MARKOV\n2\n2 2\n1\n2 0 1\n4\n1 2 3 4\n"),
      network("circuit", ".qasm", "OPENQASM 2.0;\ninclude \"qelib1.inc\";\nqreg q[2];\nh q[0];\ncx q[0],q[1];\n"),
  };
  all.push_back({"text of a plan", [m] {
                   return Case{{}, [m] {
                                 const Plan p = plan("ij,jk,kl->il", {m, m, m});
                                 return Result{{}, p.explain() + p.svg()};
                               }};
                 }});
  all.push_back({"layers", [] {
                   const auto model = std::make_shared<nn::Sequential>(std::make_shared<nn::Linear>(4, 8),
                                                                       std::make_shared<nn::ReLU>(),
                                                                       std::make_shared<nn::LayerNorm>(Shape{8}));
                   const Tensor x = random({6, 4});
                   Tensors held = model->parameters();
                   return Case{held, [model, x] {
                                 const Tensors parameters = model->parameters();
                                 Tensors out = grad(sum(model->forward(x)), parameters);
                                 return Result{out};
                               }};
                 }});
  return all;
}

}  // namespace ricci::testing
