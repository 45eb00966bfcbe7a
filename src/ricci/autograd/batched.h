// Batched: many tensors of one shape as one, the wrapper of vmap. The batch is the first axis of what
// it wraps, and no axis of its own; each operation says by Op::batched how it runs on the whole.
#pragma once

#include "ricci/autograd/level.h"

namespace ricci {

struct RICCI_API Batched : Wrapper {
  Batched(std::int64_t l, Tensor v) : Wrapper(l), value(std::move(v)) {}
  std::span<const Tensor> parts() const override { return {&value, 1}; }
  Tensor detach() const override;
  std::int64_t batch() const override { return value.shape()[0]; }

  Tensor value;  // [batch, axes...]
};

/// The tensors value[0], value[1], ... as one.
RICCI_API Tensor make_batched(std::int64_t level, const Tensor& value);
/// The batch of this level, or null.
RICCI_API const Batched* batched_of(const Tensor& tensor, std::int64_t level);
/// x repeated along a new first axis: a view. Recorded.
RICCI_API Tensor spread(const Tensor& x, std::int64_t extent);

}  // namespace ricci
