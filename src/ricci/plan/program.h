// A Program: what a plan does, action by action, and what each action frees: the steps forward, and where
// gradients are wanted the sweep back. Actions over sliced labels run for each slice, the others once.
#pragma once

#include "ricci/plan/plan.h"

namespace ricci::planning {

inline constexpr int kForward = -1;

/// A step run forward, or the gradient of one of the values it reads.
struct Action {
  std::size_t step = 0;
  int side = kForward;  // or which of the step's values the gradient is of: 0 or 1
};

/// Slots hold values (v), then gradients of values (value_count + v). The seed is the gradient of the last
/// value; the operands, the seed and the gradients of operands are never freed, nor the result where it is asked for.
struct RICCI_API Program {
  std::vector<Action> actions;
  std::size_t first = 0, last = 0;  // actions [first, last) run for each slice, those before and after once
  std::size_t backward = 0;         // the first gradient: an unsliced program can stop before it and go on later
  std::size_t operand_count = 0, value_count = 0;
  bool gives_value = true;
  std::vector<bool> wanted;       // by operand: gradients; none where empty
  std::vector<bool> varies;       // by value: cut or made anew in each slice
  std::vector<bool> accumulates;  // by slot: lives through all slices, each writing or adding its part

  int gradient_slot(int value) const { return static_cast<int>(value_count) + value; }
  int result_slot(const Plan& plan, const Action& action) const {
    if (action.side == kForward) return static_cast<int>(operand_count + action.step);
    return gradient_slot(plan.steps[action.step].values[static_cast<std::size_t>(action.side)]);
  }
  int operand_slot(const Plan& plan, const Action& action, std::size_t i) const {
    if (static_cast<int>(i) == action.side)  // the gradient of the step's own result
      return gradient_slot(static_cast<int>(operand_count + action.step));
    return plan.steps[action.step].values[i];
  }
  int seed_slot() const { return gradient_slot(static_cast<int>(value_count) - 1); }
  std::size_t slot_count() const { return 2 * value_count; }
  /// The labels of a slot's axes.
  const Labels& labels_of(const Plan& plan, int slot) const {
    const std::size_t value = static_cast<std::size_t>(slot) % value_count;
    return value < operand_count ? plan.whole.inputs[value].labels
                                 : plan.steps[value - operand_count].contraction.output;
  }
  bool is_result(int slot) const { return slot == static_cast<int>(value_count) - 1; }
  bool is_operand_gradient(int slot) const {
    return slot >= static_cast<int>(value_count) && slot < static_cast<int>(value_count + operand_count);
  }

 private:
  friend class ProgramMaker;
  // Nobody else walks a program: what an action lets go of is known here only.
  template <class Machine>
  friend void run_actions(const Program& program, std::size_t first, std::size_t last, Machine& machine);
  std::vector<SmallVector<int, 4>> frees_;  // by action: slots whose last use it is
};

/// The actions for the value, the gradients of the wanted operands (none where empty), or both; in other semirings than
/// sum_product not both. Without the value the result, where gradients read it, is that of a slice.
RICCI_API Program make_program(const Plan& plan, const std::vector<bool>& wanted, bool gives_value);

/// The steps below a step's result, itself apart, down to the results that are kept, in the order they run.
RICCI_API std::vector<std::size_t> steps_below(const Plan& plan, std::size_t step);

/// The dtype in which a slot is kept: sums over slices and intermediates in the accumulator's, so that 16-bit
/// floats round once.
RICCI_API DType slot_dtype(const Plan& plan, const Program& program, int slot);

}  // namespace ricci::planning
