#include "examples/uses/chart.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <numeric>

#include "ricci/base/error.h"
#include "ricci/files/output_file.h"

namespace ricci::examples {
namespace {

constexpr double kLeft = 70, kRight = 540, kTop = 60, kBottom = 360;
constexpr const char* kColours[] = {"#2a6fbb", "#c8553d", "#3d8361", "#8e6c8a"};
constexpr const char* kInk = "#262a30";
constexpr const char* kFaint = "#6d7178";

std::string number(double x, const char* format = "%.1f") {
  char text[32];
  std::snprintf(text, sizeof text, format, x);
  return text;
}

struct Range {
  double low = INFINITY, high = -INFINITY;
  void add(double x) {
    low = std::min(low, x);
    high = std::max(high, x);
  }
  double share(double x) const { return high > low ? (x - low) / (high - low) : 0; }
};

// About five round numbers within a range.
std::vector<double> ticks(const Range& range) {
  double step = std::pow(10, std::floor(std::log10((range.high - range.low) / 4)));
  for (const double factor : {1.0, 2.0, 5.0, 10.0})
    if ((range.high - range.low) / (step * factor) <= 6) {
      step *= factor;
      break;
    }
  std::vector<double> out;
  for (double k = std::ceil(range.low / step); k * step <= range.high; ++k) out.push_back(k * step);
  return out;
}

std::string escaped(const std::string& words) {
  std::string out;
  for (const char c : words) out += c == '&' ? "&amp;" : c == '<' ? "&lt;" : std::string(1, c);
  return out;
}

struct Words {
  double x, y;
  const char* anchor = "start";
  const char* colour = kInk;
  int size = 14;
};
std::string text(const Words& at, const std::string& words) {
  return concat("<text x=\"", number(at.x), "\" y=\"", number(at.y), "\" font-size=\"", at.size, "\" text-anchor=\"",
                at.anchor, "\" fill=\"", at.colour, "\">", escaped(words), "</text>\n");
}

// Names at the right end of lines, pushed down where two would overlap.
std::string names(std::vector<Words> at, const std::vector<std::string>& words) {
  std::vector<std::size_t> order(at.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return at[a].y < at[b].y; });
  std::string out;
  double free = 0;
  for (const std::size_t i : order) {
    at[i].y = std::max(at[i].y, free);
    free = at[i].y + 17;
    out += text(at[i], words[i]);
  }
  return out;
}

std::string across(double y, const char* stroke) {
  return concat("<path d=\"M", number(kLeft), " ", number(y), "H", number(kRight), "\" stroke=", stroke, "/>\n");
}

}  // namespace

std::string svg_of(const Chart& chart) {
  Range xs, ys;
  for (const Curve& curve : chart.curves)
    for (const auto& [x, y] : curve.points) {
      xs.add(x);
      ys.add(y);
    }
  for (const auto& level : chart.levels) ys.add(level.second);
  const double room = 0.05 * (ys.high - ys.low);
  ys = {ys.low - room, ys.high + room};
  const auto place_x = [&](double x) { return kLeft + (kRight - kLeft) * xs.share(x); };
  const auto place_y = [&](double y) { return kBottom - (kBottom - kTop) * ys.share(y); };

  std::string out =
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 720 420\" width=\"720\" height=\"420\" "
      "font-family=\"sans-serif\">\n<rect width=\"720\" height=\"420\" fill=\"#ffffff\"/>\n";
  out += text({.x = kLeft, .y = 32, .size = 18}, chart.title) +
         text({.x = (kLeft + kRight) / 2, .y = 402, .anchor = "middle"}, chart.x_label) +
         text({.x = 12, .y = 52}, chart.y_label);
  for (const double y : ticks(ys))
    out += across(place_y(y), "\"#e3e5e8\"") +
           text({.x = kLeft - 8, .y = place_y(y) + 5, .anchor = "end"}, number(y, "%g"));
  for (const double x : ticks(xs))
    out += text({.x = place_x(x), .y = kBottom + 20, .anchor = "middle"}, number(x, "%g"));
  std::vector<Words> ends;
  std::vector<std::string> labels;
  for (std::size_t i = 0; i < chart.curves.size(); ++i) {
    const Curve& curve = chart.curves[i];
    std::string path;
    for (const auto& [x, y] : curve.points)
      path += concat(path.empty() ? "M" : "L", number(place_x(x)), " ", number(place_y(y)));
    const char* colour = kColours[i % std::size(kColours)];
    out += concat("<path d=\"", path, "\" fill=\"none\" stroke=\"", colour, "\" stroke-width=\"2.5\"/>\n");
    ends.push_back({.x = kRight + 10, .y = place_y(curve.points.back().second) + 5, .colour = colour});
    labels.push_back(curve.name);
  }
  for (const auto& [name, y] : chart.levels) {
    out += across(place_y(y), "\"#6d7178\" stroke-dasharray=\"6 4\"");
    ends.push_back({.x = kRight + 10, .y = place_y(y) + 5, .colour = kFaint});
    labels.push_back(name);
  }
  out += names(ends, labels);
  return out + "</svg>\n";
}

std::string write_chart(const Chart& chart, const std::string& folder, const std::string& name) {
  std::filesystem::create_directories(folder);
  const std::string path = (std::filesystem::path(folder) / (name + ".svg")).string();
  io::OutputFile file(path);
  file.write(svg_of(chart));
  file.commit();
  return path;
}

ProgressBar::ProgressBar(std::string title, int count)
    : title_(std::move(title)), count_(count), visible_(isatty(STDERR_FILENO) != 0) {}

void ProgressBar::show(int done) {
  const double now = watch_.seconds();
  if (!visible_ || now < 0.5 || (now - last_ < 0.1 && done < count_)) return;
  last_ = now;
  const std::string bar(static_cast<std::size_t>(30 * done / count_), '#');
  std::fprintf(stderr, "\r%s [%-30s] %3d%% %5.1f s%s", title_.c_str(), bar.c_str(), 100 * done / count_, now,
               done == count_ ? "\n" : "");
}

}  // namespace ricci::examples
