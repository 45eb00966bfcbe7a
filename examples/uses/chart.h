// A line chart as an SVG of 720 by 420, as examples/uses/tools.py draws them, and a progress bar.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "examples/main_job/stopwatch.h"

namespace ricci::examples {

struct Curve {
  std::string name;
  std::vector<std::pair<double, double>> points;
};

struct Chart {
  std::string title, x_label, y_label;
  std::vector<Curve> curves;
  std::vector<std::pair<std::string, double>> levels;  ///< dashed lines across
};

std::string svg_of(const Chart& chart);
/// Writes it to `folder`/`name`.svg, and returns that path.
std::string write_chart(const Chart& chart, const std::string& folder, const std::string& name);

/// A bar on standard error, drawn when that is a terminal and half a second has gone by.
class ProgressBar {
 public:
  ProgressBar(std::string title, int count);
  /// Tells that `done` of the count are done.
  void show(int done);

 private:
  std::string title_;
  int count_;
  bool visible_;
  double last_ = 0;
  Stopwatch watch_;
};

}  // namespace ricci::examples
