// Outer products under batch axes.
#include <ricci/ricci.h>

#include <iostream>

namespace rc = ricci;

int main() {
  rc::Tensor a = rc::reshape(rc::arange(6.f), {1, 2, 3}), v = rc::tensor({1.f, 10.f});
  std::cout << "bij,k->bijk   " << rc::einsum("bij,k->bijk", a, v) << '\n';

  rc::Tensor x = rc::reshape(rc::arange(4.f), {2, 1, 2}), w = rc::tensor({{1.f, 2.f, 3.f}, {4.f, 5.f, 6.f}});
  std::cout << "ijk,il->ijkl  " << rc::einsum("ijk,il->ijkl", x, w) << '\n';

  // Of (b, n, m) with (m) the outer product has four axes, (b, n, m, m); (b, n, m * m) is a reshape of it.
  rc::Tensor table = rc::reshape(rc::arange(8.f), {2, 2, 2});
  rc::Tensor four = rc::einsum("bni,j->bnij", table, v), three = rc::reshape(four, {2, 2, 2 * 2});
  std::cout << "four axes     " << rc::concat(four.shape()) << '\n';
  std::cout << "three axes    " << rc::concat(three.shape()) << ' ' << three << '\n';
}
