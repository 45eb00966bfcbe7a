#include <algorithm>
#include <cmath>

#include "ricci/base/error.h"
#include "ricci/plan/format.h"
#include "ricci/report/figures.h"
#include "ricci/report/markup.h"

namespace ricci::report {
namespace {

constexpr double kLeft = 92, kRight = kWidth - 24, kTop = 40, kBottom = 220;
constexpr double kStrip = kBottom + 10, kStripHeight = 12, kAxis = kStrip + kStripHeight + 18;
constexpr std::size_t kMostColumns = 442;  // of two units each; more steps share one, which shows the most of them

struct Column {
  double most = 0, flops = 0;
};

class MemoryFigure {
 public:
  explicit MemoryFigure(const planning::Plan& plan) {
    for (const planning::Step& step : plan.steps) held_.push_back(static_cast<double>(step.held_bytes));
    const std::size_t count = held_.size();
    columns_.resize(std::min(std::max<std::size_t>(count, 1), kMostColumns));
    for (std::size_t k = 0; k < count; ++k) {
      if (held_[k] > held_[peak_]) peak_ = k;
      scale_.add(plan.steps[k].flops);
      Column& column = columns_[k * columns_.size() / count];
      column.most = std::max(column.most, held_[k]);
      column.flops = std::max(column.flops, plan.steps[k].flops);
    }
    top_ = count > 0 && held_[peak_] > 0 ? held_[peak_] : 1;
  }

  Figure draw() && {
    out_ += concat(
        "<text class=\"name\" x=\"20\" y=\"16\">Memory over the steps</text>",
        "<text class=\"small\" x=\"222\" y=\"16\">bytes allocated while each step runs; below, its flops</text>");
    grid();
    area();
    strip();
    mark_peak();
    return {std::move(out_), kAxis + 12};
  }

 private:
  double x_of(double column) const { return kLeft + (kRight - kLeft) * column / static_cast<double>(columns_.size()); }
  double y_of(double bytes) const { return kBottom - (kBottom - kTop) * std::min(bytes / top_, 1.0); }

  void grid();
  void area();
  void strip();
  void mark_peak();

  std::vector<double> held_;
  std::vector<Column> columns_;
  CostScale scale_;
  std::size_t peak_ = 0;
  double top_ = 1;
  std::string out_;
};

void MemoryFigure::grid() {
  for (const double share : {0.0, 0.25, 0.5, 0.75, 1.0}) {
    const double y = y_of(share * top_);
    out_ += concat("<path class=\"grid\" d=\"M", coordinate(kLeft), " ", coordinate(y), "H", coordinate(kRight), "\"/>",
                   "<text class=\"figure end\" x=\"", coordinate(kLeft - 8), "\" y=\"", coordinate(y + 4), "\">",
                   planning::bytes_in_words(std::floor(share * top_)), "</text>");
  }
  const std::size_t count = held_.size();
  out_ += concat("<text class=\"figure\" x=\"", coordinate(kLeft), "\" y=\"", coordinate(kAxis), "\">step 1</text>");
  if (count > 1)
    out_ += concat("<text class=\"figure end\" x=\"", coordinate(kRight), "\" y=\"", coordinate(kAxis), "\">step ",
                   count, "</text>");
}

void MemoryFigure::area() {
  std::string line;
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    if (c == 0 || columns_[c].most != columns_[c - 1].most) line += "V" + coordinate(y_of(columns_[c].most));
    line += "H" + coordinate(x_of(static_cast<double>(c + 1)));
  }
  const std::string start = concat("M", coordinate(kLeft), " ", coordinate(kBottom));
  out_ += concat("<path class=\"area\" d=\"", start, line, "V", coordinate(kBottom), "Z\"/>",
                 "<path class=\"curve\" d=\"", start, line, "V", coordinate(kBottom), "\"/>\n");
}

void MemoryFigure::strip() {
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    const double x = x_of(static_cast<double>(c));
    const double gap = columns_.size() <= 60 ? 2 : 0;
    out_ += concat("<rect x=\"", coordinate(x), "\" y=\"", coordinate(kStrip), "\" width=\"",
                   coordinate(x_of(static_cast<double>(c + 1)) - x - gap + (gap > 0 ? 0 : 0.2)), "\" height=\"",
                   coordinate(kStripHeight), "\" fill=\"", scale_.colour(columns_[c].flops), "\"/>");
  }
  out_ += '\n';
}

void MemoryFigure::mark_peak() {
  if (held_.empty()) return;
  const double column = static_cast<double>(peak_ * columns_.size() / held_.size()) + 0.5;
  const double x = x_of(column), y = y_of(held_[peak_]);
  const bool left_half = x < kWidth / 2;
  out_ += concat("<circle class=\"peak\" cx=\"", coordinate(x), "\" cy=\"", coordinate(y), "\" r=\"4.5\"/>",
                 "<text class=\"figure strong", left_half ? "" : " end", "\" x=\"",
                 coordinate(x + (left_half ? 8 : -8)), "\" y=\"", coordinate(y - 9), "\">peak ",
                 planning::bytes_in_words(held_[peak_]), " at step ", peak_ + 1, "</text>\n");
}

}  // namespace

Figure memory_figure(const planning::Plan& plan) { return MemoryFigure(plan).draw(); }

}  // namespace ricci::report
