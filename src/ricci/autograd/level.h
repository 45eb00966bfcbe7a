// Levels tell nested transforms apart: an inner one has a higher level, so perturbations and batches
// are never confused. A level is never used again, so a tensor kept past its transform harms no later one.
#pragma once

#include "ricci/tensor/tensor.h"

namespace ricci {

/// While it lives, level() belongs to one run of a transform.
class RICCI_API LevelScope {
 public:
  LevelScope();
  std::int64_t level() const { return level_; }
  LevelScope(const LevelScope&) = delete;
  LevelScope& operator=(const LevelScope&) = delete;

 private:
  std::int64_t level_;
};

/// The highest level among the wrappers; 0 for plain tensors.
RICCI_API std::int64_t level_of(Operands tensors);
/// The wrapper of the highest level, or null.
RICCI_API const Wrapper* outermost(Operands tensors);
/// The tensor that holds the elements: all wrappers taken off.
RICCI_API Tensor plain(const Tensor& tensor);
/// Whether a derivative is being taken of it at any level: it, or what it wraps, requires grad.
RICCI_API bool is_differentiated(const Tensor& tensor);

}  // namespace ricci
