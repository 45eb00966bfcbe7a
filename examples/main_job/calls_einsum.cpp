#include "examples/main_job/calls.h"
#include "examples/main_job/naive.h"
#include "ricci/ricci.h"

namespace ricci::examples {

namespace {

bool same(const Tensor& a, const Tensor& b) {
  return a.shape() == b.shape() && array_of(a).values == array_of(b).values;
}

void traces(Transcript& t) {
  t.title("Trace and diagonal");
  const Tensor a = whole_numbers({3, 3}, 59);
  t.show("A", a);
  t.call("y = rc::einsum(\"ii\", A)");
  const Tensor trace_by_einsum = einsum("ii", a);
  t.contraction("ii->", trace_by_einsum, {a}, {"A"});
  t.check("rc::trace(A) is the same", same(trace(a), trace_by_einsum));
  a.set_grad({});
  t.call("y = rc::einsum(\"ii->i\", A)");
  const Tensor diagonal_by_einsum = einsum("ii->i", a);
  t.contraction("ii->i", diagonal_by_einsum, {a}, {"A"});
  t.check("rc::diagonal(A) is the same", same(diagonal(a), diagonal_by_einsum));
}

void outer_by_einsum(Transcript& t) {
  t.title("Outer product by einsum");
  t.call("y = rc::einsum(\"i,j->ij\", x, y)");
  const Tensor x = whole_numbers({4}, 52), y = whole_numbers({3}, 53);
  t.contraction("i,j->ij", einsum("i,j->ij", x, y), {x, y}, {"x", "y"});
}

void batch_product(Transcript& t) {
  t.title("Batch matrix product, in both formats");
  const Tensor as = whole_numbers({3, 2, 4}, 54), bs = whole_numbers({3, 4, 2}, 55);
  t.call("y = rc::einsum(\"bij,bjk->bik\", As, Bs)");
  const Tensor by_string = einsum("bij,bjk->bik", as, bs);
  t.contraction("bij,bjk->bik", by_string, {as, bs}, {"As", "Bs"});
  t.call(
      "z = rc::einsum({{As, {rc::ellipsis, 0, 1}}, {Bs, {rc::ellipsis, 1, 2}}},\n               {rc::ellipsis, 0, 2})");
  const Tensor by_lists = einsum({{as, {ellipsis, 0, 1}}, {bs, {ellipsis, 1, 2}}}, {ellipsis, 0, 2});
  t.check("lists of labels give the same bits", same(by_lists, by_string));
}

void batch_permute(Transcript& t) {
  t.title("Batch permute, and permutations by name");
  const Tensor a = whole_numbers({2, 3, 4, 5}, 56, false);
  t.call("y = rc::einsum(\"...ij->...ji\", A);  y.shape()");
  const Tensor y = einsum("...ij->...ji", a);
  t.say(concat("A ", a.shape(), "  ->  y ", y.shape()));
  const Array right = naive_contraction("abij->abji", {array_of(a)});
  t.check("shape and elements are the naive loop's", right.shape == std::vector<std::int64_t>{2, 3, 5, 4} &&
                                                         array_of(y).shape == right.shape &&
                                                         array_of(y).values == right.values);
  t.check("it is a view of A: nothing was copied", y.storage() == a.storage());
  t.call("rc::permute(A, {0, 1, 3, 2})");
  t.check("permute is the same view",
          same(permute(a, {0, 1, 3, 2}), y) && permute(a, {0, 1, 3, 2}).storage() == a.storage());
  t.call("rc::sum(A)");
  const Tensor total = sum(a);
  t.show("sum", total);
  t.check("sum is the naive loop's", array_of(total).values == naive_contraction("abij->", {array_of(a)}).values);
}

}  // namespace

void show_einsum(Transcript& transcript) {
  traces(transcript);
  outer_by_einsum(transcript);
  batch_product(transcript);
  batch_permute(transcript);
}

}  // namespace ricci::examples
