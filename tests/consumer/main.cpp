// What a first program of a user looks like: ten lines that allocate, write and read back.
#include <ricci/tensor/tensor.h>
#include <ricci/version.h>

#include <cstdio>

int main() {
  ricci::Tensor a = ricci::empty({2, 3});
  for (int i = 0; i < 6; ++i) a.data<float>()[i] = static_cast<float>(i * i);
  std::printf("ricci %s: %lld elements, the last is %g\n", RICCI_VERSION, static_cast<long long>(a.numel()),
              static_cast<double>(a.data<float>()[5]));
  return a.numel() == 6 && a.nbytes() == 24 ? 0 : 1;
}
