// The outer product and its gradients.
#include <ricci/ricci.h>

#include <iostream>

namespace rc = ricci;

int main() {
  rc::Tensor a = rc::tensor({1.f, 2.f}, {.requires_grad = true});
  rc::Tensor b = rc::tensor({3.f, 4.f}, {.requires_grad = true});
  rc::Tensor out = rc::outer(a, b);
  std::cout << out << '\n';

  // A tensor that is no scalar is seeded with ones: a.grad is sum(b) everywhere, b.grad is sum(a).
  rc::backward(out);
  std::cout << "a.grad " << a.grad() << '\n' << "b.grad " << b.grad() << '\n';

  // Matrices are flattened for the product; the gradients have the matrices' shape.
  rc::Tensor p = rc::tensor({{1.f, 2.f}, {3.f, 4.f}}, {.requires_grad = true});
  rc::Tensor q = rc::tensor({{5.f, 6.f}, {7.f, 8.f}}, {.requires_grad = true});
  rc::Tensor product = rc::outer(p, q);
  std::cout << product << '\n';
  rc::backward(product);
  std::cout << "p.grad " << p.grad() << '\n' << "q.grad " << q.grad() << '\n';
}
