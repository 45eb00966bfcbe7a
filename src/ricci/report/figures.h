// The two pictures of a plan, as groups of SVG that a page or a file puts into place: the tree coloured by
// cost, and the bytes alive while the steps run. Both are as wide as kWidth and say how high they are.
#pragma once

#include <string>

#include "ricci/plan/plan.h"

namespace ricci::report {

inline constexpr double kWidth = 1000;

struct Figure {
  std::string svg;  ///< elements, from (0, 0) to (kWidth, height)
  double height = 0;
};

/// The contraction tree, result at the left: dots by the cost of a step, lines by the bytes of a value; what is
/// cheap is closed where there is much, so that 10,000 steps are as legible as ten.
Figure tree_figure(const planning::Plan& plan);
/// Bytes allocated over the steps in the order they run (results, the output, working memory; for a plan with gradients
/// the most of a step and of its gradients), the peak marked, and a strip with the cost of each.
Figure memory_figure(const planning::Plan& plan);
/// The rules that the figures' classes need, for light and dark.
std::string_view figure_style();
/// "4 operands of float32, sum_product", and what the plan costs, in words.
std::string operands_in_words(const planning::Plan& plan);
std::string cost_in_words(const planning::Plan& plan);
/// How the steps are repeated and what the totals count beside them; "" for a plan that runs once, forward.
std::string remarks_in_words(const planning::Plan& plan);

}  // namespace ricci::report
