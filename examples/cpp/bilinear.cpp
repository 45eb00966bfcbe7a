// A bilinear form l A r for each of a batch, by einsum and by name.
#include <ricci/ricci.h>

#include <iostream>

namespace rc = ricci;

int main() {
  rc::Tensor l = rc::tensor({{1.f, 2.f, 3.f}, {0.f, -1.f, 4.f}}, {.requires_grad = true});  // [batch, n]
  rc::Tensor a = rc::reshape(rc::arange(24.f), {2, 3, 4}).set_requires_grad();              // [out, n, m]
  rc::Tensor r = rc::tensor({{1.f, 0.f, -1.f, 2.f}, {3.f, 1.f, 0.f, 1.f}}, {.requires_grad = true});

  rc::Tensor y = rc::einsum("bn,anm,bm->ba", l, a, r);
  std::cout << "einsum   " << y << '\n';
  rc::backward(y);
  std::cout << "l.grad " << l.grad() << '\n' << "A.grad " << a.grad() << '\n' << "r.grad " << r.grad() << '\n';

  rc::Tensor bias = rc::tensor({100.f, 200.f});
  std::cout << "bilinear " << rc::bilinear(l.detach(), r.detach(), a.detach(), bias) << '\n';
}
