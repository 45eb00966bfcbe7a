#include <algorithm>
#include <cmath>

#include "ricci/base/error.h"
#include "ricci/plan/format.h"
#include "ricci/report/figures.h"
#include "ricci/report/markup.h"
#include "ricci/report/outline.h"

namespace ricci::report {
namespace {

constexpr std::size_t kAll = 28, kDearest = 16;  // steps with rows of their own: all of so many, or these
constexpr double kRow = 22, kTop = 34, kLeft = 28, kDeepest = 330, kIndent = 30;
constexpr double kBars = 690, kBarsEnd = 802, kFlopsEnd = 876, kSizeEnd = kWidth - 24;
constexpr double kSign = 7.3;  // the width of a sign in the labels' font, at most
constexpr std::size_t kTooltip = 400;

class TreeFigure {
 public:
  explicit TreeFigure(const planning::Plan& plan)
      : plan_(plan), outline_(outline(plan, plan.steps.size() <= kAll ? kAll : kDearest)) {
    for (const planning::Step& step : plan.steps) scale_.add(step.flops);
    indent_ = outline_.depth == 0 ? kIndent : std::min(kIndent, kDeepest / outline_.depth);
    for (const Row& row : outline_.rows) dearest_ = std::max(dearest_, row.holds.flops);
  }

  Figure draw() && {
    head();
    for (std::size_t r = 0; r < outline_.rows.size(); ++r) link(r);
    for (std::size_t r = 0; r < outline_.rows.size(); ++r) row(r);
    const double height = kTop + kRow * static_cast<double>(outline_.rows.size()) + 8;
    return {std::move(out_), height};
  }

 private:
  std::size_t operand_count() const { return plan_.whole.inputs.size(); }
  static bool is_operand(const Row& row) { return row.kind == Row::Kind::operand; }
  const planning::Step& step_of(const Row& row) const {
    return plan_.steps[static_cast<std::size_t>(row.value) - operand_count()];
  }
  double bytes_of(const Row& row) const {
    if (!is_operand(row)) return static_cast<double>(step_of(row).bytes);
    const Labels& labels = plan_.whole.inputs[static_cast<std::size_t>(row.value)].labels;
    return path::volume(plan_.whole, labels) * static_cast<double>(size_of(plan_.whole.dtype));
  }
  double x_of(const Row& row) const { return kLeft + indent_ * row.depth; }
  double y_of(std::size_t r) const { return kTop + kRow * (static_cast<double>(r) + 0.5); }

  std::string text_of(const Row& row) const {
    if (is_operand(row)) {
      planning::Step alone;  // an operand's labels, spelt as a step's are
      alone.contraction.inputs.push_back(plan_.whole.inputs[static_cast<std::size_t>(row.value)]);
      std::string text = equation_of(plan_, alone);
      text.resize(text.size() - 2);  // without the arrow
      return concat(text.empty() ? "scalar" : text, "  operand ", row.value + 1);
    }
    if (row.kind == Row::Kind::step) return equation_of(plan_, step_of(row));
    const auto counted = [](std::int64_t count, const char* what) {
      return concat(count, " ", what, count == 1 ? "" : "s");
    };
    const Amount& holds = row.holds;
    const std::string steps = counted(holds.steps, "step");
    return holds.operands == 0 ? steps : concat(steps, ", ", counted(holds.operands, "operand"));
  }

  void head();
  void link(std::size_t r);
  void row(std::size_t r);
  void mark(const Row& row, double x, double y);
  void bar(const Row& row, double y);

  const planning::Plan& plan_;
  const Outline outline_;
  CostScale scale_;
  double indent_ = kIndent, dearest_ = 0;
  std::string out_;
};

void TreeFigure::head() {
  out_ += concat("<text class=\"name\" x=\"", coordinate(kLeft - 8), "\" y=\"16\">Contraction tree</text>",
                 "<text class=\"small\" x=\"", coordinate(kBars), "\" y=\"16\">flops</text>",
                 "<text class=\"small end\" x=\"", coordinate(kSizeEnd), "\" y=\"16\">result</text>");
  if (scale_.empty()) return;
  constexpr double kFrom = 190, kSwatch = 12;
  constexpr int kSwatches = 9;
  out_ += concat("<text class=\"small\" x=\"", coordinate(kFrom), "\" y=\"16\">a step&#39;s flops</text>");
  double x = kFrom + 88;
  out_ += concat("<text class=\"small\" x=\"", coordinate(x), "\" y=\"16\">", planning::short_number(scale_.least()),
                 "</text>");
  x += 62;
  for (int i = 0; i < kSwatches; ++i, x += kSwatch)
    out_ += concat("<rect x=\"", coordinate(x), "\" y=\"7\" width=\"", coordinate(kSwatch), "\" height=\"9\" fill=\"",
                   heat_colour(i / (kSwatches - 1.0)), "\"/>");
  out_ += concat("<text class=\"small\" x=\"", coordinate(x + 6), "\" y=\"16\">", planning::short_number(scale_.most()),
                 "</text>");
}

// From a value to the step that reads it; the wider, the more bytes.
void TreeFigure::link(std::size_t r) {
  const Row& row = outline_.rows[r];
  if (row.reader < 0) return;
  const auto at = static_cast<std::size_t>(row.reader);
  const double x = x_of(outline_.rows[at]), down = y_of(r) > y_of(at) ? 1 : -1;
  const double bend = std::min(6.0, indent_ / 2), width = 1 + std::clamp(std::log2(bytes_of(row) + 1) / 8, 0.0, 5.0);
  out_ +=
      concat("<path class=\"link\" stroke-width=\"", coordinate(width), "\" d=\"M", coordinate(x), " ",
             coordinate(y_of(at)), "V", coordinate(y_of(r) - down * bend), "Q", coordinate(x), " ", coordinate(y_of(r)),
             " ", coordinate(x + bend), " ", coordinate(y_of(r)), "H", coordinate(x_of(row)), "\"/>");
}

void TreeFigure::mark(const Row& row, double x, double y) {
  if (is_operand(row)) {
    out_ += concat("<circle class=\"operand\" cx=\"", coordinate(x), "\" cy=\"", coordinate(y), "\" r=\"3.2\"/>");
  } else if (row.kind != Row::Kind::step) {
    const char* shape = row.kind == Row::Kind::closed ? "l11 -6.5v13z" : "l5.5 -6.5l5.5 6.5l-5.5 6.5z";
    out_ += concat("<path fill=\"", scale_.colour(row.holds.flops), "\" d=\"M", coordinate(x - 5), " ", coordinate(y),
                   shape, "\"/>");
  } else {
    out_ += concat("<circle fill=\"", scale_.colour(row.holds.flops), "\" cx=\"", coordinate(x), "\" cy=\"",
                   coordinate(y), "\" r=\"5.5\"/>");
  }
}

void TreeFigure::bar(const Row& row, double y) {
  const double flops = row.holds.flops;
  const double share = dearest_ > 0 ? std::min(flops, dearest_) / dearest_ : 0;
  if (std::isfinite(share) && share > 0)
    out_ += concat("<rect x=\"", coordinate(kBars), "\" y=\"", coordinate(y - 5), "\" width=\"",
                   coordinate(std::max(1.0, share * (kBarsEnd - kBars))), "\" height=\"10\" rx=\"1.5\" fill=\"",
                   scale_.colour(flops), "\"/>");
  out_ += concat("<text class=\"figure end\" x=\"", coordinate(kFlopsEnd), "\" y=\"", coordinate(y + 4), "\">",
                 planning::short_number(flops), "</text>");
}

void TreeFigure::row(std::size_t r) {
  const Row& row = outline_.rows[r];
  const double x = x_of(row), y = y_of(r);
  out_ += concat("<g class=\"row\"");
  if (row.kind == Row::Kind::step) out_ += concat(" data-step=\"", row.value - static_cast<int>(operand_count()), "\"");
  out_ += concat("><rect class=\"hit\" x=\"8\" y=\"", coordinate(y - kRow / 2), "\" width=\"", coordinate(kWidth - 16),
                 "\" height=\"", coordinate(kRow), "\" rx=\"4\"/>");
  const std::string text = text_of(row);
  if (row.kind == Row::Kind::step) out_ += concat("<title>", escaped(planning::shortened(text, kTooltip)), "</title>");
  mark(row, x, y);
  const auto room = static_cast<std::size_t>((kBars - x - 24) / kSign);
  const char* style = row.kind == Row::Kind::step ? "label" : "label quiet";
  out_ += concat("<text class=\"", style, "\" x=\"", coordinate(x + 12), "\" y=\"", coordinate(y + 4), "\">",
                 escaped(planning::shortened(text, room)), "</text>");
  if (!is_operand(row)) bar(row, y);
  out_ += concat("<text class=\"figure end\" x=\"", coordinate(kSizeEnd), "\" y=\"", coordinate(y + 4), "\">",
                 planning::bytes_in_words(bytes_of(row)), "</text></g>\n");
}

}  // namespace

Figure tree_figure(const planning::Plan& plan) { return TreeFigure(plan).draw(); }

}  // namespace ricci::report
