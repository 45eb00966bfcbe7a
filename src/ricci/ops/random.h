// Random tensors from a counter-based generator (Philox 4x32-10: Salmon et al., "Parallel random
// numbers: as easy as 1, 2, 3", SC 2011): the same numbers for any number of threads and any device.
#pragma once

#include "ricci/tensor/tensor.h"

namespace ricci {

struct RandomOptions {
  DType dtype = DType::f32;
  Device device{};
  bool requires_grad = false;
  std::optional<std::uint64_t> seed{};  ///< none: the default generator, which goes on from call to call
};

/// Uniform on [0, 1); real and imaginary parts each for complex dtypes. Throws DTypeError for integers.
RICCI_API Tensor rand(const Shape& shape, const RandomOptions& options = {});
/// Standard normal (Box-Muller); complex: variance 1, half in each part. Throws DTypeError for integers.
RICCI_API Tensor randn(const Shape& shape, const RandomOptions& options = {});
/// Uniform integers in [low, high), int64 unless another integer dtype is given.
RICCI_API Tensor randint(std::int64_t low, std::int64_t high, const Shape& shape,
                         const RandomOptions& options = {.dtype = DType::i64});
/// Starts the default generator anew; one of the process's three mutable settings.
RICCI_API void manual_seed(std::uint64_t seed);

/// Where the default generator is.
struct RandomState {
  std::uint64_t seed = 0, calls = 0;
};
RICCI_API RandomState random_state();
/// Sets the default generator for a scope and puts back what was before.
class RICCI_API RandomStateScope {
 public:
  explicit RandomStateScope(RandomState state);
  ~RandomStateScope();
  RandomStateScope(const RandomStateScope&) = delete;
  RandomStateScope& operator=(const RandomStateScope&) = delete;

 private:
  RandomState before_;
};

}  // namespace ricci
