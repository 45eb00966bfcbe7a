// Leaves whose .grad is recorded itself, as backward(create_graph) leaves it. Each is a cycle that no count ends: from
// the leaf to its gradient, along the tape, and back. autograd/gradient_cycles.h breaks those that nobody else reaches.
#pragma once

#include <memory>
#include <vector>

#include "ricci/tensor/tensor.h"

namespace ricci {

/// Keeps the leaf among them until its .grad is replaced by one that is not recorded, or given up.
RICCI_API void watch_gradient(const Tensor& leaf);

/// While it lives, no other thread reads or changes a .grad: Tensor::grad() and set_grad() wait.
class RICCI_API HeldGradients {
 public:
  HeldGradients();
  ~HeldGradients();
  HeldGradients(const HeldGradients&) = delete;
  HeldGradients& operator=(const HeldGradients&) = delete;

  /// The leaves that are watched, each of them owned by the list.
  std::vector<TensorImpl*> watched() const;
  struct Given {
    Ref<TensorImpl> leaf;
    std::unique_ptr<Tensor> gradient;
  };
  /// Takes the gradient of a leaf that is watched, and the leaf out of the list. Let both go when this is gone.
  Given give_up(TensorImpl* leaf);
};

}  // namespace ricci
