// Random tensors from a counter-based generator (Philox 4x32-10: Salmon et al., "Parallel random
// numbers: as easy as 1, 2, 3", SC 2011): the same numbers for any number of threads and any device.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

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
/// Starts the default generator anew; one of the process's three mutable settings. Does nothing while a checkpoint is
/// run again, which is given the numbers it drew.
RICCI_API void manual_seed(std::uint64_t seed);

/// What was drawn from the default generator, call by call.
struct RandomDraw {
  std::uint64_t seed = 0, stream = 0;
};
using RandomDraws = std::vector<RandomDraw>;

/// While it lives, what this thread draws from the default generator is noted in `draws`, or given `again` from there
/// in the same order, so that other threads may draw meanwhile. Scopes nest.
class RICCI_API RandomDrawsScope {
 public:
  enum class Mode { note, again };
  RandomDrawsScope(RandomDraws& draws, Mode mode);
  ~RandomDrawsScope();
  RandomDrawsScope(const RandomDrawsScope&) = delete;
  RandomDrawsScope& operator=(const RandomDrawsScope&) = delete;

  /// This thread's next draw from the default generator.
  static RandomDraw next();
  /// Whether this thread is given again what was drawn.
  static bool again();

 private:
  RandomDraw draw();
  RandomDraws& draws_;
  Mode mode_;
  std::size_t given_ = 0;
  RandomDrawsScope* outer_;
};

}  // namespace ricci
