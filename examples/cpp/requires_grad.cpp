// A result requires grad when any input does and recording is on.
#include <ricci/ricci.h>

#include <iostream>

namespace rc = ricci;

int main() {
  std::cout << std::boolalpha;
  for (const bool first : {false, true})
    for (const bool second : {false, true}) {
      rc::Tensor a = rc::tensor({1.f, 2.f}, {.requires_grad = first});
      rc::Tensor b = rc::tensor({3.f, 4.f}, {.requires_grad = second});
      std::cout << "outer(" << first << ", " << second << ") -> " << rc::outer(a, b).requires_grad();
      const rc::NoGrad pause;
      std::cout << ", not recording -> " << rc::outer(a, b).requires_grad() << '\n';
    }
}
