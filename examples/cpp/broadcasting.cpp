// Matrix products over batches, broadcast and by name.
#include <ricci/ricci.h>

#include <iostream>

namespace rc = ricci;

int main() {
  rc::Tensor x = rc::reshape(rc::arange(8.f), {2, 2, 2}), w = rc::reshape(rc::arange(12.f), {2, 2, 3});
  std::cout << "bmm       " << rc::bmm(x, w) << '\n';

  // Leading axes broadcast: (2, 1, 2, 3) with (4, 3, 1) is (2, 4, 2, 1). Nothing is expanded in memory,
  // and each gradient has its operand's own shape.
  rc::Tensor p = rc::reshape(rc::arange(12.f), {2, 1, 2, 3}).set_requires_grad();
  rc::Tensor q = rc::reshape(rc::arange(12.f), {4, 3, 1}).set_requires_grad();
  rc::Tensor product = rc::matmul(p, q);
  rc::backward(product);
  std::cout << "matmul    " << rc::concat(product.shape()) << '\n'
            << "p.grad    " << rc::concat(p.grad().shape()) << ' ' << p.grad() << '\n'
            << "q.grad    " << rc::concat(q.grad().shape()) << ' ' << q.grad() << '\n';

  rc::Tensor s = rc::tensor({1.f, 2.f, 3.f}), t = rc::tensor({4.f, 5.f, 6.f});
  std::cout << "dot       " << rc::dot(s, t) << '\n'
            << "tensordot " << rc::tensordot(x, x, 2) << '\n'
            << "trace     " << rc::trace(x, 1, 2) << '\n'
            << "diagonal  " << rc::diagonal(x, 0, 1, 2) << '\n'
            << "permute   " << rc::permute(x, {2, 0, 1}) << '\n'
            << "sum       " << rc::sum(x, {.axes = {0, 2}}) << '\n';
}
