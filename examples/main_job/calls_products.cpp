#include "examples/main_job/calls.h"
#include "examples/main_job/naive.h"
#include "ricci/ricci.h"

namespace ricci::examples {

namespace {

bool all_equal(const Tensor& x, double value) {
  for (const double entry : array_of(x).values)
    if (entry != value) return false;
  return true;
}

double sum_of(const Tensor& x) { return inner_product(array_of(x), array_of(ones_like(x))); }

// Why a published pair of gradients cannot be: every seed gives <x, grad x> = <seed, out> for both operands.
void weigh(Transcript& t, const Tensor& x, const std::string& name, const Tensor& published, double seed_dot_out) {
  const double is = inner_product(array_of(x), array_of(x.grad()));
  const double would_be = inner_product(array_of(x), array_of(published));
  t.correction(concat("A published page has ", name, ".grad = ", to_string(published),
                      ".\nThat is wrong: for any seed <", name, ", ", name, ".grad> = <seed, out>, here ", seed_dot_out,
                      ";\nthe published one gives ", would_be, ", Ricci's ", is, "."));
  t.check(concat("<", name, ", ", name, ".grad> = <seed, out>, which the published one misses"),
          is == seed_dot_out && would_be != seed_dot_out);
}

void outer_of_vectors(Transcript& t) {
  t.title("Outer product, and its gradients");
  const Tensor a = tensor({1.f, 2.f}, {.requires_grad = true}), b = tensor({3.f, 4.f}, {.requires_grad = true});
  t.call("out = rc::outer(a, b);  rc::backward(out);");
  const Tensor out = outer(a, b);
  t.show("a", a);
  t.show("b", b);
  t.show("out", out);
  backward(out, {.retain_graph = true});
  t.check("a.grad is sum(b) everywhere, b.grad is sum(a) everywhere",
          all_equal(a.grad(), sum_of(b)) && all_equal(b.grad(), sum_of(a)));
  weigh(t, b, "b", tensor({3.f, 9.f}), sum_of(out));
  a.set_grad({});
  b.set_grad({});
  t.contraction("i,j->ij", out, {a, b}, {"a", "b"});
}

void outer_of_matrices(Transcript& t) {
  t.title("Outer product of matrices: both are flattened, the gradients are not");
  const Tensor a = tensor({{1.f, 2.f}, {3.f, 4.f}}, {.requires_grad = true});
  const Tensor b = tensor({{5.f, 6.f}, {7.f, 8.f}}, {.requires_grad = true});
  t.call("out = rc::outer(a, b);  rc::backward(out);");
  const Tensor out = outer(a, b);
  backward(out);
  t.show("a", a);
  t.show("b", b);
  t.show("out", out);
  const Array value = naive_contraction("ab,cd->abcd", {array_of(a), array_of(b)});
  t.check("the value is the naive loop's, as (4, 4)",
          out.shape() == Shape{4, 4} && array_of(out).values == value.values);
  t.check("a.grad is sum(b) = 26 everywhere, of a's shape",
          all_equal(a.grad(), sum_of(b)) && a.grad().shape() == a.shape());
  t.check("b.grad is sum(a) = 10 everywhere, of b's shape",
          all_equal(b.grad(), sum_of(a)) && b.grad().shape() == b.shape());
  const Tensor published = tensor({{10.f, 26.f}, {18.f, 34.f}});
  weigh(t, b, "b", published, sum_of(out));
  weigh(t, a, "a", published, sum_of(out));
}

void bilinear_forms(Transcript& t) {
  t.title("Bilinear form, by einsum and by name");
  t.call("y = rc::einsum(\"bn,anm,bm->ba\", l, A, r)");
  const Tensor l = whole_numbers({2, 3}, 21), weight = whole_numbers({5, 3, 4}, 22), r = whole_numbers({2, 4}, 23);
  const Tensor y = einsum("bn,anm,bm->ba", l, weight, r);
  t.contraction("bn,anm,bm->ba", y, {l, weight, r}, {"l", "A", "r"});
  t.call("z = rc::bilinear(l, r, A, bias)");
  const Tensor bias = whole_numbers({5}, 24);
  const Tensor z = bilinear(l, r, weight, bias);
  t.show("z", z.detach());
  const Array right = array_of(y.detach() + bias.detach());
  t.check("bilinear is that einsum plus the bias", agrees(array_of(z), right, magnitudes(right), 0, DType::f32));
}

void batched_outer(Transcript& t) {
  t.title("Batched outer products");
  t.call("y = rc::einsum(\"bij,k->bijk\", A, v)");
  const Tensor a = whole_numbers({2, 3, 2}, 38), v = whole_numbers({4}, 37);
  const Tensor y = einsum("bij,k->bijk", a, v);
  t.contraction("bij,k->bijk", y, {a, v}, {"A", "v"});

  t.call("y = rc::einsum(\"ijk,il->ijkl\", x, w)");
  const Tensor x = whole_numbers({2, 1, 3}, 33), w = whole_numbers({2, 4}, 34);
  t.contraction("ijk,il->ijkl", einsum("ijk,il->ijkl", x, w), {x, w}, {"x", "w"});

  t.call("four = rc::einsum(\"bni,j->bnij\", A, u);\nthree = rc::reshape(four, {b, n, m * m})");
  const std::int64_t b = 2, n = 2, m = 3;
  const Tensor table = whole_numbers({b, n, m}, 35), u = whole_numbers({m}, 36);
  const Tensor four = einsum("bni,j->bnij", table, u), three = reshape(four, {b, n, m * m});
  t.show("four", four.detach());
  t.show("three", three.detach());
  t.correction(
      "A published article says that this product has shape (b, n, m x m);\n"
      "its own code makes (b, n, m, m). The four axes are right;\nreshape(y, {b, n, m * m}) gives the other.");
  t.check("the axes are (b, n, m, m); the reshape is (b, n, m * m), elements in order",
          four.shape() == Shape{b, n, m, m} && three.shape() == Shape{b, n, m * m} &&
              array_of(four).values == array_of(three).values);
}

void batched_products(Transcript& t) {
  t.title("Batched and broadcasting matrix products");
  t.call("y = rc::bmm(x, w)");
  const Tensor x = whole_numbers({2, 3, 4}, 41), w = whole_numbers({2, 4, 2}, 42);
  t.contraction("bij,bjk->bik", bmm(x, w), {x, w}, {"x", "w"});

  t.call("y = rc::matmul(p, q): (2, 1, 2, 3) with (4, 3, 2) broadcasts to (2, 4, 2, 2)");
  const Tensor p = whole_numbers({2, 1, 2, 3}, 43), q = whole_numbers({4, 3, 2}, 44);
  const Tensor product = matmul(p, q);
  t.show("y", product.detach());
  backward(product);
  const std::vector<Array> arrays = {{{2, 2, 3}, array_of(p).values}, array_of(q)};
  const Array seed = array_of(ones_like(product));
  const Array value = naive_contraction("aij,bjk->abik", arrays);
  t.check("the value is the naive loop's",
          product.shape() == Shape{2, 4, 2, 2} && array_of(product).values == value.values);
  t.check("the gradients come back in the operands' own shapes",
          p.grad().shape() == p.shape() && q.grad().shape() == q.shape() &&
              array_of(p.grad()).values == naive_gradient("aij,bjk->abik", arrays, seed, 0).values &&
              array_of(q.grad()).values == naive_gradient("aij,bjk->abik", arrays, seed, 1).values);

  t.call("y = rc::tensordot(f, g, 2)");
  const Tensor f = whole_numbers({2, 3, 4}, 45), g = whole_numbers({3, 4, 5}, 46);
  t.contraction("iab,abj->ij", tensordot(f, g, 2), {f, g}, {"f", "g"});
  t.call("y = rc::dot(s, r)");
  const Tensor s = whole_numbers({5}, 47), r = whole_numbers({5}, 48);
  t.contraction("i,i->", dot(s, r), {s, r}, {"s", "r"});
}

}  // namespace

Tensor whole_numbers(const Shape& shape, std::uint64_t seed, bool requires_grad) {
  Tensor values = to(randint(-4, 6, shape, {.dtype = DType::i64, .seed = seed}), DType::f32);
  return values.set_requires_grad(requires_grad);
}

void show_products(Transcript& transcript) {
  outer_of_vectors(transcript);
  outer_of_matrices(transcript);
  bilinear_forms(transcript);
  batched_outer(transcript);
  batched_products(transcript);
}

}  // namespace ricci::examples
