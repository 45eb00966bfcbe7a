#include <cmath>

#include "ricci/base/error.h"
#include "ricci/plan/format.h"
#include "ricci/report/figures.h"
#include "ricci/report/markup.h"
#include "ricci/report/report.h"

namespace ricci::report {
namespace {

constexpr std::size_t kTitle = 108, kRemarks = 150;  // signs of the equation, and of what is said of slices

std::string placed(const Figure& figure, double y) {
  return concat("<g transform=\"translate(0 ", coordinate(y), ")\">\n", figure.svg, "</g>\n");
}

}  // namespace

std::string_view figure_style() {
  return R"(.page{fill:#ffffff}.ink,.label,.figure,.name,.title{fill:#1b2230}.small,.quiet{fill:#5d6878}
.link{fill:none;stroke:#c3cad6;stroke-linecap:round}.operand{fill:#ffffff;stroke:#8a93a3;stroke-width:1.5}
.grid{fill:none;stroke:#e4e8ee;stroke-width:1}.area{fill:#3b6fd4;fill-opacity:.14}
.curve{fill:none;stroke:#3b6fd4;stroke-width:1.5;stroke-linejoin:round}
.peak{fill:#ea5a5a;stroke:#ffffff;stroke-width:1.5}.hit{fill:transparent}
@media (prefers-color-scheme:dark){.page{fill:#12161d}.ink,.label,.figure,.name,.title{fill:#e7ebf2}
.small,.quiet{fill:#98a3b4}.link{stroke:#3c4656}.operand{fill:#12161d;stroke:#7d8899}.grid{stroke:#262d38}
.area{fill:#6d9bf1;fill-opacity:.2}.curve{stroke:#6d9bf1}.peak{stroke:#12161d}}
.label,.title{font:12px ui-monospace,"DejaVu Sans Mono",Menlo,Consolas,monospace;white-space:pre;unicode-bidi:plaintext}
.title{font-size:14px;font-weight:600}.figure,.small{font:11.5px system-ui,"DejaVu Sans",sans-serif}
.figure{font-variant-numeric:tabular-nums}.name{font:600 14px system-ui,"DejaVu Sans",sans-serif}
.strong{font-weight:600}.end{text-anchor:end})";
}

std::string operands_in_words(const planning::Plan& plan) {
  const std::size_t n = plan.whole.inputs.size();
  return concat(n, n == 1 ? " operand of " : " operands of ", name_of(plan.whole.dtype), ", ",
                name_of(plan.whole.semiring));
}

std::string cost_in_words(const planning::Plan& plan) {
  const std::size_t n = plan.steps.size();
  return concat(n, n == 1 ? " step, " : " steps, ", planning::short_number(plan.flops), " flops, peak ",
                planning::bytes_in_words(static_cast<double>(plan.peak_bytes)), ", predicted ",
                planning::seconds_in_words(plan.predicted_seconds));
}

std::string remarks_in_words(const planning::Plan& plan) {
  std::string out;
  if (!plan.slices.empty())
    out = concat("sliced: ", planning::slices_in_words(plan), "; the steps below are those of one slice of ",
                 planning::short_number(plan.slice_count()));
  if (plan.gradients)
    out += concat(out.empty() ? "" : ". ", "The totals are those of the value and all gradients together");
  return out;
}

std::string to_svg(const planning::Plan& plan) {
  const std::string remarks = remarks_in_words(plan);
  const double head = remarks.empty() ? 76 : 96;
  constexpr double kGap = 26;
  const Figure tree = tree_figure(plan), memory = memory_figure(plan);
  const double height = head + tree.height + kGap + memory.height + 12;
  const std::string equation = escaped(planning::shortened(plan.whole.equation(), kTitle));
  return concat("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"", coordinate(kWidth), "\" height=\"",
                coordinate(height), "\" viewBox=\"0 0 ", coordinate(kWidth), " ", coordinate(height),
                "\" role=\"img\">\n<title>", equation, "</title>\n<style>", figure_style(), "</style>\n",
                "<rect class=\"page\" width=\"100%\" height=\"100%\"/>\n<text class=\"title\" x=\"20\" y=\"30\">",
                equation, "</text>\n<text class=\"small\" x=\"20\" y=\"52\">", operands_in_words(plan), ": ",
                cost_in_words(plan), "</text>\n<text class=\"small\" x=\"20\" y=\"71\">",
                escaped(planning::shortened(remarks, kRemarks)), "</text>\n", placed(tree, head),
                placed(memory, head + tree.height + kGap), "</svg>\n");
}

}  // namespace ricci::report
