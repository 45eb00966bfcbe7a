#include "ricci/report/markup.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include "ricci/algebra/notation_text.h"

namespace ricci::report {
namespace {

struct Rgb {
  double red, green, blue;
};

constexpr std::array kHeat{Rgb{59, 111, 212}, Rgb{122, 92, 214}, Rgb{194, 69, 155}, Rgb{234, 90, 90},
                           Rgb{245, 161, 46}};
constexpr const char* kNoCost = "#8a93a3";
constexpr double kMostFinite = std::numeric_limits<double>::max();

// Code points that XML 1.0 allows; the notation's decoder refuses surrogates.
bool is_xml(const notation::CodePoint& c) {
  return c.valid && !notation::is_control(c.value) && c.value != 0xFFFE && c.value != 0xFFFF;
}

void append_hex(std::string& out, double value) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const auto byte = static_cast<unsigned>(std::lround(value));
  out += kDigits[byte / 16];
  out += kDigits[byte % 16];
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const notation::CodePoint c = notation::decode(text, at);
    if (!is_xml(c)) {
      out += "\uFFFD";
    } else if (c.value == '<') {
      out += "&lt;";
    } else if (c.value == '>') {
      out += "&gt;";
    } else if (c.value == '&') {
      out += "&amp;";
    } else if (c.value == '"') {
      out += "&quot;";
    } else if (c.value == '\'') {
      out += "&#39;";
    } else {
      out += text.substr(at, c.size);
    }
    at += c.size;
  }
  return out;
}

std::string coordinate(double value) {
  std::array<char, 32> text;
  const double tenths = std::round(std::clamp(value, -1e6, 1e6) * 10) / 10;
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), tenths + 0.0).ptr};
}

std::string heat_colour(double share) {
  const double place = std::clamp(share, 0.0, 1.0) * (kHeat.size() - 1);
  const std::size_t low = std::min(static_cast<std::size_t>(place), kHeat.size() - 2);
  const double t = place - static_cast<double>(low);
  const auto mix = [&](double Rgb::*part) { return kHeat[low].*part * (1 - t) + kHeat[low + 1].*part * t; };
  std::string out = "#";
  append_hex(out, mix(&Rgb::red));
  append_hex(out, mix(&Rgb::green));
  append_hex(out, mix(&Rgb::blue));
  return out;
}

void CostScale::add(double cost) {
  if (!(cost > 0)) return;
  cost = std::min(cost, kMostFinite);
  least_ = empty() ? cost : std::min(least_, cost);
  most_ = std::max(most_, cost);
}

double CostScale::share(double cost) const {
  if (least_ == most_) return 0.5;
  return (std::log(std::min(cost, kMostFinite)) - std::log(least_)) / (std::log(most_) - std::log(least_));
}

std::string CostScale::colour(double cost) const { return cost > 0 ? heat_colour(share(cost)) : kNoCost; }

}  // namespace ricci::report
