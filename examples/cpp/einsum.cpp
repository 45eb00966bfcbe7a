// Traces, diagonals, products and permutations in Einstein notation.
#include <ricci/ricci.h>

#include <iostream>

namespace rc = ricci;

int main() {
  rc::Tensor a = rc::reshape(rc::arange(9.f), {3, 3});
  std::cout << "trace    " << rc::einsum("ii", a) << '\n';
  std::cout << "diagonal " << rc::einsum("ii->i", a) << '\n';
  std::cout << "diagonal written " << rc::einsum("i->ii", rc::tensor({1.f, 2.f})) << '\n';

  rc::Tensor x = rc::tensor({1.f, 2.f, 3.f}), y = rc::tensor({10.f, 20.f});
  std::cout << "outer    " << rc::einsum("i,j->ij", x, y) << '\n';

  // A batch of matrix products, as text and as lists of labels.
  rc::Tensor as = rc::reshape(rc::arange(12.f), {2, 2, 3}), bs = rc::reshape(rc::arange(12.f), {2, 3, 2});
  std::cout << "batched  " << rc::einsum("bij,bjk->bik", as, bs) << '\n';
  std::cout << "by lists " << rc::einsum({{as, {rc::ellipsis, 0, 1}}, {bs, {rc::ellipsis, 1, 2}}}, {rc::ellipsis, 0, 2})
            << '\n';

  // The last two axes exchanged under any number of batch axes: a view, nothing is copied.
  rc::Tensor batch = rc::randn({2, 3, 4, 5}), permuted = rc::einsum("...ij->...ji", batch);
  std::cout << "permuted " << rc::concat(permuted.shape()) << ", shares memory: " << std::boolalpha
            << (permuted.storage() == batch.storage()) << '\n';
}
