#include <algorithm>
#include <cmath>

#include "examples/main_job/calls.h"
#include "examples/main_job/naive.h"
#include "ricci/ricci.h"

namespace ricci::examples {

namespace {

void random_numbers(Transcript& t) {
  t.title("Random tensors");
  t.call("rc::rand({2, 3}, {.seed = 7})");
  const Tensor small = rand({2, 3}, {.seed = 7});
  t.show("rand", small);
  const Array uniform = array_of(rand({300, 400}, {.seed = 7}));
  const double count = static_cast<double>(uniform.values.size());
  const auto [low, high] = std::minmax_element(uniform.values.begin(), uniform.values.end());
  t.check("120,000 of them lie in [0, 1)", *low >= 0 && *high < 1);
  const Array one{{}, std::vector<double>(uniform.values.size(), 1.0)};
  const double mean = inner_product(uniform, one) / count;
  t.check("their mean is 1/2 to five standard errors", std::abs(mean - 0.5) < 5 / std::sqrt(12 * count));
  t.call("rc::randn({2, 3}, {.seed = 7})");
  t.show("randn", randn({2, 3}, {.seed = 7}));
  const Array normal = array_of(randn({300, 400}, {.seed = 7}));
  t.check("120,000 have mean 0 and variance 1 to five standard errors",
          std::abs(inner_product(normal, one)) / count < 5 / std::sqrt(count) &&
              std::abs(inner_product(normal, normal) / count - 1) < 5 * std::sqrt(2 / count));
  t.check("the same seed gives the same numbers, another seed others",
          array_of(rand({2, 3}, {.seed = 7})).values == array_of(small).values &&
              array_of(rand({2, 3}, {.seed = 8})).values != array_of(small).values);
}

void half_precision(Transcript& t) {
  t.title("float16: sums are kept in float32 and rounded once");
  t.call("y = rc::einsum(\"ij,jk->ik\", x, w), x and w in float16");
  const Tensor x = randn({2, 300}, {.dtype = DType::f16, .requires_grad = true, .seed = 61});
  const Tensor w = randn({300, 3}, {.dtype = DType::f16, .requires_grad = true, .seed = 62});
  const Tensor y = einsum("ij,jk->ik", x, w);
  t.show("y", y.detach());
  const Array right = naive_contraction("ij,jk->ik", {array_of(x), array_of(w)});
  const Array sizes = naive_contraction("ij,jk->ik", {magnitudes(array_of(x)), magnitudes(array_of(w))});
  // One rounding to float16 of the value, and 300 in float32 of the sum.
  const Array got = array_of(y);
  bool once = got.shape == right.shape;
  for (std::size_t i = 0; once && i < right.values.size(); ++i)
    once = std::abs(got.values[i] - right.values[i]) <=
           std::ldexp(std::abs(right.values[i]), -11) + 301 * std::ldexp(sizes.values[i], -24);
  t.check("each element is within one float16 rounding of the true one", once);
  backward(y);
  t.check("value and gradients are float16",
          y.dtype() == DType::f16 && x.grad().dtype() == DType::f16 && w.grad().dtype() == DType::f16);
}

void printed_forms(Transcript& t) {
  t.title("Printed forms");
  const Tensor plain = tensor({{3.f, 4.f}, {6.f, 8.f}}),
               tracked = tensor({{3.f, 4.f}, {6.f, 8.f}}, {.requires_grad = true});
  const auto prints = [&](const Tensor& x, const std::string& wanted) {
    t.say(to_string(x));
    t.check("is '" + wanted + "'", to_string(x) == wanted);
  };
  prints(plain, "Tensor([[3.0, 4.0], [6.0, 8.0]])");
  prints(tracked, "Tensor([[3.0, 4.0], [6.0, 8.0]], grad=None)");
  prints(to(plain, DType::f64), "Tensor([[3.0, 4.0], [6.0, 8.0]], dtype=float64)");
  backward(sum(tracked * tracked));
  prints(tracked, "Tensor([[3.0, 4.0], [6.0, 8.0]], grad=[[6.0, 8.0], [12.0, 16.0]])");
}

void propagation(Transcript& t) {
  t.title("requires_grad: a result has it when any input has it and recording is on");
  bool right = true;
  for (int mask = 0; mask < 16; ++mask) {
    const bool a = mask & 1, b = mask & 2, c = mask & 4, record = !(mask & 8);
    const Tensor x = whole_numbers({2, 3}, 71, a), y = whole_numbers({3, 4}, 72, b), z = whole_numbers({4, 2}, 73, c);
    const RecordingScope scope(record);
    const bool result = einsum("ij,jk,kl->il", x, y, z).requires_grad();
    right = right && result == (record && (a || b || c));
    if (record)
      t.say(concat("x ", a ? "yes" : "no ", "  y ", b ? "yes" : "no ", "  z ", c ? "yes" : "no ", "  ->  ",
                   result ? "yes" : "no"));
  }
  t.check("all 8 combinations, and the same 8 without recording: never", right);
}

struct Scaler : nn::Module {
  Scaler() {
    register_parameter("weight", ricci::tensor({1.f, 2.f}));
    register_buffer("running_mean", ricci::tensor({0.5f, 0.5f}));
    register_buffer("scratch", ricci::tensor({9.f}), false);
  }
  Tensor plain = ricci::tensor({3.f, 4.f});  // an attribute: the module does not know of it
};

void modules(Transcript& t) {
  t.title("Attribute, buffer, parameter");
  t.call("register_parameter(\"weight\", ..);  register_buffer(\"running_mean\", ..);\nTensor plain;");
  Scaler module;
  std::string saved, trained;
  for (const auto& [name, value] : module.state_dict()) saved += (saved.empty() ? "" : ", ") + name;
  for (const auto& [name, value] : module.named_parameters()) trained += (trained.empty() ? "" : ", ") + name;
  t.say("saved in the state dict: " + saved);
  t.say("trained: " + trained);
  t.check("saved: the parameter and the persistent buffer, and nothing else", saved == "weight, running_mean");
  t.check("only the parameter is trained",
          trained == "weight" && module.get("weight").requires_grad() && !module.get("running_mean").requires_grad());
  module.to(DType::f64);
  t.check("parameter and both buffers move with the module, the attribute stays",
          module.get("weight").dtype() == DType::f64 && module.get("running_mean").dtype() == DType::f64 &&
              module.get("scratch").dtype() == DType::f64 && module.plain.dtype() == DType::f32);
}

}  // namespace

void show_tensors(Transcript& transcript) {
  random_numbers(transcript);
  half_precision(transcript);
  printed_forms(transcript);
  propagation(transcript);
  modules(transcript);
}

}  // namespace ricci::examples
