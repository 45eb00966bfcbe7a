// How tensors print.
#include <ricci/ricci.h>

#include <iostream>

namespace rc = ricci;

int main() {
  rc::Tensor a = rc::tensor({{3.f, 4.f}, {6.f, 8.f}}),
             b = rc::tensor({{3.f, 4.f}, {6.f, 8.f}}, {.requires_grad = true});
  std::cout << a << '\n' << b << '\n' << rc::to(a, rc::DType::f64) << '\n';
  rc::backward(rc::sum(b * b));
  std::cout << b << '\n';
  std::cout << rc::arange(5) << '\n' << rc::tensor({true, false}) << '\n' << rc::tensor(2.5f) << '\n';
  std::cout << rc::zeros({0, 3}) << '\n' << rc::reshape(rc::arange(2000.f), {40, 50}) << '\n';
}
