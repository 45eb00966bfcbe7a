#include "ricci/plan/make_plan.h"

#include "ricci/plan/fit.h"
#include "ricci/plan/lower.h"

namespace ricci::planning {
namespace {

void check(const Contraction& contraction, const PlanOptions& options) {
  if (contraction.inputs.empty()) fail<EinsumError>("a contraction needs at least one operand");
  if (options.max_bytes && *options.max_bytes < 1)
    fail<EinsumError>("max_bytes is ", *options.max_bytes,
                      "; a budget is 1 byte or more\n  leave it away, and memory has no bound");
}

// The plan as it is, where that fits.
std::optional<Plan> unsliced(const Contraction& contraction, const path::Tree& tree, const PlanOptions& options) {
  Plan plan = lower(contraction, tree, options.search.model);
  predict(plan, options);
  if (options.max_bytes && plan.peak_bytes > *options.max_bytes - options.reserved) return std::nullopt;
  return plan;
}

}  // namespace

Plan make_plan(const Contraction& contraction, const PlanOptions& options) {
  check(contraction, options);
  const path::Tree first = path::search(contraction, options.search);
  if (std::optional<Plan> plan = unsliced(contraction, first, options)) return *std::move(plan);
  const bool reorders = options.search.method != path::Method::in_order;
  std::vector<path::Tree> trees{first};
  if (reorders && contraction.inputs.size() > 2) {
    // An order of smaller results may be worth more multiplications.
    path::SearchOptions smaller = options.search;
    smaller.goal = path::Goal::size;
    trees.push_back(path::search(contraction, smaller));
  }
  return fit(contraction, trees, reorders, options);
}

Plan make_plan(const Contraction& contraction, const path::Tree& tree, const PlanOptions& options) {
  check(contraction, options);
  path::check(tree, contraction);
  if (std::optional<Plan> plan = unsliced(contraction, tree, options)) return *std::move(plan);
  return fit(contraction, {tree}, false, options);
}

}  // namespace ricci::planning
