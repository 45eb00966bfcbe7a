// Outline: the part of a plan's tree that a picture shows: the most expensive steps, each on a row of its own, and rows
// that stand for what lies between and below them. What a step reads first is above it, the rest below, so that
// no line crosses a label. Every step and operand belongs to one row.
#pragma once

#include <cstdint>
#include <vector>

#include "ricci/plan/plan.h"

namespace ricci::report {

struct Amount {
  double flops = 0;
  std::int64_t steps = 0, operands = 0;
  Amount& operator+=(const Amount& other);
};

struct Row {
  /// An operand; a step; a step with all that it is made of; a step with what lies between it and the next rows.
  enum class Kind : std::uint8_t { operand, step, closed, between };
  Kind kind = Kind::step;
  int value = 0;    ///< as the plan numbers them: operands, then results of steps
  int depth = 0;    ///< rows between it and the whole's result
  int reader = -1;  ///< the row of the step that reads it; -1 for the result
  Amount holds;     ///< what the row stands for
};

struct Outline {
  std::vector<Row> rows;  ///< from top to bottom
  int depth = 0;          ///< the largest of a row
};

/// At most `most_steps` steps, the most expensive and the last, have rows of their own; all where there are no more. At
/// most four times as many rows. In O(steps log steps).
Outline outline(const planning::Plan& plan, std::size_t most_steps);

}  // namespace ricci::report
