// Half precision: sums are kept in float32 and rounded once.
#include <ricci/ricci.h>

#include <iostream>

namespace rc = ricci;

int main() {
  rc::Tensor x = rc::tensor({{1.f, 2.f}, {3.f, 4.f}}, {.dtype = rc::DType::f16, .requires_grad = true});
  rc::Tensor y = rc::einsum("ij,jk->ik", x, x);
  std::cout << y << '\n';
  rc::backward(y);
  std::cout << "x.grad " << x.grad() << '\n';

  // 4096 times 1: a sum kept in float16 would stop at 2048, where 2048 + 1 rounds back.
  rc::Tensor ones = rc::ones({4096}, {.dtype = rc::DType::f16});
  std::cout << "dot of ones " << rc::dot(ones, ones) << '\n';
}
