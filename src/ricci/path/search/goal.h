// What a search makes small, and what one merge adds to it.
#pragma once

#include <string_view>

#include "ricci/path/tree/cost.h"

namespace ricci::path {

/// Scalar multiplications, elements written, elements of the largest result, or predicted seconds.
enum class Goal : std::uint8_t { flops, write, size, seconds };

/// Of flops, write, size, seconds; throws EinsumError for any other name.
RICCI_API Goal parse_goal(std::string_view name);

/// The figure of a whole tree that the goal names.
RICCI_API double figure_of(Goal goal, const TreeCost& cost);

/// One merge: its multiplications, and the elements of what it takes and makes.
struct MergeSizes {
  double flops = 0, left = 0, right = 0, made = 0;
  /// The extent of its batch: all three have it, any other label that is multiplied two of the three.
  double batch() const { return flops > 0 && flops < 1e150 ? left / flops * (right / flops) * made : 0; }
};

/// A cost that adds up over merges, for a goal. `size` sums squares, which the largest results lead.
class MergeCost {
 public:
  explicit MergeCost(Goal goal = Goal::flops, const CostModel& model = {}, double bytes_per_element = 4)
      : goal_(goal), model_(model), bytes_per_element_(bytes_per_element) {}

  Goal goal() const { return goal_; }
  /// Whether more than the multiplications matters.
  bool counts_elements() const { return goal_ != Goal::flops; }
  double operator()(const MergeSizes& sizes) const {
    switch (goal_) {
      case Goal::flops: return sizes.flops;
      case Goal::write: return sizes.made;
      case Goal::size: return sizes.made * sizes.made;
      default:
        return model_.seconds(model_.arithmetic(sizes.flops, sizes.made, sizes.batch()),
                              (sizes.left + sizes.right + sizes.made) * bytes_per_element_);
    }
  }
  /// No merge that makes this many elements costs less.
  double least(double made) const { return (*this)({made, 0, 0, made}); }

 private:
  Goal goal_;
  CostModel model_;
  double bytes_per_element_;
};

}  // namespace ricci::path
