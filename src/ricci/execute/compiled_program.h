// Replay: a plan made ready for operands of one geometry. Roles, strides and kernels are settled, so that what is
// left of a run is to allocate and to compute. SmallCache with the plan, which execute::run() looks through first.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "ricci/backend/backend.h"
#include "ricci/plan/plan.h"

namespace ricci::execute {

class Replay final : public RefCounted {
 public:
  /// Of operands that run() takes and a plan without slices; of the operands only the geometry is looked at.
  Replay(const planning::Plan& plan, std::span<const Tensor> operands);

  /// Whether it was made for operands like these, which have the plan's shapes.
  bool fits(std::span<const Tensor> operands) const;
  /// The plan's result, in a new tensor or, where it is defined, in a contiguous target.
  Tensor run(std::span<const Tensor> operands, const Tensor& target) const;

 private:
  struct Ready {
    std::unique_ptr<const Kernel> kernel;
    SmallVector<int, 2> values, frees;
    std::int64_t bytes = 0;  // of the result
  };

  Tensor fresh_result() const;

  DType dtype_;  // of the operands
  Device device_;
  std::vector<Strides> strides_;  // by operand
  std::vector<Ready> steps_;
  Tensor result_;  // its geometry
};

/// The plan's replay for these operands, made and kept at the first run; null where a plan has none: in slices, too
/// long to be worth keeping, or run on too many geometries.
const Replay* replay_of(const planning::Plan& plan, std::span<const Tensor> operands);

}  // namespace ricci::execute
