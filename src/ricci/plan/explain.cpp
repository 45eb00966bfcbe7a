#include "ricci/plan/explain.h"

#include <cmath>

#include "ricci/plan/words.h"

namespace ricci::planning {
namespace {

constexpr std::size_t kMostRows = 120;    // a longer plan shows its ends
constexpr std::size_t kMostColumns = 48;  // of an equation

// "i=3 j=4 k=5": the extents of the step's labels, each once.
std::string sizes_of(const Plan& plan, const Step& step) {
  Labels seen;
  std::string out;
  const auto add = [&](const Labels& labels) {
    for (const Label label : labels) {
      if (contains(seen, label) || display_width(out) > kMostColumns) continue;
      seen.push_back(label);
      out += concat(out.empty() ? "" : " ", plan.whole.name_of_label(label), "=",
                    plan.whole.extents[static_cast<std::size_t>(label)]);
    }
  };
  for (const Term& term : step.contraction.inputs) add(term.labels);
  add(step.contraction.output);
  return shortened(out, kMostColumns);
}

// "%0 %1": the values that a step reads; results are numbered after the operands.
std::string values_of(const Step& step) {
  std::string out;
  for (const int value : step.values) out += concat(out.empty() ? "%" : " %", value);
  return out;
}

std::vector<std::string> row_of(const Plan& plan, std::size_t k) {
  const Step& step = plan.steps[k];
  return {concat("%", plan.whole.inputs.size() + k),
          values_of(step),
          shortened(equation_of(plan, step), kMostColumns),
          sizes_of(plan, step),
          short_number(step.flops),
          bytes_in_words(static_cast<double>(step.bytes)),
          seconds_in_words(step.predicted_seconds)};
}

}  // namespace

std::string explain(const Plan& plan) {
  const std::size_t n = plan.whole.inputs.size(), count = plan.steps.size();
  std::vector<std::vector<std::string>> rows{{"result", "from", "equation", "sizes", "flops", "bytes", "predicted"}};
  for (std::size_t k = 0; k < count; ++k) {
    if (count > kMostRows && k == kMostRows / 2) {
      k = count - kMostRows / 2;
      rows.push_back({"", "", concat("(", count - kMostRows, " more steps)")});
    }
    rows.push_back(row_of(plan, k));
  }
  rows.push_back({"total", "", concat(count, count == 1 ? " step" : " steps"), "", short_number(plan.flops),
                  bytes_in_words(static_cast<double>(plan.peak_bytes)) + " peak",
                  seconds_in_words(plan.predicted_seconds)});
  const path::TreeCost cost = path::cost_of(plan.whole, plan.tree, plan.model);
  std::string out = concat(shortened(plan.whole.equation(), 100), "\n", n, n == 1 ? " operand of " : " operands of ",
                           name_of(plan.whole.dtype), ", ", name_of(plan.whole.semiring), "\n\n");
  out += table(rows, {0, 1, 2, 3});
  out += concat("\nthe tree: 10^", short_number(cost.flops > 0 ? std::log10(cost.flops) : 0),
                " multiplications, largest result ", short_number(cost.largest), " elements, ",
                short_number(cost.written), " elements written\n");
  return out;
}

}  // namespace ricci::planning
