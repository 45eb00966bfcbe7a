// Dual: a value with its tangent, the wrapper of forward mode. Levels tell nested derivatives apart:
// an inner transform has a higher level, so perturbations are never confused.
#pragma once

#include "ricci/autograd/op.h"

namespace ricci {

struct RICCI_API Dual : Wrapper {
  Tensor primal, tangent;
  Dual(int l, Tensor p, Tensor t) : Wrapper(l), primal(std::move(p)), tangent(std::move(t)) {}
};

/// A dual tensor; an undefined tangent means zero and gives the primal itself.
RICCI_API Tensor make_dual(int level, const Tensor& primal, const Tensor& tangent);
/// The dual of this level, or null.
RICCI_API const Dual* dual_of(const Tensor& tensor, int level);
/// The highest level among the wrappers; 0 for plain tensors.
RICCI_API int level_of(Operands tensors);

/// Whether a derivative is being taken of it at any level: it, or what it wraps, requires grad.
RICCI_API bool is_differentiated(const Tensor& tensor);

/// While it lives, level() is a level of its own on this thread.
class RICCI_API LevelScope {
 public:
  LevelScope();
  ~LevelScope();
  int level() const { return level_; }
  LevelScope(const LevelScope&) = delete;
  LevelScope& operator=(const LevelScope&) = delete;

 private:
  int level_;
};

}  // namespace ricci
