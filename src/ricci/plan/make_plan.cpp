#include "ricci/plan/make_plan.h"

#include <algorithm>
#include <cmath>

#include "ricci/plan/fit.h"
#include "ricci/plan/lower.h"

namespace ricci::planning {
namespace {

// Of the seconds of a search under a cap: for the quickest order, and for one of small results. The rest goes to orders
// for the extents of a slice.
constexpr double kFirstShare = 0.5, kSmallerShare = 0.25;

void check(const Contraction& contraction, const PlanningOptions& options) {
  if (contraction.inputs.empty()) fail<EinsumError>("a contraction needs at least one operand");
  if (options.max_bytes && *options.max_bytes < 1)
    fail<EinsumError>("max_bytes is ", *options.max_bytes,
                      "; a budget is 1 byte or more\n  leave it away, and memory has no bound");
}

// The plan as it is, where that fits.
std::optional<Plan> unsliced(const Contraction& contraction, const path::Tree& tree, const PlanningOptions& options) {
  Plan plan = lower(contraction, tree, model_of(options.search, contraction));
  predict(plan, options);
  if (options.max_bytes && plan.peak_bytes > *options.max_bytes - options.reserved) return std::nullopt;
  return plan;
}

// An order for what is left of the time, or for a share of all of it where that is less.
path::Tree searched(const Contraction& contraction, path::SearchOptions search, const path::Deadline& watch,
                    double share) {
  // What is no time is left as it is, for search() to refuse.
  if (search.seconds > 0) search.seconds = std::min(share * *search.seconds, std::max(0.0, watch.left()));
  return path::search(contraction, search);
}

double figure(const Plan& plan, path::Goal goal) {
  return path::figure_of(goal, path::cost_of(plan.whole, plan.tree, plan.model));
}

}  // namespace

Plan make_plan(const Contraction& contraction, const PlanningOptions& options) {
  check(contraction, options);
  const path::Deadline watch(options.search.seconds.value_or(INFINITY), options.search.cancel);
  const bool timed_cap = options.max_bytes && options.search.seconds;
  const path::Tree first = searched(contraction, options.search, watch, timed_cap ? kFirstShare : 1);
  if (std::optional<Plan> plan = unsliced(contraction, first, options)) {
    if (!timed_cap || watch.over() || contraction.inputs.size() <= 2) return *std::move(plan);
    path::SearchOptions again = options.search;
    again.seed += 1;
    const path::Tree second = searched(contraction, again, watch, 1);
    std::optional<Plan> other = unsliced(contraction, second, options);
    const path::Goal goal = options.search.goal;
    return other && figure(*other, goal) < figure(*plan, goal) ? *std::move(other) : *std::move(plan);
  }
  const bool reorders = options.search.method != path::Method::in_order;
  std::vector<path::Tree> trees{first};
  if (reorders && contraction.inputs.size() > 2) {
    // An order of smaller results may be worth more multiplications.
    path::SearchOptions smaller = options.search;
    smaller.goal = path::Goal::size;
    trees.push_back(searched(contraction, smaller, watch, kSmallerShare));
  }
  return fit(contraction, trees, reorders, options, watch);
}

Plan make_plan(const Contraction& contraction, const path::Tree& tree, const PlanningOptions& options) {
  check(contraction, options);
  path::check(tree, contraction);
  if (std::optional<Plan> plan = unsliced(contraction, tree, options)) return *std::move(plan);
  return fit(contraction, {tree}, false, options, path::Deadline(INFINITY, options.search.cancel));
}

}  // namespace ricci::planning
