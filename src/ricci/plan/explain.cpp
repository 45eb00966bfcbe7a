#include "ricci/plan/explain.h"

#include <algorithm>
#include <cmath>

#include "ricci/path/tree/rates.h"
#include "ricci/plan/format.h"

namespace ricci::planning {
namespace {

constexpr std::size_t kMostRows = 120;     // a longer plan shows its ends
constexpr std::size_t kMostColumns = 240;  // of a cell, before all of them are known
constexpr std::size_t kLeastColumns = 8;
constexpr std::size_t kEquation = 2, kSizes = 3;  // cells of a row

// "i=3 j=4 k=5": the extents of the step's labels, each once.
std::string sizes_of(const Plan& plan, const Step& step) {
  Labels seen;
  std::string out;
  const Extents extents = plan.piece_extents();
  const auto add = [&](const Labels& labels) {
    for (const Label label : labels) {
      if (contains(seen, label) || display_width(out) > kMostColumns) continue;
      seen.push_back(label);
      out += concat(out.empty() ? "" : " ", plan.whole.name_of_label(label), "=",
                    extents[static_cast<std::size_t>(label)]);
    }
  };
  for (const Term& term : step.contraction.inputs) add(term.labels);
  add(step.contraction.output);
  return out;
}

// "%0 %1": the values that a step reads; results are numbered after the operands.
std::string values_of(const Step& step) {
  std::string out;
  for (const int value : step.values) out += concat(out.empty() ? "%" : " %", value);
  return out;
}

std::vector<std::string> row_of(const Plan& plan, std::size_t k, const Measured* measured) {
  const Step& step = plan.steps[k];
  std::vector<std::string> out{concat("%", plan.whole.inputs.size() + k),
                               values_of(step),
                               equation_of(plan, step),
                               sizes_of(plan, step),
                               short_number(step.flops),
                               bytes_in_words(static_cast<double>(step.bytes)),
                               seconds_in_words(step.predicted_seconds)};
  if (measured) out.push_back(seconds_in_words(measured->steps[k]));
  return out;
}

// The rates behind the predictions, where they are not the built-in ones.
std::string rates_in_words(const Plan& plan) {
  const path::CostModel& model = plan.model;
  if (model == path::Rates::built_in().model(plan.whole.dtype, plan.whole.semiring)) return "";
  return concat("predicted by other rates than the built-in: ", short_number(model.multiplications_per_second),
                " multiplications/s, ", bytes_in_words(model.bytes_per_second), "/s, ",
                seconds_in_words(model.seconds_per_step), " a step");
}

// Cuts equations and sizes to what the other columns leave: half each, or more where the other needs less.
void fit(std::vector<std::vector<std::string>>& rows, std::size_t columns) {
  std::vector<std::size_t> widths(rows[0].size(), 0);
  for (const auto& row : rows)
    for (std::size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], display_width(row[c]));
  std::size_t taken = 2 * (widths.size() - 1);  // two blanks between columns
  for (std::size_t c = 0; c < widths.size(); ++c)
    if (c != kEquation && c != kSizes) taken += widths[c];
  const std::size_t room = std::max(columns, taken + 2 * kLeastColumns) - taken, half = room / 2;
  const std::size_t equation = std::max(half, room - std::min(widths[kSizes], half));
  const std::size_t sizes = room - std::min(widths[kEquation], equation);
  for (auto& row : rows) {
    row[kEquation] = shortened(row[kEquation], equation);
    if (row.size() > kSizes) row[kSizes] = shortened(row[kSizes], sizes);
  }
}

}  // namespace

std::string explain(const Plan& plan, std::size_t columns, const Measured* measured, const KernelName& kernel) {
  const std::vector<std::string> kernels = kernel ? kernel_names(plan, kernel) : std::vector<std::string>();
  const std::size_t n = plan.whole.inputs.size(), count = plan.steps.size();
  std::vector<std::vector<std::string>> rows{{"result", "from", "equation", "sizes", "flops", "bytes", "predicted"}};
  if (measured) rows[0].push_back("measured");
  std::vector<std::size_t> left{0, 1, kEquation, kSizes};
  if (kernel) {
    left.push_back(rows[0].size());
    rows[0].push_back("kernel");
  }
  for (std::size_t k = 0; k < count; ++k) {
    if (count > kMostRows && k == kMostRows / 2) {
      k = count - kMostRows / 2;
      rows.push_back({"", "", concat("(", count - kMostRows, " more steps)")});
    }
    rows.push_back(row_of(plan, k, measured));
    if (kernel) rows.back().push_back(kernels[k]);
  }
  const double slices = plan.slice_count();
  const std::string times = slices > 1 ? concat(" in ", short_number(slices), " slices") : "";
  rows.push_back({"total", "", concat(count, count == 1 ? " step" : " steps", times), "", short_number(plan.flops),
                  bytes_in_words(static_cast<double>(plan.peak_bytes)) + " peak",
                  seconds_in_words(plan.predicted_seconds)});
  if (measured) rows.back().push_back(seconds_in_words(measured->seconds));
  const path::TreeCost cost = path::cost_of(plan.whole, plan.tree, plan.model);
  fit(rows, columns);
  std::string out =
      concat(shortened(plan.whole.equation(), columns), "\n", n, n == 1 ? " operand of " : " operands of ",
             name_of(plan.whole.dtype), ", ", name_of(plan.whole.semiring), "\n\n");
  out += table(rows, left);
  if (!plan.slices.empty()) out += concat("\nsliced: ", shortened(slices_in_words(plan), columns - 8), "\n");
  if (!plan.recomputes.empty())
    out += concat("\nfor gradients, what lies below ", plan.recomputes.size(),
                  plan.recomputes.size() == 1 ? " result" : " results", " is computed again\n");
  if (plan.gradients) out += "\nthe totals are those of the value and all gradients together\n";
  if (const std::string rates = rates_in_words(plan); !rates.empty())
    out += concat("\n", shortened(rates, columns), "\n");
  const std::string multiplied =
      concat("the tree: 10^", short_number(cost.flops > 0 ? std::log10(cost.flops) : 0), " multiplications,");
  const std::string sizes = concat("largest result ", short_number(cost.largest), " elements, ",
                                   short_number(cost.written), " elements written");
  const bool one_line = display_width(multiplied) + 1 + display_width(sizes) <= columns;
  return concat(out, "\n", multiplied, one_line ? " " : "\n  ", sizes, "\n");
}

}  // namespace ricci::planning
