#include "examples/main_job/style.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace ricci::examples {

Rgb mix(const Rgb& a, const Rgb& b, double share) {
  const auto between = [share](int x, int y) { return static_cast<int>(std::lround(x + (y - x) * share)); };
  return {between(a.red, b.red), between(a.green, b.green), between(a.blue, b.blue)};
}

std::string hex(const Rgb& colour) {
  char text[8];
  std::snprintf(text, sizeof text, "#%02x%02x%02x", colour.red & 255, colour.green & 255, colour.blue & 255);
  return text;
}

Rgb ink_on(const Rgb& background) {
  // Rec. 601 luma; the mean of the two inks' own is where they change places.
  const double luma = 0.299 * background.red + 0.587 * background.green + 0.114 * background.blue;
  return luma < 140 ? Rgb{255, 255, 255} : Rgb{38, 42, 48};
}

Style Style::for_terminal(bool wanted) {
  if (!wanted) return Style(Depth::plain);
  const char* depth = std::getenv("COLORTERM");
  const std::string_view name = depth ? depth : "";
  return Style(name == "truecolor" || name == "24bit" ? Depth::full : Depth::palette);
}

std::string Style::wrapped(const std::string& code, const std::string& text) const {
  return coloured() ? "\x1b[" + code + "m" + text + "\x1b[0m" : text;
}

std::string Style::code_of(const Rgb& colour) const {
  if (depth_ == Depth::full)
    return "2;" + std::to_string(colour.red) + ";" + std::to_string(colour.green) + ";" + std::to_string(colour.blue);
  // xterm's 6x6x6 cube has the levels 0, 95, 135, 175, 215, 255.
  const auto level = [](int x) { return x < 48 ? 0 : x < 115 ? 1 : (x - 35) / 40; };
  return "5;" + std::to_string(16 + 36 * level(colour.red) + 6 * level(colour.green) + level(colour.blue));
}

std::string Style::on(const Rgb& background, const std::string& text) const {
  return wrapped("48;" + code_of(background) + ";38;" + code_of(ink_on(background)), text);
}

}  // namespace ricci::examples
