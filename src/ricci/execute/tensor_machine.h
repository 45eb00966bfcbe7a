// The machine that runs a plan's program on tensors, slice by slice: the value, the gradients, or both. Slices of
// operands are views; their results are added in a fixed order, so the bits depend on the plan alone.
#pragma once

#include <functional>

#include "ricci/execute/compiled_program.h"

namespace ricci::execute {

struct Results {
  Tensor value;                   // undefined where the program doesn't give it
  std::vector<Tensor> gradients;  // by operand; undefined where not wanted
};

/// The gradients of other semirings, whose rules stand above this layer.
struct GradientRule {
  /// The gradient of operand i of a step for the seed of its value.
  std::function<Tensor(const Contraction& step, std::span<const Tensor> operands, const Tensor& value,
                       const Tensor& seed, std::size_t i)>
      of_step;
  /// The share of a slice, whose value this is, in the seed of the total; `open` is one where no slice has won yet, and
  /// changed. Without a total the slice is all there is.
  std::function<Tensor(Semiring semiring, const Tensor& value, const Tensor& total, const Tensor& seed,
                       const Tensor& open)>
      of_slice;
};

/// A range of a plan's slices by number.
struct SliceRange {
  std::int64_t begin = 0, end = INT64_MAX;
};

struct RunOptions {
  Tensor seed{};  ///< of the output's shape; read where there are gradients
  Epilogue epilogue{};
  SliceRange slices{};  ///< of a part of them the results are that part's share: they add up to the whole
  const GradientRule* rule = nullptr;      ///< needed for gradients in other semirings than sum_product
  Tensor total{};                          ///< with the rule: the plan's value, where it is known
  planning::Measured* measured = nullptr;  ///< hears how long it took
};

/// Operands of the plan's dtype and shapes.
RICCI_API Results run(const planning::Plan& plan, const planning::Program& program, std::span<const Tensor> operands,
                      const RunOptions& options = {});

/// The two halves of an unsliced program: up to its first gradient, and from there on. What the second reads of the
/// first is kept between them.
Tensor run_forward(const planning::Plan& plan, const planning::Program& program, std::span<const Tensor> operands,
                   Kept& kept);
std::vector<Tensor> run_backward(const planning::Plan& plan, const planning::Program& program,
                                 std::span<const Tensor> operands, Kept kept, const Tensor& seed);

}  // namespace ricci::execute
