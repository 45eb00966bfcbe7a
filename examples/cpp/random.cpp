// Random tensors: the same seed gives the same numbers, whatever the number of threads.
#include <ricci/ricci.h>

#include <iostream>

namespace rc = ricci;

int main() {
  std::cout << "rand  " << rc::rand({2, 3}, {.seed = 1}) << '\n';
  std::cout << "again " << rc::rand({2, 3}, {.seed = 1}) << '\n';
  rc::Tensor normal = rc::randn({1000, 1000}, {.dtype = rc::DType::f64, .seed = 2});
  const double mean = rc::mean(normal).item<double>();
  std::cout << "a million normal numbers: mean within 0.005 of 0: " << std::boolalpha << (mean > -0.005 && mean < 0.005)
            << '\n';

  // Without a seed the default generator goes on from call to call.
  rc::manual_seed(7);
  rc::Tensor first = rc::rand({3}), second = rc::rand({3});
  rc::manual_seed(7);
  rc::Tensor repeated = rc::rand({3});
  std::cout << "goes on: " << (rc::to_string(first) != rc::to_string(second))
            << ", starts anew: " << (rc::to_string(first) == rc::to_string(repeated)) << '\n';
}
